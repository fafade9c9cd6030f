"""The one rule of a route of layer 4."""

from typing import Any

from portway.core import model, translate
from tests.core.translate.layer4 import SERVICES, backend, ref, route


def test_an_invalid_reference_keeps_its_weight(world: Any) -> None:
    world.add(SERVICES)
    found = translate.l4_route(route(world, "TCPRoute", ref("app", 7), ref("absent", 3)), world)
    assert found.shares == (
        model.L4Share(7, model.ClusterKey("Service", "infra", "app", 80, "tcp")),
        model.L4Share(3, None),
    )
    assert found.created == "2026-01-01T00:00:00Z"


def test_further_rules_are_told_to_be_of_no_use(world: Any) -> None:
    world.add(SERVICES)
    obj = route(world, "TCPRoute", ref("app"), rules=2, version="v1alpha2")
    found = translate.l4_route(obj, world)
    (note,) = found.findings
    assert (note.condition, note.status) == ("Accepted", True)
    assert "only rules[0] is used" in note.message
    assert len(found.shares) == 1


def test_host_names_and_unix_sockets_cannot_share(world: Any) -> None:
    world.add(SERVICES)
    refs = (backend("named"), backend("socket"), ref("app"))
    found = translate.l4_route(route(world, "TCPRoute", *refs), world)
    assert [share.backend is None for share in found.shares] == [False, True, False]
    (finding,) = found.findings
    assert (finding.condition, finding.reason) == ("ResolvedRefs", "UnsupportedProtocol")
    assert "Backend infra/socket is a unix socket" in finding.message
    alone = translate.l4_route(route(world, "TCPRoute", backend("socket"), ref("app")), world)
    assert alone.findings == ()
