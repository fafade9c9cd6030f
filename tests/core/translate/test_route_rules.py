"""A route's rules together: references, clusters, partly and wholly invalid routes."""

from typing import Any

from portway.core import model, translate
from portway.core.translate.route_rules import refusal

SERVICES = """
apiVersion: v1
kind: Service
metadata: {name: app, namespace: infra}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: copy, namespace: infra}
spec: {ports: [{port: 80}]}
"""
GOOD = {"backendRefs": [{"name": "app", "port": 80}]}
MISSING = {"backendRefs": [{"name": "absent", "port": 80}]}
EXTENSION = {
    "filters": [
        {"type": "ExtensionRef", "extensionRef": {"group": "x.io", "kind": "K", "name": "n"}}
    ],
    **GOOD,
}
UNREADABLE = {"matches": [{"path": {"type": "RegularExpression", "value": "("}}], **GOOD}
MIRROR = {
    "filters": [
        {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "copy", "port": 80}}}
    ],
    **GOOD,
}


def rules(world: Any, *specs: Any) -> model.RouteRules:
    world.add(SERVICES)
    return translate.route_rules(world.route("r", *specs, created="2026-03-04T05:06:07Z"), world)


def test_a_sound_route_has_no_findings(world: Any) -> None:
    found = rules(world, GOOD, MIRROR)
    assert found.findings == ()
    assert found.created == "2026-03-04T05:06:07Z"
    assert [each.name for each in found.clusters] == ["app", "copy"]


def test_no_backends_at_all_is_not_an_unresolved_reference(world: Any) -> None:
    found = rules(world)
    assert found.findings == ()
    assert found.rules[0].action == model.Forward(())


def test_a_missing_backend_is_told_and_its_neighbours_work(world: Any) -> None:
    found = rules(world, MISSING, GOOD)
    (finding,) = found.findings
    assert (finding.condition, finding.reason) == ("ResolvedRefs", "BackendNotFound")
    assert "rules[0].backendRefs[0]" in finding.message
    assert found.rules[1].action.shares[0].backend is not None
    assert found.rules[0].action.shares == (model.Share(1, None),)


def test_a_mix_of_valid_and_invalid_rules_is_partially_invalid(world: Any) -> None:
    found = rules(world, EXTENSION, GOOD)
    (finding,) = found.findings
    assert (finding.condition, finding.status) == ("PartiallyInvalid", True)
    assert finding.message.startswith("Dropped Rule")
    assert "rules[0].filters[0]" in finding.message
    assert [bool(each.broken) for each in found.rules] == [True, False]
    assert refusal(world.get("HTTPRoute", "infra", "r")) is None


def test_a_route_of_invalid_rules_only_is_not_accepted(world: Any) -> None:
    found = rules(world, EXTENSION, UNREADABLE)
    (finding,) = found.findings
    assert (finding.condition, finding.reason, finding.status) == (
        "Accepted",
        "UnsupportedValue",
        False,
    )
    assert "rules[0]" in finding.message
    assert "rules[1]" in finding.message
    assert refusal(world.get("HTTPRoute", "infra", "r")) == finding
    assert [each.index for each in found.rules] == [0]


def test_a_filter_of_one_backend_makes_the_route_partially_invalid(world: Any) -> None:
    refs = [{"name": "app", "port": 80, "filters": EXTENSION["filters"]}]
    found = rules(world, {"backendRefs": refs})
    (finding,) = found.findings
    assert finding.condition == "PartiallyInvalid"
    assert found.clusters == ()


def test_granting_and_revoking_is_seen_at_once(world: Any) -> None:
    world.add(SERVICES.replace("namespace: infra", "namespace: other"))
    refs = [{"name": "app", "namespace": "other", "port": 80}]
    assert rules(world, {"backendRefs": refs}).findings[0].reason == "RefNotPermitted"
    world.add(
        """
        apiVersion: gateway.networking.k8s.io/v1beta1
        kind: ReferenceGrant
        metadata: {name: g, namespace: other}
        spec:
          from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra}]
          to: [{group: "", kind: Service}]
        """
    )
    assert rules(world, {"backendRefs": refs}).findings == ()
    del world.objects[model.ObjectKey("ReferenceGrant", "other", "g")]
    assert rules(world, {"backendRefs": refs}).findings[0].reason == "RefNotPermitted"
