"""Who decides for one pool: now, or when it is a request's turn.

Knows the clock, and who waits for what. Must not know gRPC, nor which endpoint is good. A request
that is let go is picked for in the same step, so that the next one in line is let go only if there
is still room.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from portway.adapters.extproc import names
from portway.adapters.extproc.desk import Picked, Refused, Request, Why
from portway.app.picker.asking import Asked, asked, first
from portway.app.picker.held import Held
from portway.app.picker.numbers import PoolNumbers
from portway.core.pick import Ask, Decision, Pool, Refusal, Target, Ticket, Told, blocks, told
from portway.core.pick.queue import Queue, Waiting
from portway.core.pick.rendezvous import weight
from portway.core.pick.rewrite import Rule

_log = logging.getLogger(__name__)

Found = tuple[Decision, Ticket] | Refusal

_FULL = 1.0
IDLE_SECONDS = 10.0
"""Without a request for so long, engines are asked at a slower pace."""


@dataclass(frozen=True, slots=True)
class Flow:
    """``queues``: requests wait while the pool is full, for ``patience`` seconds at most; else only
    those below priority 0 notice, which are refused then. ``hold``: how many seconds a request
    waits for the first endpoint of an empty pool. ``settle``: how many seconds after that endpoint
    came it is picked, since the gateway hears of it when we do, and its proxies later."""

    queues: bool = False
    patience: float = 60.0
    hold: float = 0.0
    settle: float = 0.5
    queue: Callable[[], Queue] = Queue


@dataclass
class Policies:
    """What the objects beside a pool say; may change at any time."""

    priorities: Mapping[str, int] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    explains: bool = False
    """Whether the pool lets clients ask why."""


class PoolDesk:
    """The desk of one pool."""

    prefix_bytes = blocks.MOST_BLOCKS * blocks.BLOCK_BYTES

    def __init__(
        self,
        pool: Pool,
        numbers: PoolNumbers,
        flow: Flow | None = None,
        *,
        explains: bool = False,
        steered: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``explains``: clients may ask why (they see addresses of endpoints then). ``steered``:
        the conformance suite's headers count."""
        self.pool = pool
        self.policies = Policies()
        self.numbers = numbers
        self.queue = (flow or Flow()).queue()
        self._flow = flow or Flow()
        self._explains = explains
        self._steered = steered
        self._clock = clock
        self._waiting: dict[Waiting, asyncio.Future[Found]] = {}
        self._asked = 0
        self._settled_at = float("-inf")
        self.asked_at = float("-inf")
        """When somebody last asked, by the clock."""
        self.woken: Callable[[], None] = lambda: None
        """Called when somebody asks and nobody did for IDLE_SECONDS."""

    def busy(self, now: float) -> bool:
        """Whether somebody asked of late."""
        return now - self.asked_at < IDLE_SECONDS

    def whole_bodies(self, headers: Mapping[str, str]) -> bool:
        """Only where the model may become another one."""
        return bool(self.policies.rules) or bool(first(headers, names.REWRITE))

    async def decide(self, request: Request) -> Picked | Refused:
        """Who gets the request, now or later."""
        started = self._clock()
        if not self.busy(started):
            self.woken()
        self.asked_at = started
        self._asked += 1
        chance = weight(self._asked, "model")
        what = asked(request, self.policies.priorities, self.policies.rules, chance)
        if self._steered and (choice := request.headers.get(names.TEST_CHOICE)):
            found = self._chosen(what, choice)
        else:
            found = self._at_once(what) or await self._later(what, len(request.body))
        took = self._clock() - started
        if isinstance(found, Refusal):
            self.numbers.refused(what, found, took)
            return Refused(found.status, found.reason, found.words)
        return self._picked(request, what, *found, took)

    def foreseen(self, request: Request) -> Told:
        """What would become of a request if it came now. Changes nothing: neither does it count,
        nor is its prompt remembered, nor are engines asked sooner."""
        chance = weight(self._asked + 1, "model")
        what = asked(request, self.policies.priorities, self.policies.rules, chance)
        now = self._clock()
        found = self._in_the_way(what.ask, now)
        if isinstance(found, str):
            return Told(found)
        return told(found or self.pool.foreseen(what.ask, now))

    def update(self, targets: Sequence[Target]) -> None:
        """The pool has these endpoints now."""
        empty = not self.pool.addresses
        self.pool.update(targets)
        if empty and targets and self._flow.hold:
            self._settled_at = self._clock() + self._flow.settle
            asyncio.get_running_loop().call_later(self._flow.settle, self.look)
        self.look()

    def look(self) -> None:
        """Something changed: endpoints, what an engine says, a request that ended. Lets go whoever
        can be."""
        while self._waiting and self._has_room():
            each = self.queue.take()
            if each is None:
                return
            waiter = self._waiting.pop(each)
            if not waiter.done():
                waiter.set_result(self.pool.pick(each.ask, self._clock()))

    # -- now or later ----------------------------------------------------------------------

    def _at_once(self, what: Asked) -> Found | None:
        """The answer, or None for one who has to wait."""
        now = self._clock()
        found = self._in_the_way(what.ask, now)
        if isinstance(found, str):
            return None
        return found or self.pool.pick(what.ask, now)

    def _in_the_way(self, ask: Ask, now: float) -> Refusal | str | None:
        """What keeps a request from being picked for at once: it is refused, or waits, and for
        what; None where nothing does."""
        if self._flow.hold and not self._settled(now):
            return f"it waits for the pool's first endpoint, {self._flow.hold:g} s at most"
        if not self.pool.addresses:
            return None
        if self._flow.queues:
            if self.queue.ahead(ask.priority) or self.pool.saturation(now) >= _FULL:
                return f"the pool is full: it waits its turn, {self._flow.patience:g} s at most"
        elif ask.priority < 0 and self.pool.saturation(now) >= _FULL:
            words = "the pool is full, and this request's objective has a priority below zero"
            return Refusal(429, "rejected-saturated", words)
        return None

    async def _later(self, what: Asked, size: int) -> Found:
        each = Waiting(what.ask, size)
        refused = self.queue.put(each)
        if refused is not None:
            return refused
        empty = not self._settled(self._clock())
        patience = self._flow.hold if empty else self._flow.patience
        waiter: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self._waiting[each] = waiter
        try:
            async with asyncio.timeout(patience):
                return await waiter
        except TimeoutError:
            words = f"no endpoint {'came' if empty else 'was free'} within {patience:g} s"
            return Refusal(503, "rejected-ttl-expired", words)
        except asyncio.CancelledError:
            self._give_back(waiter)
            raise
        finally:
            self._waiting.pop(each, None)
            self.queue.remove(each)

    def _give_back(self, waiter: asyncio.Future[Found]) -> None:
        """The client went in the moment in which it was its turn."""
        if waiter.done() and not waiter.cancelled():
            found = waiter.result()
            if not isinstance(found, Refusal):
                self.pool.end(found[1], self._clock())

    def _settled(self, now: float) -> bool:
        """Whether there is an endpoint that gateways know too."""
        return bool(self.pool.addresses) and now >= self._settled_at

    def _has_room(self) -> bool:
        if not self._settled(self._clock()):
            return False
        return not self._flow.queues or self.pool.saturation(self._clock()) < _FULL

    # -- answers ---------------------------------------------------------------------------

    def _picked(
        self, request: Request, what: Asked, decision: Decision, ticket: Ticket, took: float
    ) -> Picked:
        self.numbers.picked(what, decision, took)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("%s: picked %s", self.numbers.pool, decision.text())
        allowed = self._explains or self.policies.explains
        explain = allowed and names.EXPLAIN in request.headers
        held = Held(self.pool, ticket, self.numbers, what, self._clock, self.look)
        headers = {names.EXPLAINED: decision.text()} if explain else {}
        if self._steered:
            held.answer_headers = headers
        return Picked(
            ",".join(decision.order),
            held,
            what.body,
            answer_headers=headers,
            scores={each.address: each.total for each in decision.rated} if explain else {},
            why=_why(decision, len(what.ask.chain)),
        )

    def _chosen(self, what: Asked, choice: str) -> Found:
        """The endpoints that the conformance suite wants: addresses, or addresses with ports."""
        wanted = [each.strip() for each in choice.split(",") if each.strip()]
        order = tuple(
            name
            for each in wanted
            for name in sorted(self.pool.addresses)
            if name == each or name.rpartition(":")[0].strip("[]") == each
        )
        found = self.pool.pick(what.ask, self._clock())
        if isinstance(found, Refusal) or not order:
            return found if isinstance(found, Refusal) else Refusal(503, "rejected", "no such")
        decision, ticket = found
        self.pool.served(ticket, order[0], self._clock())
        return Decision(order, decision.rated, "the request says so"), ticket


def _why(decision: Decision, blocks: int) -> Why:
    chosen = decision.chosen
    reason = decision.reason.removeprefix(f"{decision.first}: ")
    return Why(reason, chosen.cached if chosen else 0, blocks)
