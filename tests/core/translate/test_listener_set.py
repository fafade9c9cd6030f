"""Who may add listeners to a Gateway, and what routes get of them."""

from typing import Any

import pytest

from portway.core import api, model, translate

NAMESPACES = """
apiVersion: v1
kind: Namespace
metadata: {name: apps, labels: {team: a}}
---
apiVersion: v1
kind: Namespace
metadata: {name: other}
"""


def add(world: Any, name: str, *listeners: Any, namespace: str = "apps", created: str = "") -> Any:
    defaults = {"name": "extra", "port": 80, "protocol": "HTTP", "hostname": f"{name}.com"}
    found = api.decode(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "ListenerSet",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "creationTimestamp": created,
                "generation": 7,
            },
            "spec": {
                "parentRef": {"name": "edge", "namespace": "infra"},
                "listeners": [{**defaults, **each} for each in listeners or ({},)],
            },
        }
    )
    world.put(found)
    return found


def allowing(from_: str, **more: Any) -> Any:
    return {"allowedListeners": {"namespaces": {"from": from_, **more}}}


def sets(world: Any) -> dict[str, model.ListenerSet]:
    return {each.key.name: each for each in world.gateway("infra", "edge").sets}


SELECTOR = {"selector": {"matchLabels": {"team": "a"}}}


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ({}, set()),
        (allowing("None"), set()),
        (allowing("Same"), {"own"}),
        (allowing("All"), {"own", "near", "far"}),
        (allowing("Selector", **SELECTOR), {"near"}),
        (allowing("Selector"), set()),
    ],
)
def test_who_may_add_listeners(world: Any, allowed: Any, expected: set[str]) -> None:
    world.add(NAMESPACES)
    world.edge({}, **allowed)
    for name, namespace in (("own", "infra"), ("near", "apps"), ("far", "other")):
        add(world, name, namespace=namespace)
    found = sets(world)
    assert {name for name, each in found.items() if each.allowed} == expected
    for name, each in found.items():
        assert each.accepted is (name in expected)
        assert bool(each.listeners) is (name in expected)
        if name not in expected:
            (finding,) = each.findings
            assert (finding.condition, finding.reason, finding.status) == (
                *("Accepted", "NotAllowed"),
                False,
            )
            assert "allowedListeners.namespaces" in finding.message


def test_the_order_of_precedence(world: Any) -> None:
    world.edge({"hostname": "gw.com"}, **allowing("All"))
    add(world, "a", namespace="z", created="2026-01-02T00:00:00Z")
    add(world, "b", namespace="y", created="2026-01-02T00:00:00Z")
    add(world, "c", namespace="x", created="2026-01-01T00:00:00Z")
    add(world, "tried-out", namespace="a")
    found = world.gateway("infra", "edge")
    assert [each.key.name for each in found.sets] == ["c", "b", "a", "tried-out"]
    assert [each.hostname for each in found.every_listener] == [
        *("gw.com", "c.com", "b.com", "a.com"),
        "tried-out.com",
    ]
    labels = [each.label for each in found.every_listener]
    assert labels == ["web", "x/c/extra", "y/b/extra", "z/a/extra", "a/tried-out/extra"]


def test_the_oldest_keeps_a_hostname_and_the_gateway_before_all(world: Any) -> None:
    world.edge({"hostname": "gw.com"}, **allowing("All"))
    add(world, "new", {"hostname": "gw.com"}, {"name": "b", "hostname": "x.com"}, created="2026-02")
    add(world, "old", {"hostname": "x.com"}, created="2026-01")
    add(world, "lost", {"hostname": "x.com"}, created="2026-03")
    found = sets(world)
    assert [each.serving for each in found["new"].listeners] == [False, False]
    assert [each.serving for each in found["old"].listeners] == [True]
    assert [found[name].accepted for name in ("new", "old", "lost")] == [False, True, False]
    whole = [each for each in found["lost"].findings if not each.parent]
    assert [(each.reason, each.status) for each in whole] == [("ListenersNotValid", False)]
    gateway = world.gateway("infra", "edge")
    assert gateway.accepted
    assert not gateway.findings


def test_a_set_with_a_valid_listener_left_is_accepted_and_says_so(world: Any) -> None:
    world.edge({"hostname": "gw.com"}, **allowing("All"))
    add(world, "some", {"hostname": "gw.com"}, {"name": "good"})
    found = sets(world)["some"]
    assert found.accepted
    (whole,) = [each for each in found.findings if not each.parent]
    assert (whole.reason, whole.status) == ("ListenersNotValid", True)
    assert "not valid: listener extra" in whole.message


def test_a_bad_set_never_makes_the_gateway_invalid(world: Any) -> None:
    world.edge({}, **allowing("All"))
    before = world.gateway("infra", "edge")
    add(
        world,
        "bad",
        {"protocol": "example.com/x"},
        {"name": "b", "protocol": "HTTPS", "port": 443},
    )
    after = world.gateway("infra", "edge")
    assert (after.listeners, after.findings, after.accepted) == (
        *(before.listeners, before.findings),
        True,
    )


GRANT = """
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {{name: g, namespace: certs}}
spec:
  from: [{{group: gateway.networking.k8s.io, kind: {kind}, namespace: {namespace}}}]
  to: [{{group: "", kind: Secret}}]
"""


@pytest.mark.parametrize(
    ("kind", "namespace", "reason"),
    [
        ("ListenerSet", "apps", "InvalidCertificateRef"),
        ("ListenerSet", "infra", "RefNotPermitted"),
        ("Gateway", "apps", "RefNotPermitted"),
        ("Gateway", "infra", "RefNotPermitted"),
    ],
)
def test_grants_of_the_gateway_are_not_inherited(
    world: Any, kind: str, namespace: str, reason: str
) -> None:
    """Permitted, the reference leads to a Secret that is not there."""
    world.add(GRANT.format(kind=kind, namespace=namespace))
    world.edge({}, **allowing("All"))
    tls = {"certificateRefs": [{"name": "cert", "namespace": "certs"}]}
    add(world, "secure", {"protocol": "HTTPS", "port": 443, "tls": tls})
    found = sets(world)["secure"]
    (finding,) = [each for each in found.findings if each.parent]
    assert (finding.target, finding.reason) == (found.key, reason)
    assert f"ListenerSet apps/secure, listener extra {'tls'}" in finding.message


def test_a_certificate_without_a_namespace_is_in_that_of_the_set(world: Any) -> None:
    world.edge({}, **allowing("All"))
    tls = {"certificateRefs": [{"name": "cert"}]}
    add(world, "secure", {"protocol": "HTTPS", "port": 443, "tls": tls})
    assert "Secret apps/cert does not exist" in sets(world)["secure"].findings[-1].message


def test_a_refused_set_is_stood_in_for_where_ports_are_bound(world: Any) -> None:
    world.edge({"hostname": "gw.com"}, **allowing("All"))
    earlier = add(world, "more", {"hostname": "before.com"})
    add(world, "more", {"hostname": "now.com"})
    key = model.ObjectKey("ListenerSet", "apps", "more")
    gateway = world.get("Gateway", "infra", "edge")

    def hosts(working: bool) -> list[str]:
        found = translate.gateway(gateway, world, working)
        assert found is not None
        return [each.hostname for each in found.every_listener]

    assert hosts(True) == ["gw.com", "now.com"]
    world.refusals[key] = translate.Refused("bad", earlier)
    assert hosts(True) == ["gw.com", "before.com"]
    assert hosts(False) == ["gw.com", "now.com"]
    world.refusals[key] = translate.Refused("bad", None)
    assert hosts(True) == ["gw.com"]
