"""What every object of a Gateway has: whose it is and how it is found.

Knows metadata, labels and owners. Must not know what the objects are for.
"""

from typing import Any, TypeAlias

from portway.core import api
from portway.core.infra.name import CLASS_LABEL, GATEWAY_LABEL, generated_name, label_value

Document: TypeAlias = dict[str, Any]


def wanted(spec: api.Gateway) -> api.GatewayInfrastructure:
    """What the Gateway asks for on everything that is made for it."""
    return spec.spec.infrastructure or api.GatewayInfrastructure()


def selector(spec: api.Gateway) -> dict[str, str]:
    """The labels that the Pods of a Gateway have in their namespace, and no other's."""
    return {
        GATEWAY_LABEL: label_value(spec.name),
        CLASS_LABEL: label_value(spec.spec.gateway_class_name),
    }


def labels(spec: api.Gateway) -> dict[str, str]:
    """Ours come last: they are how the objects are found."""
    return {**wanted(spec).labels, **selector(spec)}


def metadata(spec: api.Gateway, uid: str) -> Document:
    """The metadata of an object of a Gateway of this ``uid``."""
    owner = {
        "apiVersion": spec.api_version,
        "kind": spec.kind,
        "name": spec.name,
        "uid": uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {
        "name": generated_name(spec.name, spec.spec.gateway_class_name),
        "namespace": spec.namespace,
        "labels": labels(spec),
        "annotations": dict(wanted(spec).annotations),
        "ownerReferences": [owner],
    }
