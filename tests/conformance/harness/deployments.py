"""Which Pods a Deployment wants: what its controller, a ReplicaSet's and a scheduler do together.

Pure: manifests in, manifests out. A Pod's name follows from the Deployment, its template and a
number, so that asking twice for a Pod makes one. Names have two parts after the Deployment's,
since clients take the last two off to find out whose a Pod is.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import NamedTuple

from tests.conformance.harness.api import Document

NODE = "conformance"


class Steps(NamedTuple):
    """What brings the Pods there."""

    create: list[Document]
    delete: list[Document]


def steps(deployments: Iterable[Document], pods: Iterable[Document]) -> Steps:
    """What there is to do. Pods of no Deployment are left alone."""
    wanted = {
        (pod["metadata"]["namespace"], pod["metadata"]["name"]): pod
        for each in deployments
        if "deletionTimestamp" not in each["metadata"]
        for pod in pods_of(each)
    }
    delete = []
    for pod in pods:
        metadata = pod["metadata"]
        key = (metadata["namespace"], metadata["name"])
        if key in wanted:
            del wanted[key]
        elif _is_of_deployment(pod) and "deletionTimestamp" not in metadata:
            delete.append(pod)
    return Steps(list(wanted.values()), delete)


def pods_of(deployment: Document) -> list[Document]:
    """The Pods of a Deployment, placed on the one node."""
    metadata, spec = deployment["metadata"], deployment["spec"]
    template = spec["template"]
    digest = _short(json.dumps(template, sort_keys=True) + metadata["uid"], 10)
    given = template.get("metadata") or {}
    pods = []
    for number in range(spec.get("replicas", 1)):
        name = f"{metadata['name']}-{digest}-{_short(f'{digest}{number}', 5)}"
        pods.append(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": name,
                    "namespace": metadata["namespace"],
                    "labels": {**(given.get("labels") or {}), "pod-template-hash": digest},
                    "annotations": given.get("annotations") or {},
                    "ownerReferences": [owner(deployment)],
                },
                "spec": {**template["spec"], "nodeName": NODE},
            }
        )
    return pods


def owner(document: Document) -> Document:
    """The reference to what owns something; with it goes what it owns."""
    return {
        "apiVersion": document["apiVersion"],
        "kind": document["kind"],
        "name": document["metadata"]["name"],
        "uid": document["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _is_of_deployment(pod: Document) -> bool:
    owners = pod["metadata"].get("ownerReferences") or ()
    return any(each["kind"] == "Deployment" for each in owners)


def _short(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
