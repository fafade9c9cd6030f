"""Where connections arrive and which route has them: isolation, age, shared listeners."""

from typing import Any

import pytest

from portway.core import model, translate
from tests.core.translate.layer4 import PASS, POLICY, SERVICES, holders, places, ref, route

OLD, YOUNG = "2025-01-01T00:00:00Z", "2026-06-06T00:00:00Z"


def test_a_port_of_tcp_or_udp_is_a_place_and_a_port_each(world: Any) -> None:
    world.edge(
        {"name": "t", "port": 53, "protocol": "TCP"}, {"name": "u", "port": 53, "protocol": "UDP"}
    )
    world.add(SERVICES)
    route(world, "UDPRoute", ref("app", port=53))
    assert holders(world) == {(53, "TCP", ""): "", (53, "UDP", ""): "r"}
    found = translate.ports(world.gateway("infra", "edge"), model.Placement(("127.0.0.2",)))
    assert [(port.key.transport, port.protocol) for port in found] == [
        ("TCP", "TCP"),
        ("UDP", "UDP"),
    ]


def test_names_of_listeners_are_kept_and_routes_add_their_own(world: Any) -> None:
    world.edge(
        {"name": "any", "port": 443, **PASS},
        {"name": "wild", "port": 443, "hostname": "*.a.com", **PASS},
        {"name": "web", "port": 443, "hostname": "www.a.com", "protocol": "HTTPS", "tls": NO_CERT},
        {"name": "lost", "port": 443, "hostname": "lost.a.com", "protocol": "TLS", "tls": NO_CERT},
    )
    world.add(SERVICES)
    names = ["*.a.com", "x.a.com", "www.a.com", "lost.a.com", "b.com"]
    route(world, "TLSRoute", ref("app"), hostnames=names)
    assert holders(world) == {
        (443, "TLS", "*"): "",
        (443, "TLS", "*.a.com"): "r",
        (443, "TLS", "x.a.com"): "r",
        (443, "TLS", "b.com"): "r",
        (443, "TLS", "lost.a.com"): "",
    }


NO_CERT = {"mode": "Terminate", "certificateRefs": [{"name": "absent"}]}


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        (("b", OLD), ("a", YOUNG), "b"),
        (("b", YOUNG), ("a", OLD), "a"),
        (("b", OLD), ("a", OLD), "a"),
    ],
)
def test_the_oldest_route_has_a_place_then_the_first_by_name(
    world: Any, first: tuple[str, str], second: tuple[str, str], winner: str
) -> None:
    world.edge({"name": "t", "port": 1, "protocol": "TCP"})
    world.add(SERVICES)
    for name, created in (first, second):
        route(world, "TCPRoute", ref("app"), name=name, created=created)
    (place,) = places(world).values()
    assert place.route is not None
    assert place.route.name == winner
    assert len(place.waiting) == 1
    (told,) = translate.l4_waiting(place.waiting[0], [place])
    assert (told.condition, told.status) == ("Accepted", True)
    assert f"TCPRoute infra/{winner}" in told.message
    assert translate.l4_waiting(place.route, [place]) == ()


def test_a_route_without_a_time_is_the_newest() -> None:
    key = model.L4Key(model.ObjectKey("Gateway", "n", "g"), 1, "TCP")
    claims = [
        model.L4Claim(model.ObjectKey("TCPRoute", "n", "a"), "", ()),
        model.L4Claim(model.ObjectKey("TCPRoute", "n", "b"), YOUNG, ()),
    ]
    found = translate.l4_place(key, claims)
    assert found == translate.l4_place(key, reversed(claims))
    assert found.route == model.ObjectKey("TCPRoute", "n", "b")


def test_a_server_name_goes_to_whoever_asks_for_it_by_its_name() -> None:
    key = model.L4Key(model.ObjectKey("Gateway", "n", "g"), 1, "TLS", "a.com")
    claims = [
        model.L4Claim(model.ObjectKey("TLSRoute", "n", "wide"), OLD, (), "*.com"),
        model.L4Claim(model.ObjectKey("TLSRoute", "n", "named"), YOUNG, ()),
    ]
    found = translate.l4_place(key, claims)
    assert found.route == model.ObjectKey("TLSRoute", "n", "named")


def test_what_was_decrypted_is_encrypted_again_where_a_policy_demands_it(world: Any) -> None:
    """What passes through is the client's TLS, and the policy says nothing about it."""
    world.edge({"name": "p", "port": 1, **PASS}, {"name": "t", "port": 2, "protocol": "TCP"})
    world.add(SERVICES).add(POLICY)
    for kind in ("TLSRoute", "TCPRoute"):
        route(world, kind, ref("app"))
    found = {key.port: place.shares for key, place in places(world).items() if place.route}
    policies = {port: each.backend.tls_policy for port, (each,) in found.items() if each.backend}
    assert policies == {1: None, 2: model.ObjectKey("BackendTLSPolicy", "infra", "safe")}


def test_a_gateway_that_is_not_accepted_has_no_places(world: Any) -> None:
    world.edge({"name": "t", "port": 2, "protocol": "SCTP"})
    world.add(SERVICES)
    route(world, "TCPRoute", ref("app"))
    assert places(world) == {}
