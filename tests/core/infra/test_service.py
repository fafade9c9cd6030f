"""The Service in front of the proxies."""

from typing import Any

from portway.core.infra.service import service
from tests.core.infra.gateways import LABELS, PORTS, UID, config, spec


def made(gateway: Any = None, **asked: Any) -> dict[str, Any]:
    fields = {"service": asked} if asked else {}
    return service(gateway or spec(), UID, PORTS, config(**fields))


def test_it_is_a_balancer_of_the_gateways_pods() -> None:
    found = made()["spec"]
    assert (found["type"], found["selector"]) == ("LoadBalancer", LABELS)
    ports = {each["name"]: (each["port"], each["targetPort"]) for each in found["ports"]}
    assert ports == {"http2": (80, 10080), "https": (443, 10443), "udp-53": (53, 10053)}


def test_what_is_asked_for() -> None:
    gateway = spec(infrastructure={"annotations": {"a": "1", "b": "1"}})
    asked = {"externalTrafficPolicy": "Local", "loadBalancerClass": "example.com/x"}
    found = made(gateway, **asked, annotations={"b": "2"})
    assert found["metadata"]["annotations"] == {"a": "1", "b": "2"}
    assert found["spec"]["externalTrafficPolicy"] == "Local"
    assert found["spec"]["loadBalancerClass"] == "example.com/x"
    inside = made(type="ClusterIP", **asked)["spec"]
    assert not {"externalTrafficPolicy", "loadBalancerClass"} & inside.keys()


def test_an_address_is_asked_for_in_the_way_of_its_type() -> None:
    gateway = spec(addresses=[{"type": "IPAddress", "value": "192.0.2.1"}])
    assert made(gateway)["spec"]["loadBalancerIP"] == "192.0.2.1"
    assert made(gateway, type="ClusterIP")["spec"]["clusterIP"] == "192.0.2.1"
    any_address = spec(addresses=[{"type": "IPAddress"}])
    assert not {"loadBalancerIP", "clusterIP"} & made(any_address)["spec"].keys()


def test_it_has_both_kinds_of_addresses_where_the_cluster_has_them() -> None:
    assert made()["spec"]["ipFamilyPolicy"] == "PreferDualStack"
    assert "ipFamilies" not in made()["spec"]
    found = made(ipFamilyPolicy="SingleStack", ipFamilies=["IPv6"])["spec"]
    assert (found["ipFamilyPolicy"], found["ipFamilies"]) == ("SingleStack", ["IPv6"])
