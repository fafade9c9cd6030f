"""Rules on ListenerSet: those of its listeners.

Knows nothing beyond them. Must not know the Gateway they are added to.
"""

from portway.core.api.listener_set import ListenerSet
from portway.core.api.validate.listener import check_listeners
from portway.core.api.validate.rule import Report


def check_listener_set(listener_set: ListenerSet, version: str, report: Report) -> None:
    """Every rule of a ListenerSet."""
    check_listeners(listener_set.spec.listeners, report)
