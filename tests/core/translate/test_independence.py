"""One invalid object never changes what the others are translated to."""

from collections.abc import Callable
from typing import Any

import pytest

from portway.core import model, translate

APP = """
apiVersion: v1
kind: Service
metadata: {name: app, namespace: infra}
spec: {ports: [{port: 80}]}
"""
EXTENSION = {"type": "ExtensionRef", "extensionRef": {"group": "x.io", "kind": "K", "name": "n"}}
BROKEN: dict[str, dict[str, Any]] = {
    "pattern": {"matches": [{"path": {"type": "RegularExpression", "value": "("}}]},
    "filter": {"filters": [EXTENSION], "matches": [{"path": {"value": "/filter"}}]},
    "backend": {"backendRefs": [{"name": "absent", "port": 80}]},
    "kind": {"backendRefs": [{"group": "x.io", "kind": "Thing", "name": "t"}]},
    "foreign": {"backendRefs": [{"name": "app", "namespace": "other", "port": 80}]},
}


def sound(world: Any) -> tuple[Any, ...]:
    """Everything that is made of the sound objects."""
    found = tuple(
        (translate.route_rules(obj, world), translate.attach(obj, world))
        for obj in world.of("HTTPRoute")
        if obj.name.startswith("sound")
    )
    hosts = {
        key: tuple(each for each in host.routes if each.route.name.startswith("sound"))
        for key, host in world.hosts().items()
    }
    return found, hosts


def build(world: Any) -> Any:
    world.add(APP)
    world.edge({"name": "any"}, {"name": "wild", "hostname": "*.example.com"})
    backends = [{"name": "app", "port": 80}]
    world.route("sound-1", {"backendRefs": backends}, hostnames=["a.example.com"])
    world.route("sound-2", {"backendRefs": backends})
    return world


@pytest.mark.parametrize("fault", sorted(BROKEN))
def test_a_faulty_route(new_world: Callable[[], Any], fault: str) -> None:
    alone, together = build(new_world()), build(new_world())
    together.route("broken", BROKEN[fault])
    assert sound(together) == sound(alone)


@pytest.mark.parametrize(
    "listener",
    [
        {"name": "odd", "port": 9000, "protocol": "TCP"},
        {
            "name": "lost",
            "port": 443,
            "protocol": "HTTPS",
            "tls": {"certificateRefs": [{"name": "x"}]},
        },
        {"name": "kinds", "port": 81, "allowedRoutes": {"kinds": [{"kind": "Nothing"}]}},
    ],
)
def test_a_faulty_listener(new_world: Callable[[], Any], listener: dict[str, Any]) -> None:
    alone, together = build(new_world()), build(new_world())
    together.edge({"name": "any"}, {"name": "wild", "hostname": "*.example.com"}, listener)
    before, after = (each.gateway("infra", "edge").listeners for each in (alone, together))
    assert after[:2] == before
    on_80 = [
        {key: host for key, host in each.hosts().items() if key.table.port == 80}
        for each in (alone, together)
    ]
    assert on_80[0] == on_80[1]


def test_a_refused_route_answers_500_where_it_would_have_answered(
    new_world: Callable[[], Any],
) -> None:
    world = build(new_world())
    world.route("broken", BROKEN["filter"])
    (host,) = (host for key, host in world.hosts().items() if key.domain == "*")
    answers = [(each.route.name, bool(each.rule.broken)) for each in host.routes]
    assert answers == [("broken", True), ("sound-2", False)]


def test_order_of_objects_does_not_matter(new_world: Callable[[], Any]) -> None:
    forward, backward = build(new_world()), build(new_world())
    backward.objects = dict(reversed(backward.objects.items()))
    backward.of = lambda kind: [each for each in backward.objects.values() if each.kind == kind]
    assert forward.hosts() == backward.hosts()
    assert all(isinstance(each, model.VirtualHost) for each in forward.hosts().values())
