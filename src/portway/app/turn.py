"""The one task that owns the state.

It waits for a message, drains what else is there, applies it, settles and publishes. The messages
are all it can do, and only one of them happens at a time:

    Changed        a source has events (or its first listing)
    Connected      an Envoy asked for its configuration
    Answered       it acknowledged or refused a response
    Complete       it has, for the first time, answered for everything
    Disconnected   it hung up: what it had acknowledged no longer counts
    Heard          another control plane says what its Envoys have acknowledged and refused
    Moved          addresses of Gateways are others
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
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from portway.adapters.admin import log
from portway.adapters.admin.metrics import Metrics
from portway.app.statuses import Statuses
from portway.app.word import Word, word
from portway.core import api, delta, model
from portway.core.culprit import Refusal, Search
from portway.core.stale import Stale
from portway.core.wiring import Core, Turn
from portway.core.wiring.inputs import is_spoken_of, spoken_of

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


class Placing(Protocol):
    """Where Gateways get their addresses."""

    def place(
        self, gateways: Mapping[model.ObjectKey, model.Gateway]
    ) -> Mapping[model.ObjectKey, model.Placement]:
        """A placement for each of these, which are all there are."""


class Changed(msgspec.Struct, frozen=True):
    """`listed` is True once, when the source has told everything there is. `served`: the kinds that
    a source can have objects of, where that changed; until then, all."""

    events: tuple[api.Event, ...]
    listed: bool = False
    served: frozenset[str] | None = None


class Connected(msgspec.Struct, frozen=True):
    """`owner`: whose resources it gets; empty where all proxies get all."""

    stream: int
    owner: str


class Answered(msgspec.Struct, frozen=True):
    outcome: delta.Ack | delta.Nack
    stream: int


class Complete(msgspec.Struct, frozen=True):
    stream: int


class Disconnected(msgspec.Struct, frozen=True):
    stream: int


class Heard(msgspec.Struct, frozen=True):
    """`by`: another control plane; its word is None when it has no proxies any more. What they
    have refused stays known then."""

    by: str
    word: Word | None


class Moved(msgspec.Struct, frozen=True):
    """The addresses of some Gateway may be others now."""


class Tick(msgspec.Struct, frozen=True):
    pass


Message = Changed | Connected | Answered | Complete | Disconnected | Heard | Moved | Tick


class Loop:
    """Owns the core, the search for culprits, the resource set and the statuses."""

    def __init__(
        self,
        core: Core,
        pool: Placing,
        statuses: Statuses,
        metrics: Metrics,
        *,
        resources: "delta.ResourceSet | delta.Division",
        publish: Callable[[Iterable[str] | None], None],
        begin: Callable[[], None],
        quiet: Callable[[], bool],
        refusals: tuple[Refusal, ...] = (),
        remember: Callable[[tuple[Refusal, ...]], None] = lambda _: None,
        scoped: tuple[model.TableKey, ...] = (),
        remember_scoped: Callable[[tuple[model.TableKey, ...]], None] = lambda _: None,
        acknowledged: Callable[[], None] = lambda: None,
        provision: Callable[[Mapping[model.ObjectKey, bytes | None]], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`resources` are what proxies hold. `publish` says whose changed (None: everybody's),
        `begin` that they are complete for the first time; `quiet` asks whether Envoy has answered
        everything it was sent. `refusals` are an earlier control plane's, `remember` is told those
        of this one whenever they change; `scoped` and `remember_scoped` are the same for the
        tables that are split into scopes. `acknowledged` is called when `word` may have changed;
        `provision` is told what is to be made for Gateways. `clock` counts seconds."""
        self.core = core
        self.resources = resources
        self.fleets = delta.Fleets()
        self._stale = Stale()
        self.search = Search(core)
        self.statuses = statuses
        self.listed = asyncio.Event()
        self._pool = pool
        self._metrics = metrics
        self._acknowledged = acknowledged
        self._provision = provision
        self._moved = False
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
    def remembered(self) -> tuple[Refusal, ...]:
        """What is refused, as it was last remembered."""
        return self._refusals

    @property
    def settled(self) -> bool:
        """Whether everything that was told is in the statuses."""
        return self.listed.is_set() and self._inbox.empty() and self._behind_since is None

    def good(self, owner: str, resources: "delta.ResourceSet | None") -> "delta.ResourceSet | None":
        """The resources of an owner, where all its proxies have taken them, those of other control
        planes included, and nothing is on trial."""
        if resources is None or not self._inbox.empty() or self.search.searching:
            return None
        versions = {
            each.key: each.version
            for each in resources.all()
            if is_spoken_of(each.type_url, each.name)
        }
        return resources if self.fleets.agree(owner, versions) else None

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
            case Changed(events, listed, served):
                self._events.update(event.kind for event in events)
                if served is not None:
                    self.core.inputs.serve(served)
                self.core.apply(events)
                self.search.recheck(
                    model.ObjectKey(each.kind, each.namespace, each.name) for each in events
                )
                if listed:
                    self.search.recall(self._refusals)
                    self.listed.set()
            case Connected(stream, owner):
                self.core.inputs.acknowledge(self.fleets.opened(stream, owner))
                self._acknowledged()
            case Answered(outcome, stream):
                self._answered(outcome, stream)
            case Complete(stream):
                self.core.inputs.acknowledge(self.fleets.complete(stream))
                self._acknowledged()
            case Disconnected(stream):
                self.core.inputs.acknowledge(self.fleets.closed(stream))
                self._acknowledged()
            case Heard(by, said):
                self._hear(by, said)
            case Moved():
                self._moved = True
            case Tick():
                self._told = dict(self.search.culprits)
                self.search.retry(OUTSIDE)

    def word(self) -> Word:
        """What other control planes have to know."""
        return word(self.fleets.report(), self._refusals, self.search.learned)

    def _hear(self, by: str, said: Word | None) -> None:
        self.core.inputs.acknowledge(self.fleets.reported(by, said.report if said else {}))
        if said is None:
            return
        self.search.hear(by, said.found)
        if not self.listed.is_set():
            # Who has found it may be gone, and nobody here has been asked yet. What the world may
            # have cured meanwhile is asked again.
            lasting = (
                each
                for each in said.known
                if each.key.kind != "Secret" and not any(why in each.message for why in OUTSIDE)
            )
            self.search.hear(f"{by} of others", lasting)

    def _answered(self, outcome: delta.Ack | delta.Nack, stream: int) -> None:
        if isinstance(outcome, delta.Ack):
            self._metrics.ack(outcome.type_url)
            told = spoken_of(outcome)
            if told.versions or told.removed:
                self.core.inputs.acknowledge(self.fleets.acknowledged(stream, told))
                self._acknowledged()
            # Now, and not with the turn: the next edit may be in the inbox already.
            if self._quiet():
                self.search.on_agreed()
            return
        self._metrics.nack(outcome.type_url)
        names = self._news(outcome)
        if outcome.versions and not names:
            return
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

    def _news(self, outcome: delta.Nack) -> tuple[delta.Key, ...]:
        refused = {(outcome.type_url, name): each for name, each in outcome.versions.items()}
        found = {key: self.resources.get(*key) for key in refused}
        current = {key: None if each is None else each.version for key, each in found.items()}
        return self._stale.news(refused, current)

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
            self._acknowledged()

    def _settle(self) -> None:
        started = time.perf_counter()
        turn = self.core.settle_configuration()
        if ("gateways" in turn.changed or self._moved) and self._place():
            turn = _both(turn, self.core.settle_configuration())
        # A table that serves changes its shape by itself, when nothing else is on the way.
        if self.core.reshape(quiet=not turn.resources and self._quiet()):
            turn = _both(turn, self.core.settle_configuration())
            self._remember_scoped(tuple(table for table, _ in self.core.inputs.scoped.items()))
        self.search.on_turn(turn)
        if not turn.changed and not turn.failures:
            return
        if turn.manifests:
            self._provision(turn.manifests)
        if turn.resources:
            self._publish(self.resources.apply(turn.resources))
        self._report(turn, time.perf_counter() - started)

    def _place(self) -> bool:
        """Give every Gateway its addresses; True when that changed anything."""
        self._moved = False
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
        first.manifests | second.manifests,
    )


__all__ = [
    "OUTSIDE",
    "Answered",
    "Changed",
    "Complete",
    "Connected",
    "Disconnected",
    "Heard",
    "Loop",
    "Message",
    "Moved",
    "Tick",
]
