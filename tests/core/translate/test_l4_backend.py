"""Backends of TLSRoute, TCPRoute and UDPRoute: what transports demand, and nothing else."""

from typing import Any

import pytest

from portway.core import model, translate
from tests.core.translate.layer4 import POLICY, SERVICES, backend, ref, route


def findings(world: Any, kind: str, *refs: dict[str, Any]) -> list[tuple[str, str]]:
    found = translate.l4_route(route(world, kind, *refs), world).findings
    return [(each.reason, each.message) for each in found]


@pytest.mark.parametrize(
    ("kind", "wanted", "reason"),
    [
        ("TCPRoute", ref("app"), ""),
        ("TLSRoute", ref("app"), ""),  # appProtocol postgresql: bytes are handed on as they are
        ("UDPRoute", ref("app", port=53), ""),
        ("UDPRoute", ref("app"), "UnsupportedProtocol"),
        ("TCPRoute", ref("app", port=53), "UnsupportedProtocol"),
        ("TCPRoute", ref("app", port=81), "BackendNotFound"),
        ("TCPRoute", ref("absent"), "BackendNotFound"),
        ("TCPRoute", ref("app", namespace="other"), "RefNotPermitted"),
        ("TCPRoute", ref("app", kind="Thing", group="x.io"), "InvalidKind"),
        ("TCPRoute", backend("named"), ""),
        ("UDPRoute", backend("named"), ""),
        ("TCPRoute", backend("socket"), ""),
        ("UDPRoute", backend("socket"), "UnsupportedProtocol"),
        ("TCPRoute", {**backend("named"), "port": 1}, "BackendNotFound"),
        ("TCPRoute", {**backend("named"), "port": 5432}, ""),
    ],
)
def test_references(world: Any, kind: str, wanted: dict[str, Any], reason: str) -> None:
    world.add(SERVICES)
    found = findings(world, kind, wanted)
    assert [each for each, _ in found] == ([reason] if reason else [])
    assert all("rules[0].backendRefs[0]" in words for _, words in found)


def test_a_policy_is_remembered_and_no_fault_of_the_reference(world: Any) -> None:
    world.add(SERVICES).add(POLICY)
    tcp = translate.l4_route(route(world, "TCPRoute", ref("app")), world)
    assert (tcp.findings, tcp.shares[0].policy) == ((), "infra/safe")
    key = model.ClusterKey("Service", "infra", "app", 53, "udp")
    udp = translate.l4_route(route(world, "UDPRoute", ref("app", port=53)), world)
    assert udp.shares == (model.L4Share(1, key),)
