"""The authorizer says of requests what RBAC says of them."""

from typing import Any

import httpx
import pytest

from tests.deploy.authorizer import (
    Authorizer,
    Permission,
    Receive,
    Request,
    Scope,
    Send,
    permissions,
    request_of,
)


def scope(method: str, url: str) -> Scope:
    path, _, query = url.partition("?")
    return {"type": "http", "method": method, "path": path, "query_string": query.encode()}


@pytest.mark.parametrize(
    ("method", "url", "request_"),
    [
        ("GET", "/api/v1/pods", Request("list", "", "pods")),
        ("GET", "/api/v1/pods?watch=true", Request("watch", "", "pods")),
        ("GET", "/api/v1/namespaces/a/pods/p", Request("get", "", "pods", "a", "p")),
        (
            "GET",
            "/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3Da",
            Request("watch", "", "namespaces", "", "a"),
        ),
        ("POST", "/apis/g/v1/namespaces/a/xs", Request("create", "g", "xs", "a")),
        ("PUT", "/apis/g/v1/namespaces/a/xs/x", Request("update", "g", "xs", "a", "x")),
        (
            "PATCH",
            "/apis/g/v1/namespaces/a/xs/x/status",
            Request("patch", "g", "xs/status", "a", "x"),
        ),
        ("DELETE", "/apis/g/v1/namespaces/a/xs/x", Request("delete", "g", "xs", "a", "x")),
        ("DELETE", "/apis/g/v1/namespaces/a/xs", Request("deletecollection", "g", "xs", "a")),
        ("GET", "/apis/g/v1", None),
        ("GET", "/version", None),
    ],
)
def test_a_request_in_the_words_of_rbac(method: str, url: str, request_: Request | None) -> None:
    assert request_of(scope(method, url)) == request_


def test_a_permission_counts_in_its_place_and_for_its_names() -> None:
    everywhere = Permission("", "get", "g", "xs")
    assert everywhere.allows(Request("get", "g", "xs", "a", "x"))
    assert not everywhere.allows(Request("list", "g", "xs"))
    assert not everywhere.allows(Request("get", "g", "xs/status", "a", "x"))
    inside = Permission("a", "list", "g", "xs")
    assert inside.allows(Request("list", "g", "xs", "a"))
    assert not inside.allows(Request("list", "g", "xs", "b"))
    assert not inside.allows(Request("list", "g", "xs"))
    named = Permission("", "list", "", "namespaces", ("a",))
    assert named.allows(Request("list", "", "namespaces", "", "a"))
    assert not named.allows(Request("list", "", "namespaces"))


def role(kind: str, name: str, namespace: str = "") -> dict[str, Any]:
    rule = {"apiGroups": ["g"], "resources": ["xs"], "verbs": ["get", "list"]}
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"kind": kind, "metadata": metadata, "rules": [rule]}


def binding(kind: str, of: str, name: str, account: str, namespace: str = "") -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    subjects = [{"kind": "ServiceAccount", "name": account, "namespace": "system"}]
    ref = {"kind": of, "name": name}
    return {"kind": kind, "metadata": metadata, "roleRef": ref, "subjects": subjects}


def test_only_what_is_bound_counts() -> None:
    found = permissions(
        [
            role("ClusterRole", "all"),
            role("ClusterRole", "nobody's"),
            role("Role", "some", "a"),
            binding("ClusterRoleBinding", "ClusterRole", "all", "us"),
            binding("RoleBinding", "Role", "some", "us", "a"),
            binding("ClusterRoleBinding", "ClusterRole", "nobody's", "them"),
        ],
        "us",
    )
    assert [(each.place, each.verb) for each in found] == [
        ("", "get"),
        ("", "list"),
        ("a", "get"),
        ("a", "list"),
    ]


async def test_what_is_refused_and_what_is_left_over_is_known() -> None:
    async def inner(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    allowed = [Permission("", "list", "", "pods"), Permission("", "watch", "", "pods")]
    authorizer = Authorizer(inner, allowed)
    transport = httpx.ASGITransport(authorizer)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
        assert (await http.get("/api/v1/pods")).status_code == 200
        assert (await http.get("/api/v1/secrets")).status_code == 403
        assert (await http.get("/apis")).status_code == 200
        authorizer.knows_watch_list = False
        asked = "/api/v1/pods?watch=true&sendInitialEvents=true"
        assert authorizer.unused == [allowed[1]]
        assert (await http.get(asked)).status_code == 422
    assert authorizer.refused == [Request("list", "", "secrets")]
    assert authorizer.others == {"/apis"}
    assert authorizer.unused == []
