"""The OpenAPI 2 document, read back as protobuf."""

from typing import Any

from portway.adapters.apiserver.http.openapi2 import document
from portway.adapters.apiserver.http.protobuf import _fields
from tests.adapters.apiserver.support import store


def parts(body: bytes, number: int) -> list[Any]:
    return [value for found, value in _fields(body) if found == number]


def only(body: bytes, *numbers: int) -> Any:
    for number in numbers:
        (body,) = parts(body, number)
    return body


def test_definitions_have_fields_and_their_kind() -> None:
    body = document(store().kinds.values())
    assert only(body, 1) == b"2.0"
    definitions = {only(each, 1).decode(): only(each, 2) for each in parts(only(body, 9), 1)}
    route = definitions["io.k8s.networking.gateway.v1.HTTPRoute"]
    properties = {only(each, 1).decode() for each in parts(only(route, 25), 1)}
    assert properties == {"apiVersion", "kind", "metadata", "spec", "status"}
    extensions = {only(each, 1).decode(): only(each, 2, 2) for each in parts(route, 31)}
    assert b'"kind":"HTTPRoute"' in extensions["x-kubernetes-group-version-kind"]


def test_patches_take_a_dry_run() -> None:
    body = document(store().kinds.values())
    paths = {only(each, 1).decode(): only(each, 2) for each in parts(only(body, 8), 2)}
    patch = only(paths["/api/v1/namespaces/{namespace}/services/{name}"], 8)
    names = [only(each, 1, 2, 3, 4).decode() for each in parts(patch, 8)]
    assert "dryRun" in names
    assert parts(patch, 9)
