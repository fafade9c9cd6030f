"""Backends that do not answer."""

from typing import Any

from portway.core import model

KEY = model.ObjectKey("HTTPRoute", "apps", "a")

ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a, namespace: apps}
spec: {rules: [{backendRefs: [{name: kourier, port: 80}]}]}
"""


def service(namespace: str, name: str = "kourier") -> str:
    return f"""
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{ports: [{{port: 80}}]}}
"""


def finding(reason: str) -> model.Finding:
    return model.Finding(KEY, "", "ResolvedRefs", reason, f"said: {reason}")


def test_a_backend_of_another_namespace_is_pointed_at(board: Any, check: Any) -> None:
    board.route(KEY, {}, findings=(finding("BackendNotFound"),))
    (issue,) = check(ROUTE + service("kourier-system"))["PW020"]
    assert issue.message == "said: BackendNotFound"
    assert issue.cure == (
        "kourier is in namespace kourier-system: set backendRefs[].namespace and add a "
        "ReferenceGrant in kourier-system"
    )


def test_a_misspelt_backend_is_pointed_at(board: Any, check: Any) -> None:
    board.route(KEY, {}, findings=(finding("BackendNotFound"),))
    (issue,) = check(ROUTE + service("apps", "kourir"))["PW020"]
    assert issue.cure == "did you mean Service kourir?"


def test_a_missing_grant_keeps_the_translations_words(board: Any, check: Any) -> None:
    board.route(KEY, {}, findings=(finding("RefNotPermitted"),))
    assert check(ROUTE)["PW021"][0].message == "said: RefNotPermitted"


def test_a_service_without_endpoints_is_a_warning(board: Any, check: Any) -> None:
    cluster = model.ClusterKey("Service", "apps", "kourier", 80, "http")
    board.route(KEY, {}, clusters=(cluster,))
    board.ready[cluster] = model.Endpoints(cluster)
    (issue,) = check(ROUTE + service("apps"))["PW023"]
    assert issue.severity == "warning"
    assert issue.message == "Service apps/kourier port 80 has no ready endpoint"


def test_a_service_with_endpoints_is_fine(board: Any, check: Any) -> None:
    cluster = model.ClusterKey("Service", "apps", "kourier", 80, "http")
    board.route(KEY, {}, clusters=(cluster,))
    board.ready[cluster] = model.Endpoints(cluster, (model.Endpoint("10.0.0.1", 80),))
    assert check(ROUTE + service("apps")) == {}
