"""The status of an XBackend: one entry for each Gateway of ours that sends to it.

Knows its one condition and the limits of the document. Must not know how the Gateways were found,
nor what is wrong with a backend (the findings say).
"""

from collections.abc import Iterable

from portway.core import model
from portway.core.status.by_gateway import by_gateway
from portway.core.status.condition import Document, condition, positive

_MOST_PARENTS = 32  # CRD: status.parents maxItems


def x_backend(
    backend: model.External,
    gateways: Iterable[model.ObjectKey],
    controller: str,
    rejected: str = "",
) -> Document:
    """Our part of the backend's status, as release 1.6 has it: `parents` holds nobody else's
    entries. `rejected` are the proxy's words."""
    accepted = positive(
        "Accepted",
        backend.findings,
        backend.generation,
        "Accepted",
        f"{backend.key}: valid, and a route refers to it.",
    )
    if rejected:
        words = f"{backend.key}: refused by the proxy: {rejected}"
        accepted = condition("Accepted", False, "RejectedByProxy", words, backend.generation)
    entries = by_gateway("parentRef", gateways, controller, lambda _: [accepted], _MOST_PARENTS)
    return {"parents": entries}
