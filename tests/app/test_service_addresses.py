"""Addresses out of Services, whatever type they are of."""

import json
from typing import Any

import msgspec
import pytest

from portway.adapters.kube.provisioner import Made
from portway.app.service_addresses import ServiceAddresses
from portway.core import model

WEB = model.ObjectKey("Gateway", "shop", "web")
GATEWAYS = {WEB: model.Gateway(WEB, 1, "portway", ())}
SERVICE = Made("Service", "shop", "web-portway")


def raw(kind: str, ingress: Any = (), cluster_ip: str = "10.0.0.1", **more: Any) -> msgspec.Raw:
    spec = {"type": kind, "clusterIP": cluster_ip, **more}
    document = {"spec": spec, "status": {"loadBalancer": {"ingress": list(ingress)}}}
    return msgspec.Raw(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("service", "addresses"),
    [
        (raw("LoadBalancer"), ()),
        (raw("LoadBalancer", [{"ip": "192.0.2.1"}, {"hostname": "a.example.com"}]),
         ("192.0.2.1", "a.example.com")),
        (raw("LoadBalancer", [{"ip": "192.0.2.1", "hostname": "a"}]), ("192.0.2.1",)),
        (raw("NodePort"), ("10.0.0.1",)),
        (raw("ClusterIP"), ("10.0.0.1",)),
        (raw("ClusterIP", cluster_ip="None"), ()),
        (raw("ClusterIP", cluster_ip="None", clusterIPs=["None"]), ()),
        (raw("ClusterIP", clusterIPs=["10.0.0.1", "fd00::1"]), ("10.0.0.1", "fd00::1")),
        (raw("LoadBalancer", [{"ip": "2001:db8::1"}]), ("2001:db8::1",)),
    ],
)  # fmt: skip
def test_where_a_gateway_is_reached(service: msgspec.Raw, addresses: tuple[str, ...]) -> None:
    found = ServiceAddresses(lambda: None)
    found.seen(SERVICE, service)
    placement = found.place(GATEWAYS)[WEB]
    assert placement.reached == addresses
    assert bool(placement.problem) is not bool(addresses)


def test_proxies_listen_everywhere_on_ports_that_anybody_may_bind() -> None:
    placement = ServiceAddresses(lambda: None).place(GATEWAYS)[WEB]
    assert placement.addresses == ("0.0.0.0",)
    assert (placement.bound(80), placement.bound(8080)) == (10080, 8080)
    assert "is not there yet" in placement.problem


def test_only_a_change_of_an_address_is_told() -> None:
    told: list[int] = []
    found = ServiceAddresses(lambda: told.append(1))
    found.seen(SERVICE, raw("LoadBalancer"))
    assert len(told) == 1
    found.seen(SERVICE, raw("LoadBalancer"))
    found.seen(SERVICE._replace(kind="Deployment"), raw("LoadBalancer", [{"ip": "1.1.1.1"}]))
    assert len(told) == 1
    found.seen(SERVICE, raw("LoadBalancer", [{"ip": "192.0.2.1"}]))
    found.seen(SERVICE, None)
    assert len(told) == 3
    assert found.place(GATEWAYS)[WEB].reached == ()


def test_they_listen_to_ipv6_where_the_cluster_has_it() -> None:
    told: list[int] = []
    found = ServiceAddresses(lambda: told.append(1))

    def bound() -> tuple[str, ...]:
        return found.place(GATEWAYS)[WEB].addresses

    found.seen(SERVICE, raw("LoadBalancer", ipFamilies=["IPv4"]))
    assert bound() == ("0.0.0.0",)
    for families in (["IPv4", "IPv6"], ["IPv6"]):
        found.seen(SERVICE, raw("LoadBalancer", ipFamilies=families))
        assert bound() == ("::",)
    assert len(told) == 2
    # One that is deleted comes again, and nobody has to move meanwhile.
    found.seen(SERVICE, None)
    assert bound() == ("::",)
    found.place({})
    assert bound() == ("0.0.0.0",)
