"""Lists in a status that have an entry for each Gateway: parents and ancestors of what is no route.

Knows the shape of an entry and that the CRDs limit how many there are. Must not know conditions.
"""

from collections.abc import Callable, Iterable
from typing import Any

from portway.core import api, model

Conditions = list[dict[str, Any]]


def by_gateway(
    reference: str,
    gateways: Iterable[model.ObjectKey],
    controller: str,
    conditions: Callable[[model.ObjectKey], Conditions],
    most: int,
) -> list[dict[str, Any]]:
    """Our entries, each Gateway once and in order. ``reference`` is the field that names it
    (parentRef, ancestorRef), ``most`` the CRD's limit."""
    return [
        {
            reference: {
                "group": api.GATEWAY_GROUP,
                "kind": "Gateway",
                "namespace": each.namespace,
                "name": each.name,
            },
            "controllerName": controller,
            "conditions": conditions(each),
        }
        for each in sorted(set(gateways))[:most]
    ]
