"""The one task that owns the state.

It waits for a message, drains what else is there, applies it, settles and publishes. The messages
are all it can do, and only one of them happens at a time:

    Changed        a source has events (or its first listing)
    Answered       Envoy acknowledged or refused a response
    Disconnected   Envoy hung up: what it had acknowledged no longer counts
    Tick           try again what Envoy refused for a reason outside the objects

Statuses have a queue of their own: they are computed some at a time when no message waits, and
only when messages never stop coming, some between two turns. So no configuration waits for them.

Knows the order of publishing: resources first, statuses after. Knows no rule of the spec, no
field of Envoy and no file.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable

import msgspec

from portway.adapters.admin import log
from portway.adapters.admin.metrics import Metrics
from portway.app.addresses import AddressPool
from portway.app.statuses import Statuses
from portway.core import api, delta, model
from portway.core.culprit import Refusal, Search
from portway.core.wiring import Core, Turn

_log = logging.getLogger(__name__)

# Envoy's words for what no change of an object can cure, so that waiting may.
OUTSIDE = (
    "cannot bind",
    "Address already in use",
    "Cannot assign requested address",
    "has duplicate address",  # another Gateway has it, and may let it go
)


# How many of the resources of a refused response a line of the log names.
_NAMES_TOLD = 8

# How long statuses may wait for a pause between messages, in seconds.
STATUS_DELAY = 0.1

# How many transformations of statuses may run before messages are looked at again (some 2 ms).
_STATUSES_AT_ONCE = 64


class Changed(msgspec.Struct, frozen=True):
    """`listed` is True once, when the source has told everything there is."""

    events: tuple[api.Event, ...]
    listed: bool = False


class Answered(msgspec.Struct, frozen=True):
    outcome: delta.Ack | delta.Nack


class Disconnected(msgspec.Struct, frozen=True):
    pass


class Tick(msgspec.Struct, frozen=True):
    pass


Message = Changed | Answered | Disconnected | Tick


class Loop:
    """Owns the core, the search for culprits, the resource set and the statuses."""

    def __init__(
        self,
        core: Core,
        pool: AddressPool,
        statuses: Statuses,
        metrics: Metrics,
        *,
        publish: Callable[[], None],
        begin: Callable[[], None],
        quiet: Callable[[], bool],
        refusals: tuple[Refusal, ...] = (),
        remember: Callable[[tuple[Refusal, ...]], None] = lambda _: None,
        scoped: tuple[model.TableKey, ...] = (),
        remember_scoped: Callable[[tuple[model.TableKey, ...]], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`publish` says that the resource set changed, `begin` that it is complete for the first
        time; `quiet` asks whether Envoy has answered everything it was sent. `refusals` are an
        earlier control plane's, `remember` is told those of this one whenever they change;
        `scoped` and `remember_scoped` are the same for the tables that are split into scopes.
        `clock` counts seconds."""
        self.core = core
        self.resources = delta.ResourceSet()
        self.search = Search(core)
        self.statuses = statuses
        self.listed = asyncio.Event()
        self._pool = pool
        self._metrics = metrics
        self._clock = clock
        self._events: Counter[str] = Counter()
        self._publish = publish
        self._begin = begin
        self._quiet = quiet
        self._refusals = refusals
        self._remember = remember
        self._remember_scoped = remember_scoped
        for table in scoped:
            core.inputs.scoped.set(table, True)
        self._told: dict[model.ObjectKey, str] = {}
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._behind_since: float | None = None  # when statuses began to wait
        metrics.count_objects(lambda: {k: len(each) for k, each in core.inputs.sources.items()})

    def post(self, message: Message) -> None:
        """Leave a message; called from the same event loop, returns at once."""
        self._inbox.put_nowait(message)

    @property
    def settled(self) -> bool:
        """Whether everything that was told is in the statuses."""
        return self.listed.is_set() and self._inbox.empty() and self._behind_since is None

    async def run(self) -> None:
        """Take turns until cancelled."""
        while True:
            if self._behind_since is None or not self._inbox.empty():
                self._take(await self._inbox.get())
                while not self._inbox.empty():
                    self._take(self._inbox.get_nowait())
                # Before the first listing there is nothing true to say, so nothing is said.
                if self.listed.is_set():
                    self.turn()
                    self._begin()
                    self._note_stale()
            # What was published is written now, and what came meanwhile is put into the inbox.
            await asyncio.sleep(0)
            if self._behind_since is not None and (
                self._inbox.empty() or self._clock() - self._behind_since >= STATUS_DELAY
            ):
                # What the search let go with the last turn is settled by now at the latest.
                self._settle()
                self.tell(_STATUSES_AT_ONCE)
                self._note_stale()

    def _note_stale(self) -> None:
        if not self.core.graph.stale:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = self._clock()

    def tell(self, most: int | None = None) -> None:
        """Compute and keep the statuses that wait, or about so many of them."""
        turn = self.core.settle_statuses(most)
        written = self.statuses.update(turn.statuses)
        self._metrics.status_write(count=written)
        self._metrics.keys(turn.changed)
        self._report_failures(turn)

    def _take(self, message: Message) -> None:
        match message:
            case Changed(events, listed):
                self._events.update(event.kind for event in events)
                self.core.apply(events)
                if listed:
                    self.search.recall(self._refusals)
                    self.listed.set()
            case Answered(outcome):
                self._answered(outcome)
            case Disconnected():
                self.core.inputs.disconnected()
            case Tick():
                self._told = dict(self.search.culprits)
                self.search.retry(OUTSIDE)

    def _answered(self, outcome: delta.Ack | delta.Nack) -> None:
        if isinstance(outcome, delta.Ack):
            self._metrics.ack(outcome.type_url)
            self.core.inputs.acknowledge(outcome)
            if self._quiet():
                # Now, and not with the turn: the next edit may be in the inbox already.
                self.search.on_agreed()
            return
        self._metrics.nack(outcome.type_url)
        names = [(outcome.type_url, name) for name in outcome.versions]
        words = outcome.message.strip()
        suspects = self.search.on_refused(names, words)
        # A port that stays taken is told once, not at every try.
        known = all(self._told.get(key) == words for key in suspects)
        log.event(
            _log,
            "debug" if suspects and known else "warning",
            "envoy refused a configuration",
            type=outcome.type_url.rsplit(".", 1)[-1],
            resources=_some(sorted(outcome.versions)),
            suspects=len(suspects),
            reason=words,
        )

    def turn(self) -> None:
        """Settle until nothing more follows, publishing each time."""
        self._settle()
        # One more half of the suspects at a time, and only when Envoy has answered everything.
        if self._quiet() and self.search.on_quiet():
            self._settle()
        refusals = self.search.refusals()
        if refusals != self._refusals and not self.search.searching:
            self._refusals = refusals
            self._remember(refusals)

    def _settle(self) -> None:
        started = time.perf_counter()
        turn = self.core.settle_configuration()
        if "gateways" in turn.changed and self._place():
            turn = _both(turn, self.core.settle_configuration())
        # A table that serves changes its shape by itself, when nothing else is on the way.
        if self.core.reshape(quiet=not turn.resources and self._quiet()):
            turn = _both(turn, self.core.settle_configuration())
            self._remember_scoped(tuple(table for table, _ in self.core.inputs.scoped.items()))
        self.search.on_turn(turn)
        if not turn.changed and not turn.failures:
            return
        if turn.resources:
            self.resources.apply(turn.resources)
            self._publish()
        self._report(turn, time.perf_counter() - started)

    def _place(self) -> bool:
        """Give every Gateway its addresses; True when that changed anything."""
        gateways = {gateway.key: gateway for _, gateway in self.core.gateways.items()}
        placements = self.core.inputs.placements
        placed = self._pool.place(gateways)
        before = {key: placements.get(key) for key, _ in placements.items()}
        for key in before.keys() - placed.keys():
            placements.remove(key)
        for key, placement in placed.items():
            if before.get(key) != placement:
                placements.set(key, placement)
        return before != placed

    def _report(self, turn: Turn, seconds: float) -> None:
        self._metrics.turn(seconds, turn.changed, self._events)
        self._events.clear()
        self._report_failures(turn)
        if _log.isEnabledFor(logging.DEBUG):
            log.event(
                _log,
                "debug",
                "turn",
                objects=len(turn.objects),
                resources=len(turn.resources),
                milliseconds=round(seconds * 1000, 3),
            )

    def _report_failures(self, turn: Turn) -> None:
        for failure in turn.failures:
            self._metrics.transform_failure(failure.collection)
            _log.error(
                "%s of %s could not be computed; what it was before stays",
                failure.key,
                failure.collection,
                exc_info=failure.exception,
            )


def _some(names: list[str]) -> str:
    """A few of the names of a response, which may hold thousands."""
    more = len(names) - _NAMES_TOLD
    told = ", ".join(names[:_NAMES_TOLD])
    return f"{told} and {more} more" if more > 0 else told


def _both(first: Turn, second: Turn) -> Turn:
    """Two settles as one turn; where both speak of a thing, the second is right."""
    resources: dict[tuple[str, str], delta.Resource | delta.Removed] = {
        (each.type_url, each.name): each for each in (*first.resources, *second.resources)
    }
    changed = {
        name: first.changed.get(name, 0) + second.changed.get(name, 0)
        for name in first.changed | second.changed
    }
    return Turn(
        tuple(resources.values()),
        first.statuses | second.statuses,
        first.failures + second.failures,
        tuple(dict.fromkeys(first.objects + second.objects)),
        first.recomputed + second.recomputed,
        changed,
    )


__all__ = [
    "OUTSIDE",
    "Answered",
    "Changed",
    "Disconnected",
    "Loop",
    "Message",
    "Tick",
]
