"""Endpoints: TCP, IPv6 and unix sockets; none at all is an answer too."""

import pytest

from portway.core import model, render
from tests.core.render.cases import key


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        (
            model.Endpoint("10.0.0.1", 80),
            {"socket_address": {"address": "10.0.0.1", "port_value": 80}},
        ),
        (model.Endpoint("::1", 80), {"socket_address": {"address": "::1", "port_value": 80}}),
        (model.Endpoint("unix:/run/a.sock", 0), {"pipe": {"path": "/run/a.sock"}}),
    ],
)
def test_addresses(endpoint: model.Endpoint, address: dict[str, object]) -> None:
    assert render.endpoints(model.Endpoints(key("a"), (endpoint,))) == {
        "cluster_name": "service/shop/a/8080/http",
        "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
    }


def test_without_endpoints_the_list_is_empty() -> None:
    assert render.endpoints(model.Endpoints(key("a")))["endpoints"] == []


def test_groups_are_localities_and_weight_0_is_none() -> None:
    ends = tuple(model.Endpoint("10.0.0.1", port) for port in (80, 81))
    groups = (
        model.EndpointGroup(3, (key("a"), key("b")), ends[:1]),
        model.EndpointGroup(0, (key("b"),), ends[1:]),
    )
    one, other = render.endpoints(model.Endpoints(key("a"), ends, groups))["endpoints"]
    assert one["load_balancing_weight"] == 3
    assert one["locality"] == {"zone": "service/shop/a/8080/http+service/shop/b/8080/http"}
    assert "load_balancing_weight" not in other
    assert [len(each["lb_endpoints"]) for each in (one, other)] == [1, 1]
