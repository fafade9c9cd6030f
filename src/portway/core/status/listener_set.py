"""The status of a ListenerSet that names a Gateway of ours (GEP-1713).

Knows its conditions. Must not know whether the Gateway allows it nor what makes a listener invalid
(the findings say). Of a set that is not allowed no listener is spoken of: there is none.
"""

from collections.abc import Mapping

from portway.core import model
from portway.core.status.condition import Document, condition, positive
from portway.core.status.listener import listener
from portway.core.status.programmed import Situation, set_verdict


def listener_set(
    found: model.ListenerSet, situation: Situation, attached: Mapping[model.ListenerKey, int]
) -> Document:
    """The desired status. `situation` is that of the Gateway, but for the proxy's words, which are
    about the set; `attached` counts the accepted routes by listener."""
    return {
        "conditions": [
            _accepted(found, situation.gateway),
            set_verdict(situation, found).condition(found.generation),
        ],
        "listeners": [
            listener(situation, each, found.findings, found.generation, attached)
            for each in found.listeners
        ],
    }


def _accepted(found: model.ListenerSet, gateway: model.Gateway) -> Document:
    own = [each for each in found.findings if not each.parent]
    if found.allowed and not gateway.accepted:
        message = f"{found.key}: {gateway.key} is not accepted; see its conditions."
        return condition("Accepted", False, "ParentNotAccepted", message, found.generation)
    message = f"{found.key}: its listeners are part of {gateway.key}."
    return positive("Accepted", own, found.generation, "Accepted", message)
