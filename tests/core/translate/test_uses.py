"""Which backends a route refers to."""

from typing import Any

import yaml

from portway.core import api, translate

HTTP = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: apps}
spec:
  rules:
  - backendRefs:
    - {name: b, port: 80}
    - name: a
      port: 80
      namespace: other
      filters:
      - {type: RequestMirror, requestMirror: {backendRef: {name: copy, port: 80}}}
    - {group: portway.dev, kind: Backend, name: local}
    - {group: a.com, kind: Service, name: foreign}
    filters:
    - {type: RequestMirror, requestMirror: {backendRef: {name: b, port: 81}}}
    - type: ExternalAuth
      externalAuth: {protocol: HTTP, http: {}, backendRef: {name: guard, port: 80}}
    - {type: RequestHeaderModifier, requestHeaderModifier: {remove: [x]}}
  - {}
"""
TCP = """
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: r, namespace: apps}
spec: {rules: [{backendRefs: [{name: b, port: 80}]}]}
"""


def used(text: str) -> list[str]:
    obj: Any = api.decode(yaml.safe_load(text))
    return [str(each) for each in translate.uses(obj)]


def test_everything_a_route_sends_to_is_found_once() -> None:
    assert used(HTTP) == [
        "Backend apps/local",
        "Service apps/b",
        "Service apps/copy",
        "Service apps/guard",
        "Service other/a",
    ]


def test_routes_of_layer_4_have_no_filters() -> None:
    assert used(TCP) == ["Service apps/b"]
