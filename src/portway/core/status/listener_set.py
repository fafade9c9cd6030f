"""The status of a ListenerSet that names a Gateway of ours.

Knows that ListenerSets are not served yet, and says so on the set and on each of its listeners.
Must not know whether the Gateway would allow it.
"""

from portway.core import api
from portway.core.status.condition import Document, condition


def listener_set(obj: api.ListenerSet) -> Document:
    """The desired status of a ListenerSet."""
    generation = obj.metadata.generation
    where = f"ListenerSet {obj.namespace}/{obj.name}"
    message = (
        f"{where}: ListenerSets are not yet served by Portway; add the listeners to the Gateway."
    )
    refused = [
        condition("Accepted", False, "NotAllowed", message, generation),
        condition("Programmed", False, "NotAllowed", message, generation),
    ]
    return {
        "conditions": refused,
        "listeners": [
            {
                "name": each.name,
                "supportedKinds": [],
                "attachedRoutes": 0,
                "conditions": _listener(f"{where}, listener {each.name}", generation),
            }
            for each in obj.spec.listeners
        ],
    }


def _listener(where: str, generation: int) -> list[Document]:
    message = f"{where}: ListenerSets are not yet served by Portway."
    return [
        condition("Accepted", False, "UnsupportedValue", message, generation),
        condition(
            "Conflicted",
            False,
            "NoConflicts",
            f"{where}: no conflict with other listeners.",
            generation,
        ),
        condition("ResolvedRefs", True, "ResolvedRefs", f"{where}: nothing resolved.", generation),
        condition("Programmed", False, "Invalid", message, generation),
    ]
