"""The status of a BackendTLSPolicy: one entry for each Gateway of ours that uses its Service.

Knows that TLS to backends is not served yet. Must not know how the Gateways were found.
"""

from collections.abc import Iterable

from portway.core import api, model
from portway.core.status.condition import Document, condition

_MOST_ANCESTORS = 16  # CRD: status.ancestors maxItems


def backend_tls_policy(
    obj: api.BackendTLSPolicy, gateways: Iterable[model.ObjectKey], controller: str
) -> Document:
    """Our part of the policy's status: `ancestors` holds nobody else's entries."""
    message = (
        f"BackendTLSPolicy {obj.namespace}/{obj.name}: TLS to backends is not yet served by "
        "Portway. Requests for the targeted Services get a 500; nothing is sent in plain text."
    )
    refused = condition("Accepted", False, "Invalid", message, obj.metadata.generation)
    return {
        "ancestors": [
            {
                "ancestorRef": {
                    "group": api.GATEWAY_GROUP,
                    "kind": "Gateway",
                    "namespace": each.namespace,
                    "name": each.name,
                },
                "controllerName": controller,
                "conditions": [refused],
            }
            for each in sorted(set(gateways))[:_MOST_ANCESTORS]
        ]
    }
