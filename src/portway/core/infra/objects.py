"""The Service and the ServiceAccount of a Gateway, as documents.

Knows ports, addresses, labels and owners. A Service without a selector: there are no Pods behind it
on one machine; it says, as a Service in a cluster does, under which names and at which addresses
the Gateway's ports are to be found.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

from portway.core import api, model
from portway.core.infra.name import CLASS_LABEL, GATEWAY_LABEL, generated_name, label_value

Document: TypeAlias = dict[str, Any]

# The name of the first port of a protocol: KServe and Knative look for these two.
_FIRST = {"HTTP": "http2", "HTTPS": "https"}


def objects(spec: api.Gateway, uid: str, ports: Iterable[model.Port]) -> tuple[Document, ...]:
    """What is made for a Gateway of this `uid` that is served at these ports; nothing for one that
    is served at none."""
    bound = sorted(ports, key=lambda each: each.key)
    if not bound:
        return ()
    metadata = _metadata(spec, uid)
    addresses = sorted({address for each in bound for address in each.addresses})
    return (
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"type": "LoadBalancer", "ports": _ports(bound)},
            "status": {"loadBalancer": {"ingress": [{"ip": each} for each in addresses]}},
        },
    )


def _metadata(spec: api.Gateway, uid: str) -> Document:
    wanted = spec.spec.infrastructure or api.GatewayInfrastructure()
    gateway_class = spec.spec.gateway_class_name
    owner = {
        "apiVersion": spec.api_version,
        "kind": spec.kind,
        "name": spec.name,
        "uid": uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {
        "name": generated_name(spec.name, gateway_class),
        "namespace": spec.namespace,
        # Ours come last: they are how the objects are found.
        "labels": {
            **wanted.labels,
            GATEWAY_LABEL: label_value(spec.name),
            CLASS_LABEL: label_value(gateway_class),
        },
        "annotations": dict(wanted.annotations),
        "ownerReferences": [owner],
    }


def _ports(bound: list[model.Port]) -> list[Document]:
    left = dict(_FIRST)
    return [
        {
            "name": left.pop(each.protocol, f"{each.protocol.lower()}-{each.key.port}"),
            "port": each.key.port,
            "protocol": each.key.transport,
            "targetPort": each.bound_port,
        }
        for each in bound
    ]
