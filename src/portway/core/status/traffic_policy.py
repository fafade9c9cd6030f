"""The status of an XBackendTrafficPolicy: one entry for each Gateway of ours that uses what it is
about.

Knows its condition and the limits of the document. Must not know how the Gateways were found, nor
what makes a policy invalid (the findings say).
"""

from collections.abc import Iterable

from portway.core import model
from portway.core.status.by_gateway import by_gateway
from portway.core.status.condition import Document, condition, positive

_MOST_ANCESTORS = 16  # CRD: status.ancestors maxItems


def traffic_policy(
    policy: model.TrafficPolicy,
    findings: Iterable[model.Finding],
    gateways: Iterable[model.ObjectKey],
    controller: str,
    rejected: str = "",
) -> Document:
    """Our part of the policy's status: `ancestors` holds nobody else's entries. `rejected` are the
    proxy's words."""
    words = f"{policy.key}: valid, and no other comes before it."
    accepted = positive("Accepted", tuple(findings), policy.generation, "Accepted", words)
    if rejected:
        words = f"{policy.key}: refused by the proxy: {rejected}"
        accepted = condition("Accepted", False, "RejectedByProxy", words, policy.generation)
    entries = by_gateway("ancestorRef", gateways, controller, lambda _: [accepted], _MOST_ANCESTORS)
    return {"ancestors": entries}
