"""What one settle means for Envoy and for statuses.

Knows which collections hold resources, statuses and objects. Must not know who takes them over or
in which order: the two stages of a settle are told alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from portway.core import delta, graph, model
from portway.core.wiring import infrastructure

if TYPE_CHECKING:
    from portway.core.wiring.core import Core


class Turn(msgspec.Struct, frozen=True):
    """What one settle changed.

    `resources` are for Envoy, `statuses` for whoever shows them (JSON; None: the object is gone),
    `failures` are our own bugs, one per key, with everything else intact. `objects` are the
    objects whose admitted value changed. `changed` counts keys by collection. `manifests` are what
    is to be made in a cluster for Gateways and pools (see `infrastructure`; None: nothing more).
    """

    resources: tuple[delta.Resource | delta.Removed, ...] = ()
    statuses: dict[model.ObjectKey, bytes | None] = {}
    failures: tuple[graph.Failure, ...] = ()
    objects: tuple[model.ObjectKey, ...] = ()
    recomputed: int = 0
    changed: dict[str, int] = {}
    manifests: dict[model.ObjectKey, bytes | None] = {}


NOTHING = Turn()

_MADE_FOR = {"Gateway": infrastructure.NAME, "InferencePool": infrastructure.PICKERS}


def of(core: Core, settled: graph.Settled) -> Turn:
    """The outcome of a settle of this core's graph."""
    changed = settled.changed
    if not settled and not settled.recomputed:
        return NOTHING
    resources: dict[delta.Key, delta.Resource | delta.Removed] = {}
    for collection in core.resource_collections():
        for change in changed.get(collection.name, {}).values():
            new, old = change.new, change.old
            if old is not None and (new is None or new.key != old.key):
                # Another collection may have it by now: a host that a listener names too.
                resources.setdefault(old.key, delta.Removed(old.type_url, old.name))
            if new is not None:
                resources[new.key] = new
    statuses = {
        model.ObjectKey(kind, *name): change.new
        for kind, collected in core.status_collections.items()
        for name, change in changed.get(collected.name, {}).items()
    }
    objects = tuple(
        model.ObjectKey(kind, *name)
        for kind in core.inputs.admitted
        if kind in changed
        for name in changed[kind]
    )
    manifests = {
        model.ObjectKey(kind, *name): change.new
        for kind, collected in _MADE_FOR.items()
        for name, change in changed.get(collected, {}).items()
    }
    counts = {name: len(keys) for name, keys in changed.items()}
    return Turn(
        tuple(resources.values()),
        statuses,
        settled.failures,
        objects,
        settled.recomputed,
        counts,
        manifests,
    )
