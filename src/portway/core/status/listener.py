"""The status of one listener, whether a Gateway or a ListenerSet has it.

Knows which conditions a listener has. Must not know when it is programmed (`programmed`) nor what
makes it invalid (the findings say).
"""

from collections.abc import Iterable, Mapping

from portway.core import model
from portway.core.status.condition import Document, abnormal, condition, positive
from portway.core.status.programmed import Situation, listener_verdict


def listener(
    situation: Situation,
    listener: model.Listener,
    findings: Iterable[model.Finding],
    generation: int,
    attached: Mapping[model.ListenerKey, int],
) -> Document:
    """`findings` and `generation` are those of its owner, `attached` counts the accepted routes by
    listener."""
    told = about(listener, findings)
    where = str(listener.key)
    no_conflict = condition(
        "Conflicted",
        False,
        "NoConflicts",
        f"{where}: no conflict with other listeners.",
        generation,
    )
    return {
        "name": listener.name,
        "supportedKinds": [{"group": k.group, "kind": k.kind} for k in listener.allowed.kinds],
        "attachedRoutes": attached.get(listener.key, 0),
        "conditions": [
            positive("Accepted", told, generation, "Accepted", f"{where}: valid."),
            *(abnormal("Conflicted", told, generation) or (no_conflict,)),
            positive(
                "ResolvedRefs",
                told,
                generation,
                "ResolvedRefs",
                f"{where}: every reference is resolved.",
            ),
            listener_verdict(situation, listener, told).condition(generation),
            *abnormal("OverlappingTLSConfig", told, generation),
        ],
    }


def about(listener: model.Listener, findings: Iterable[model.Finding]) -> list[model.Finding]:
    """The findings about a listener, among those of its owner."""
    return [each for each in findings if each.parent == listener.name]
