"""Endpoints sort by address and port; a protocol is the text that names carry."""

from portway.core import model


def test_endpoints_have_an_order_of_their_own() -> None:
    places = [("127.0.0.2", 1), ("127.0.0.1", 9), ("127.0.0.1", 10), ("unix:/a.sock", 0)]
    found = sorted(model.Endpoint(*place) for place in reversed(places))
    assert [(each.address, each.port) for each in found] == [
        *(("127.0.0.1", 9), ("127.0.0.1", 10), ("127.0.0.2", 1), ("unix:/a.sock", 0)),
    ]


def test_protocols_are_part_of_the_contract_of_resource_names() -> None:
    assert {each.name: str(each) for each in model.Protocol} == {
        "HTTP1": "http",
        "H2C": "h2c",
        "WEBSOCKET": "ws",
        "TCP": "tcp",
        "UDP": "udp",
        "PICKER": "picker",
        "PLAIN_PICKER": "picker-h2c",
    }


def test_a_cluster_is_listed_unless_said_otherwise() -> None:
    key = model.ClusterKey("Service", "shop", "cart", 80, model.Protocol.HTTP1)
    assert model.Cluster(key) == model.Cluster(key, model.Discovery.LISTED, ())
    assert model.Cluster(key) != model.Cluster(key, model.Discovery.NAMED)
