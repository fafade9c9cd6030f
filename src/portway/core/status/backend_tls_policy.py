"""The status of a BackendTLSPolicy: one entry for each Gateway of ours that uses what it is about.

Knows its conditions and the limits of the document. Must not know how the Gateways were found, nor
what makes a policy invalid (the findings say).
"""

from collections.abc import Iterable

from portway.core import model
from portway.core.status.by_gateway import by_gateway
from portway.core.status.condition import Document, positive

_MOST_ANCESTORS = 16  # CRD: status.ancestors maxItems


def backend_tls_policy(
    policy: model.TLSPolicy,
    findings: Iterable[model.Finding],
    gateways: Iterable[model.ObjectKey],
    controller: str,
) -> Document:
    """Our part of the policy's status: `ancestors` holds nobody else's entries. The same for every
    Gateway: a policy is about backends."""
    told = tuple(findings)
    accepted = f"{policy.key}: connections to what it is about use TLS and are verified."
    resolved = f"{policy.key}: every reference is resolved."
    generation = policy.generation
    conditions = [
        positive("Accepted", told, generation, "Accepted", accepted),
        positive("ResolvedRefs", told, generation, "ResolvedRefs", resolved),
    ]
    entries = by_gateway("ancestorRef", gateways, controller, lambda _: conditions, _MOST_ANCESTORS)
    return {"ancestors": entries}
