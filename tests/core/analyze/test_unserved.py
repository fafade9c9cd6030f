"""What is read but not acted upon is said."""

from typing import Any


def test_kinds_and_fields_that_do_nothing_yet(check: Any) -> None:
    found = check("""
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: l, namespace: apps}
spec: {parentRef: {name: web}, listeners: [{name: a, protocol: HTTP, port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: g, namespace: apps}
spec:
  useDefaultGateways: All
  rules: [{sessionPersistence: {type: Header}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: h, namespace: apps}
spec:
  useDefaultGateways: All
  rules: [{sessionPersistence: {type: Cookie}}]
""")["PW070"]
    assert [(each.object.kind, each.field) for each in found] == [
        ("GRPCRoute", "spec.useDefaultGateways"),
        ("HTTPRoute", "spec.useDefaultGateways"),
        ("ListenerSet", ""),
    ]
