"""Routes that are not served yet: their references are told as they are."""

from typing import Any

import pytest

from portway.core import api, translate

SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: app, namespace: infra}
spec: {ports: [{port: 80}]}
"""


def route(kind: str, *refs: dict[str, Any]) -> Any:
    spec: dict[str, Any] = {"rules": [{"backendRefs": list(refs)}]}
    return api.decode(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": kind,
            "metadata": {"name": "r", "namespace": "infra"},
            "spec": spec,
        }
    )


@pytest.mark.parametrize("kind", ["GRPCRoute"])
@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        ({"name": "app", "port": 80}, None),
        ({"name": "absent", "port": 80}, "BackendNotFound"),
        ({"name": "app", "namespace": "other", "port": 80}, "RefNotPermitted"),
        ({"name": "app", "kind": "Thing", "port": 80}, "InvalidKind"),
    ],
)
def test_references(world: Any, kind: str, ref: dict[str, Any], reason: str | None) -> None:
    world.add(SERVICE)
    found = translate.unresolved(route(kind, ref), world)
    assert [(each.condition, each.reason) for each in found] == (
        [("ResolvedRefs", reason)] if reason else []
    )
    assert all("rules[0].backendRefs[0]" in each.message for each in found)
