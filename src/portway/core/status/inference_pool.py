"""The status of an InferencePool: one entry for each Gateway of ours that has a route to it.

Knows its conditions and the limits of the document. Must not know how the Gateways were found, nor
what is wrong with a pool (the findings say). The parent is the Gateway, never the route.
"""

from collections.abc import Iterable, Mapping

from portway.core import api, model
from portway.core.status.by_gateway import by_gateway
from portway.core.status.condition import Document, condition, positive

_MOST_PARENTS = 32  # CRD: status.parents maxItems


def inference_pool(
    pool: api.InferencePool,
    findings: Iterable[model.Finding],
    gateways: Mapping[model.ObjectKey, bool],
    controller: str,
    rejected: str = "",
) -> Document:
    """Our part of the pool's status: `parents` holds nobody else's entries. `gateways` says of each
    whether it took any of its routes to the pool; `rejected` are the proxy's words."""
    told = tuple(findings)

    def conditions(gateway: model.ObjectKey) -> list[Document]:
        return _conditions(pool, told, gateway, gateways[gateway], rejected)

    entries = by_gateway("parentRef", gateways, controller, conditions, _MOST_PARENTS)
    return {"parents": entries}


def _conditions(
    pool: api.InferencePool,
    told: tuple[model.Finding, ...],
    gateway: model.ObjectKey,
    taken: bool,
    rejected: str,
) -> list[Document]:
    generation = pool.metadata.generation
    name = f"InferencePool {pool.namespace}/{pool.name}"
    if rejected:
        words = f"{name}: refused by the proxy: {rejected}"
        accepted = condition("Accepted", False, "NotSupportedByParent", words, generation)
    elif not taken:
        words = f"{name}: {gateway} took no HTTPRoute that refers to it; see their status."
        accepted = condition("Accepted", False, "HTTPRouteNotAccepted", words, generation)
    else:
        words = f"{name}: used by {gateway}."
        accepted = positive("Accepted", told, generation, "Accepted", words)
    words = f"{name}: every reference is resolved."
    return [accepted, positive("ResolvedRefs", told, generation, "ResolvedRefs", words)]
