"""Which pools a route writes into the status of."""

from typing import Any

from portway.core import model, translate

GROUP = {"group": "inference.networking.k8s.io", "kind": "InferencePool"}
GRANT = """
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: g, namespace: models}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra}]
  to: [{group: inference.networking.k8s.io, kind: InferencePool, name: given}]
"""
EDGE = model.ObjectKey("Gateway", "infra", "edge")


def key(name: str, namespace: str = "infra") -> model.ObjectKey:
    return model.ObjectKey("InferencePool", namespace, name)


def test_pools_of_the_route_that_it_may_refer_to(world: Any) -> None:
    world.add(GRANT)
    refs = [{**GROUP, "name": "b"}, {**GROUP, "name": "a", "weight": 0}, {"name": "s", "port": 80}]
    far = [{**GROUP, "name": each, "namespace": "models"} for each in ("given", "kept")]
    older = [{**GROUP, "group": "inference.networking.x-k8s.io", "name": "old"}]
    route = world.route("r", {"backendRefs": refs}, {"backendRefs": [*far, *older, refs[0]]})
    assert translate.pools_named(route, world) == (key("a"), key("b"), key("given", "models"))


def test_a_gateway_that_took_no_route_is_told_apart(world: Any) -> None:
    parents = (
        model.ParentAttachment(0, EDGE),
        model.ParentAttachment(1, EDGE, (), model.Finding(key("r"), "", "Accepted", "X", "x")),
    )
    attachment = model.Attachment(model.ObjectKey("HTTPRoute", "infra", "r"), parents)
    assert translate.pool_uses((key("a"),), attachment) == (
        translate.PoolUse(key("a"), EDGE, False),
        translate.PoolUse(key("a"), EDGE, True),
    )
    assert translate.pool_uses((key("a"),), None) == ()


def test_pools_share_no_sessions(world: Any) -> None:
    world.add(GRANT).add(
        """
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: a, namespace: infra}
spec: {selector: {matchLabels: {a: b}}, targetPorts: [{number: 1}]}
---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: b, namespace: infra}
spec: {selector: {matchLabels: {a: b}}, targetPorts: [{number: 1}]}
"""
    )
    refs = [{**GROUP, "name": "a"}, {**GROUP, "name": "b"}]
    route = world.route("r", {"backendRefs": refs, "sessionPersistence": {"type": "Cookie"}})
    (rule,) = translate.route_rules(route, world).rules
    assert "an InferencePool can share sessions with no other backend" in rule.broken
