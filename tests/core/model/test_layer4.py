"""Places: which port they are of, and which have a pool without a route."""

import pytest

from portway.core import model

GATEWAY = model.ObjectKey("Gateway", "shop", "web")
ROUTE = model.ObjectKey("TLSRoute", "shop", "r")


@pytest.mark.parametrize(
    ("protocol", "transport", "pooled"),
    [("TCP", "TCP", True), ("UDP", "UDP", True), ("TLS", "TCP", False)],
)
def test_a_place_without_a_route(protocol: str, transport: str, pooled: bool) -> None:
    place = model.L4Place(model.L4Key(GATEWAY, 53, protocol))
    assert place.key.port_key == model.PortKey(GATEWAY, 53, transport)
    assert place.pooled is pooled


def test_a_server_name_has_a_pool_once_it_has_a_route() -> None:
    assert model.L4Place(model.L4Key(GATEWAY, 443, "TLS", "a.com"), ROUTE).pooled
