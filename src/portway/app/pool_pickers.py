"""Pools of a cluster that ask for a picker, as the core is to see them.

Composition only. Such a pool is told as one that names the Service of the picker it gets, as
`app.pickers` does on one machine; what is made then follows from it (`core.wiring.infrastructure`),
and its status is that of any pool whose picker is there, or not yet. A pool that names that Service
itself asks as well, and passes as it is: the failure mode is its own then.
"""

from collections.abc import Iterable

from portway.app.pickers import asking, asks
from portway.core import api, infra


def told(events: Iterable[api.Event]) -> tuple[api.Event, ...]:
    """The events as the core is to see them."""
    return tuple(_one(event) for event in events)


def _one(event: api.Event) -> api.Event:
    pool = event.object
    if not isinstance(pool, api.InferencePool) or not asks(pool):
        return event
    named = asking(pool, infra.picker_name(pool.name), infra.PICKER_PORT)
    return api.Event(event.kind, event.namespace, event.name, named)
