"""OpenAPI 3 documents of what is served, for ``kubectl explain`` and client-side checks.

Knows how Kubernetes lays such documents out. Must not know kinds beyond their schemas.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Document

_WRITE_PARAMETERS: Final = (
    ("dryRun", "string"),
    ("fieldManager", "string"),
    ("fieldValidation", "string"),
)


def index(kinds: Iterable[Kind]) -> Document:
    """The answer to ``/openapi/v3``: where the document of each group version is."""
    served = list(kinds)
    paths: Document = {}
    for group, version in _group_versions(served):
        place = f"apis/{group}/{version}" if group else f"api/{version}"
        body = msgspec.json.encode(document(served, group, version))
        digest = hashlib.sha256(body).hexdigest()[:32].upper()
        paths[place] = {"serverRelativeURL": f"/openapi/v3/{place}?hash={digest}"}
    return {"paths": paths}


def document(kinds: Iterable[Kind], group: str, version: str) -> Document | None:
    """The document of a group version; None if it is not served."""
    served = [each for each in kinds if each.group == group and version in each.versions]
    if not served:
        return None
    schemas: Document = {}
    paths: Document = {}
    for kind in served:
        schemas[schema_name(kind, version)] = {
            **kind.schemas[version],
            "x-kubernetes-group-version-kind": [gvk(kind, version)],
        }
        paths |= _paths(kind, version)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Portway", "version": "v1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def schema_name(kind: Kind, version: str) -> str:
    """The name of a kind's schema: its group backwards, version, kind."""
    group = kind.group or "core.api.k8s.io"
    return ".".join([*reversed(group.split(".")), version, kind.kind])


def gvk(kind: Kind, version: str) -> Document:
    """The extension that ties schemas and operations to a kind."""
    return {"group": kind.group, "version": version, "kind": kind.kind}


def base_path(kind: Kind, version: str) -> str:
    """The path of a kind's list, as documents write it."""
    root = f"/apis/{kind.group}/{version}" if kind.group else f"/api/{version}"
    inside = "/namespaces/{namespace}" if kind.namespaced else ""
    return f"{root}{inside}/{kind.plural}"


def write_parameters() -> list[tuple[str, str]]:
    """(name, type) of the query parameters of a patch."""
    return [*_WRITE_PARAMETERS, ("force", "boolean")]


def _group_versions(kinds: Iterable[Kind]) -> list[tuple[str, str]]:
    return sorted({(kind.group, version) for kind in kinds for version in kind.versions})


def _paths(kind: Kind, version: str) -> Document:
    reference = {"$ref": f"#/components/schemas/{schema_name(kind, version)}"}
    answer = {"description": "OK", "content": {"application/json": {"schema": reference}}}
    tied = {"x-kubernetes-group-version-kind": gvk(kind, version), "responses": {"200": answer}}
    parameters = [_parameter(*each) for each in write_parameters()]
    body = {"content": {"application/json": {"schema": reference}}}
    lists = base_path(kind, version)

    def operation(action: str, **more: Any) -> Document:
        return {"x-kubernetes-action": action, **tied, **more}

    one = {
        "get": operation("get"),
        "put": operation("put", parameters=parameters[:3], requestBody=body),
        "patch": operation("patch", parameters=parameters),
        "delete": operation("delete", parameters=parameters[:1]),
    }
    paths: Document = {
        lists: {
            "get": operation("list"),
            "post": operation("post", parameters=parameters[:3], requestBody=body),
        },
        f"{lists}/{{name}}": one,
    }
    if kind.has_status:
        paths[f"{lists}/{{name}}/status"] = {key: one[key] for key in ("get", "put", "patch")}
    return paths


def _parameter(name: str, type_: str) -> Document:
    return {"name": name, "in": "query", "schema": {"type": type_, "uniqueItems": True}}
