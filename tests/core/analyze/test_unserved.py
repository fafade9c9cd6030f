"""What is read but not acted upon is said."""

from typing import Any


def test_fields_that_do_nothing_yet(check: Any) -> None:
    found = check("""
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: g, namespace: apps}
spec:
  rules: [{sessionPersistence: {type: Header}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: h, namespace: apps}
spec:
  rules: [{sessionPersistence: {type: Cookie}}]
""")["PW070"]
    assert [(each.object.kind, each.field) for each in found] == [
        ("GRPCRoute", "spec.rules[0].sessionPersistence"),
        ("HTTPRoute", "spec.rules[0].sessionPersistence"),
    ]
