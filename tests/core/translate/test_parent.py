"""What parentRefs name, and which parents a route has without naming them."""

from typing import Any

import msgspec
import pytest

from portway.core import model, translate
from tests.core.translate.test_listener_set import add, allowing


def attach(world: Any, *refs: Any, namespace: str = "apps") -> list[model.ParentAttachment]:
    route = world.route("r", parentRefs=list(refs), namespace=namespace)
    return list(translate.attach(route, world).parents)


def taken(parent: model.ParentAttachment) -> list[str]:
    return [key.label for key, _ in parent.hosts]


def reason(parent: model.ParentAttachment) -> str:
    return parent.finding.reason if parent.finding else ""


TO_GATEWAY = {"name": "edge", "namespace": "infra"}
TO_SET = {"kind": "ListenerSet", "name": "more"}


def test_a_route_gets_the_listeners_of_what_it_names_and_no_others(world: Any) -> None:
    world.edge(
        {"hostname": "gw.com", "allowedRoutes": {"namespaces": {"from": "All"}}}, **allowing("All")
    )
    add(world, "more", {}, {"name": "web", "port": 81})
    gateway, whole = attach(world, TO_GATEWAY, TO_SET)
    (section,) = attach(world, {**TO_SET, "sectionName": "web"})
    (port,) = attach(world, {**TO_SET, "port": 80})
    (wrong,) = attach(world, {**TO_GATEWAY, "sectionName": "extra"})
    assert taken(gateway) == ["web"]
    assert taken(whole) == ["apps/more/extra", "apps/more/web"]
    assert taken(section) == ["apps/more/web"]
    assert taken(port) == ["apps/more/extra"]
    assert reason(wrong) == "NoMatchingParent"
    assert {each.gateway.name for each in (gateway, whole, section, port)} == {"edge"}


def test_same_means_the_namespace_of_the_set(world: Any) -> None:
    world.edge({}, **allowing("All"))
    add(world, "more")
    assert reason(*attach(world, TO_SET)) == ""
    far = {**TO_SET, "namespace": "apps"}
    assert reason(*attach(world, far, namespace="infra")) == "NotAllowedByListeners"


def test_a_set_that_is_not_allowed_takes_no_route_and_says_why(world: Any) -> None:
    world.edge({})
    add(world, "more")
    (parent,) = attach(world, TO_SET)
    assert reason(parent) == "NoMatchingParent"
    assert parent.finding is not None
    assert "takes no ListenerSets" in parent.finding.message


@pytest.mark.parametrize("kind", ["Gateway", "ListenerSet", "Service"])
def test_a_set_that_is_not_there_is_not_mentioned(world: Any, kind: str) -> None:
    world.edge({}, **allowing("All"))
    add(world, "more")
    assert attach(world, {"kind": kind, "name": "gone"}) == []


def default(world: Any, name: str, namespace: str = "infra", **spec: Any) -> None:
    """A Gateway of the scope All."""
    world.edge({}, **{"defaultScope": "All", **spec})
    gateway = world.objects.pop(model.ObjectKey("Gateway", "infra", "edge"))
    metadata = msgspec.structs.replace(gateway.metadata, name=name, namespace=namespace)
    world.put(msgspec.structs.replace(gateway, metadata=metadata))


def parents(world: Any, **spec: Any) -> list[tuple[int, str, bool, str]]:
    route = world.route("r", **{"parentRefs": [], "useDefaultGateways": "All", **spec})
    found = translate.attach(route, world).parents
    declared = len(route.spec.parent_refs)
    return [(each.index, each.gateway.name, each.index >= declared, reason(each)) for each in found]


def test_a_route_gets_every_gateway_of_the_scope_it_asks_for(world: Any) -> None:
    default(world, "b")
    default(world, "a")
    default(world, "c", defaultScope="None")
    assert parents(world) == [(0, "a", True, ""), (1, "b", True, "")]
    for none in ("None", None):
        assert parents(world, useDefaultGateways=none) == []


def test_what_it_declares_comes_first_and_nothing_twice(world: Any) -> None:
    default(world, "a")
    default(world, "b")
    world.edge({})
    refs = [{"name": "b"}, {"name": "edge"}]
    expected = [(0, "b", False, ""), (1, "edge", False, ""), (2, "a", True, "")]
    assert parents(world, parentRefs=refs) == expected
    section = [{"name": "b", "sectionName": "web"}]
    expected = [(0, "b", False, ""), (1, "a", True, ""), (2, "b", True, "")]
    assert parents(world, parentRefs=section) == expected


def test_a_default_gateway_lets_in_whom_it_would_let_in_anyway(world: Any) -> None:
    default(world, "far", "apps")
    assert parents(world) == [(0, "far", True, "NotAllowedByListeners")]
    route = world.get("HTTPRoute", "infra", "r")
    (parent,) = translate.attach(route, world).parents
    assert parent.finding is not None
    assert (
        "HTTPRoute infra/r, default Gateway apps/far: listener web takes" in parent.finding.message
    )


def test_one_of_another_controller_is_somebody_elses(world: Any) -> None:
    default(world, "a", gatewayClassName="foreign")
    assert parents(world) == []


def test_listeners_of_sets_are_not_part_of_a_default_gateway(world: Any) -> None:
    default(world, "edge", **allowing("All"))
    add(world, "more", {"allowedRoutes": {"namespaces": {"from": "All"}}})
    route = world.route("r", parentRefs=[], useDefaultGateways="All")
    (parent,) = translate.attach(route, world).parents
    assert taken(parent) == ["web"]
