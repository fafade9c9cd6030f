"""The status of a route: one entry for each parent of ours.

Knows which conditions a parent entry has. Must not know why a parent took the route or not (the
findings say). Conditions of negative polarity stand here only when they are True: consumers such
as KServe take any condition that is False for "not ready".
"""

from collections.abc import Iterable

from portway.core import api, model
from portway.core.status.condition import Document, abnormal, condition, positive

_MOST_PARENTS = 32  # CRD: status.parents maxItems


def route(
    attachment: model.Attachment,
    findings: Iterable[model.Finding],
    parent_refs: tuple[api.ParentReference, ...],
    generation: int,
    controller: str,
    rejected: str = "",
    crashed: str = "",
) -> Document:
    """Our part of a route's status: `parents` holds nobody else's entries.

    `findings` hold for every parent, `rejected` are the proxy's words when it refused the route
    as it is now, `crashed` is what went wrong when a fault of ours left it out.
    """
    shared = tuple(findings)
    return {
        "parents": [
            {
                "parentRef": _reference(each, parent_refs),
                "controllerName": controller,
                "conditions": _conditions(
                    attachment.key, each, shared, generation, _refusal(rejected, crashed)
                ),
            }
            for each in attachment.parents[:_MOST_PARENTS]
        ]
    }


def _refusal(rejected: str, crashed: str) -> tuple[str, str] | None:
    """The reason and the words for a route that could not be served for no fault of its fields."""
    if rejected:
        return "RejectedByProxy", f"refused by the proxy: {rejected}"
    if crashed:
        return "InternalError", f"left out by a fault in Portway, please report it: {crashed}"
    return None


def _reference(
    parent: model.ParentAttachment, parent_refs: tuple[api.ParentReference, ...]
) -> Document:
    """The reference as it was declared, or that to a Gateway that the route has by default."""
    if parent.index < len(parent_refs):
        return parent_reference(parent_refs[parent.index])
    gateway = parent.gateway
    ref = api.ParentReference(name=gateway.name, namespace=gateway.namespace)
    return parent_reference(ref)


def parent_reference(ref: api.ParentReference) -> Document:
    """The reference as it was declared, with the CRD's defaults for group and kind."""
    document: Document = {"group": ref.group, "kind": ref.kind, "name": ref.name}
    if ref.namespace:
        document["namespace"] = ref.namespace
    if ref.section_name:
        document["sectionName"] = ref.section_name
    if ref.port is not None:
        document["port"] = ref.port
    return document


def _conditions(
    key: model.ObjectKey,
    parent: model.ParentAttachment,
    shared: tuple[model.Finding, ...],
    generation: int,
    refusal: tuple[str, str] | None,
) -> list[Document]:
    own = () if parent.finding is None else (parent.finding,)
    findings = (*own, *shared)
    if refusal is not None:
        reason, words = refusal
        accepted = condition("Accepted", False, reason, f"{key}: {words}", generation)
    else:
        message = f"{key}: accepted by {parent.gateway}."
        accepted = positive("Accepted", findings, generation, "Accepted", message)
    message = f"{key}: every reference is resolved."
    resolved = positive("ResolvedRefs", shared, generation, "ResolvedRefs", message)
    conditions = [accepted, resolved]
    if accepted["status"] == "True":
        # The spec wants it on accepted routes only (RouteConditionPartiallyInvalid).
        conditions += abnormal("PartiallyInvalid", shared, generation)
    return conditions
