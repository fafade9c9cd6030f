"""What the API serves, told to clients: groups, versions, resources.

Knows the documents of discovery, plain and aggregated. Must not know schemas.
"""

from collections.abc import Iterable
from typing import Any, Final

from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Document

VERBS: Final = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
)
STATUS_VERBS: Final = ("get", "patch", "update")
LOG_VERBS: Final = ("get",)
VERSION: Final[Document] = {
    "major": "1",
    "minor": "34",
    "gitVersion": "v1.34.0+portway",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "local",
}
"""The level of the API that is followed; there is no Kubernetes behind it."""


def version(controller: str = "") -> Document:
    """The answer to ``/version``. ``controller``: the name of the one that whoever serves this is,
    so that another of that name does not write the same statuses; empty: it is none."""
    return {**VERSION, "controller": controller} if controller else VERSION


def core_versions() -> Document:
    """The answer to ``/api``."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [],
    }


def group_list(kinds: Iterable[Kind]) -> Document:
    """The answer to ``/apis``."""
    groups = [_group(name, versions) for name, versions in _groups(kinds).items() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(kinds: Iterable[Kind], name: str) -> Document | None:
    """The answer to ``/apis/GROUP``; None if it is not served."""
    versions = _groups(kinds).get(name)
    if not name or versions is None:
        return None
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)}


def resource_list(kinds: Iterable[Kind], group: str, version: str) -> Document | None:
    """The answer to ``/apis/GROUP/VERSION``; None if it is not served."""
    resources: list[Document] = []
    for kind in kinds:
        if kind.group != group or version not in kind.versions:
            continue
        about = {"singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind}
        resources.append(
            {
                "name": kind.plural,
                **about,
                "verbs": VERBS,
                **({"shortNames": kind.short_names} if kind.short_names else {}),
                **({"categories": kind.categories} if kind.categories else {}),
            }
        )
        if kind.has_status:
            status = {"name": f"{kind.plural}/status", **about, "singularName": ""}
            resources.append({**status, "verbs": STATUS_VERBS})
        if _has_log(kind):
            log = {"name": f"{kind.plural}/log", **about, "singularName": ""}
            resources.append({**log, "verbs": LOG_VERBS})
    if not resources:
        return None
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": resources,
    }


def aggregated(kinds: Iterable[Kind], version: str, *, core: bool) -> Document:
    """``/api`` (``core``) or ``/apis`` in one document, of ``apidiscovery.k8s.io/VERSION``."""
    served = list(kinds)
    items = []
    for name, versions in _groups(served).items():
        if (name == "") is not core:
            continue
        items.append(
            {
                "metadata": {"name": name or None},
                "versions": [
                    {
                        "version": each,
                        "resources": [
                            _discovered(kind, each)
                            for kind in served
                            if kind.group == name and each in kind.versions
                        ],
                        "freshness": "Current",
                    }
                    for each in versions
                ],
            }
        )
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": items,
    }


def _discovered(kind: Kind, version: str) -> Document:
    response = {"group": kind.group, "version": version, "kind": kind.kind}
    status = {"subresource": "status", "responseKind": response, "verbs": STATUS_VERBS}
    log = {"subresource": "log", "responseKind": response, "verbs": LOG_VERBS}
    subresources = [*([log] if _has_log(kind) else []), *([status] if kind.has_status else [])]
    return {
        "resource": kind.plural,
        "responseKind": response,
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": VERBS,
        **({"shortNames": kind.short_names} if kind.short_names else {}),
        **({"categories": kind.categories} if kind.categories else {}),
        **({"subresources": subresources} if subresources else {}),
    }


def _has_log(kind: Kind) -> bool:
    """Whether objects of the kind have output that a node keeps: see `pod_log`."""
    return kind.kind == "Pod" and not kind.group


def _groups(kinds: Iterable[Kind]) -> dict[str, list[str]]:
    """Groups with their versions, the preferred one first."""
    found: dict[str, list[str]] = {}
    for kind in kinds:
        versions = found.setdefault(kind.group, [])
        versions += [each for each in kind.versions if each not in versions]
    return found


def _group(name: str, versions: list[str]) -> Document:
    listed: list[dict[str, Any]] = [
        {"groupVersion": f"{name}/{each}", "version": each} for each in versions
    ]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}
