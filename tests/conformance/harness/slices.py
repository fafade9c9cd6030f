"""The EndpointSlice of a Service with a selector, headless or not.

Pure: manifests in, manifests out, as the endpointslice controller of a cluster does it (one slice
a Service, IPv4). A Service without a selector has slices made by hand, which are left alone.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from tests.conformance.harness.api import Document
from tests.conformance.harness.deployments import owner

_MANAGED: Final = "endpointslice.kubernetes.io/managed-by"
_MANAGER: Final = "endpointslice-controller.k8s.io"
_SERVICE: Final = "kubernetes.io/service-name"


class Steps(NamedTuple):
    """What brings the slices there. ``change``: (the slice, what to merge into it)."""

    create: list[Document]
    change: list[tuple[Document, Document]]
    delete: list[Document]


def steps(
    services: Iterable[Document], pods: Iterable[Document], slices: Iterable[Document]
) -> Steps:
    """What there is to do."""
    placed = list(pods)
    wanted = {}
    for service in services:
        if service["spec"].get("selector") and "deletionTimestamp" not in service["metadata"]:
            made = slice_of(service, placed)
            wanted[made["metadata"]["namespace"], made["metadata"]["name"]] = made
    found = Steps([], [], [])
    for each in slices:
        metadata = each["metadata"]
        if (metadata.get("labels") or {}).get(_MANAGED) != _MANAGER:
            continue
        key = (metadata["namespace"], metadata["name"])
        if key not in wanted:
            found.delete.append(each)
            continue
        made = wanted.pop(key)
        change = {"ports": made["ports"], "endpoints": made["endpoints"]}
        if any(each.get(name) != value for name, value in change.items()):
            found.change.append((each, change))
    found.create.extend(wanted.values())
    return found


def slice_of(service: Document, pods: Iterable[Document]) -> Document:
    """The slice a Service wants."""
    metadata, spec = service["metadata"], service["spec"]
    chosen = [
        pod
        for pod in pods
        if pod["metadata"]["namespace"] == metadata["namespace"]
        and (pod.get("status") or {}).get("podIP")
        and _selected(pod, spec["selector"])
    ]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{metadata['name']}-{metadata['uid'][:5]}",
            "namespace": metadata["namespace"],
            "labels": {_SERVICE: metadata["name"], _MANAGED: _MANAGER},
            "ownerReferences": [owner(service)],
        },
        "addressType": "IPv4",
        "ports": [_port(each, chosen) for each in spec.get("ports") or ()],
        "endpoints": [_endpoint(pod) for pod in chosen],
    }


def _selected(pod: Document, selector: dict[str, str]) -> bool:
    labels = pod["metadata"].get("labels") or {}
    return all(labels.get(name) == value for name, value in selector.items())


def _port(port: Document, pods: list[Document]) -> Document:
    made = {
        "name": port.get("name", ""),
        "protocol": port.get("protocol", "TCP"),
        "port": _number(port.get("targetPort") or port["port"], pods),
    }
    return made | ({"appProtocol": port["appProtocol"]} if "appProtocol" in port else {})


def _number(target: Any, pods: list[Document]) -> int | None:
    """A target port that is a name is the number that the Pods' containers give it."""
    if isinstance(target, int):
        return target
    for pod in pods:
        for container in pod["spec"]["containers"]:
            for port in container.get("ports") or ():
                if port.get("name") == target:
                    return int(port["containerPort"])
    return None


def _endpoint(pod: Document) -> Document:
    metadata, status = pod["metadata"], pod["status"]
    going = "deletionTimestamp" in metadata
    ready = any(
        each["type"] == "Ready" and each["status"] == "True"
        for each in status.get("conditions") or ()
    )
    return {
        "addresses": [status["podIP"]],
        "conditions": {"ready": ready and not going, "serving": ready, "terminating": going},
        "nodeName": pod["spec"]["nodeName"],
        "targetRef": {
            "kind": "Pod",
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
        },
    }
