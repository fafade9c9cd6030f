"""A pool: its endpoints, and all that a picker knows of them.

Knows how a pick, its end and the words of engines change what the next pick sees. Must not know
which rule decides (see `profile`) nor where endpoints come from.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import xxhash

from portway.core.pick.ask import Ask
from portway.core.pick.blocks import BLOCK_BYTES, BYTES_PER_TOKEN
from portway.core.pick.candidate import Candidate, Target
from portway.core.pick.decision import Decision, Refusal
from portway.core.pick.load import Load
from portway.core.pick.prefix import PrefixIndex
from portway.core.pick.profile import Profile
from portway.core.pick.saturation import saturation
from portway.core.pick.signals import NOTHING, Signals

STALE_SECONDS: Final = 5.0
"""An engine that was silent for so long counts as one that never said anything."""


class Ticket(msgspec.Struct):
    """A request on its way: where it is counted, until `Pool.end`."""

    address: str
    ask: Ask
    open: bool = True


class _Member:
    """An endpoint and what is known of it."""

    __slots__ = ("heard", "load", "signals", "target")

    def __init__(self, target: Target) -> None:
        self.target = target
        self.load = Load()
        self.signals = NOTHING
        self.heard = 0.0


class Pool:
    """One pool of endpoints."""

    def __init__(self, profile: Profile | None = None) -> None:
        self.profile = profile or Profile()
        self.index = PrefixIndex()
        self._members: dict[str, _Member] = {}
        self._picks = 0

    @property
    def addresses(self) -> tuple[str, ...]:
        """Who is in it, in no order."""
        return tuple(self._members)

    def targets(self) -> tuple[Target, ...]:
        """The same, with all that is fixed about them."""
        return tuple(each.target for each in self._members.values())

    def update(self, targets: Iterable[Target]) -> None:
        """These are its endpoints now. One that comes back has nothing in its cache."""
        wanted = {each.address: each for each in targets}
        for gone in self._members.keys() - wanted.keys():
            del self._members[gone]
            self.index.forget(gone)
        for address, target in wanted.items():
            member = self._members.get(address)
            if member is None:
                self._members[address] = _Member(target)
            else:
                member.target = target

    def heard(self, address: str, signals: Signals, now: float) -> None:
        """An engine said something of itself."""
        member = self._members.get(address)
        if member is None or not signals.said:
            return
        before, member.signals, member.heard = member.signals, signals, now
        if (signals.block, signals.blocks) != (before.block, before.blocks):
            tokens = (signals.block or 0) * (signals.blocks or 0)
            if tokens:
                self.index.resize(address, int(tokens * BYTES_PER_TOKEN / BLOCK_BYTES))

    def candidates(self, ask: Ask, now: float) -> list[Candidate]:
        """Who may get the request, each as it is now."""
        members = self._members
        if ask.subset is not None:
            chosen = [members[each] for each in sorted(ask.subset) if each in members]
        else:
            chosen = list(members.values())
        chain, tokens, match = ask.chain, ask.tokens, self.index.match
        found = []
        for each in chosen:
            cached = match(each.target.address, chain) if chain else 0
            uncached = tokens - cached * BLOCK_BYTES / BYTES_PER_TOKEN if cached else tokens
            load, signals = each.load, each.signals
            if signals is not NOTHING and now - each.heard > STALE_SECONDS:
                signals = NOTHING
            # By their places: names cost as much again, for each endpoint of each request.
            found.append(
                Candidate(
                    each.target,
                    cached,
                    uncached if uncached > 0.0 else 0.0,
                    load.waiting(now),
                    load.requests,
                    signals,
                )
            )
        return found

    def pick(self, ask: Ask, now: float) -> tuple[Decision, Ticket] | Refusal:
        """Who gets the request. It counts as theirs at once, so that requests of the same moment
        see each other; the ticket has to be given to `end`."""
        decision = self.foreseen(ask, now)
        if isinstance(decision, Refusal):
            return decision
        self._picks += 1
        return decision, self._begin(decision.first, ask, now)

    def foreseen(self, ask: Ask, now: float) -> Decision | Refusal:
        """Who would get the request if it came now. Changes nothing."""
        candidates = self.candidates(ask, now)
        if not candidates:
            return self._nobody(ask)
        chance = xxhash.xxh3_64_intdigest((self._picks + 1).to_bytes(8, "little"))
        return self.profile.decide(ask, candidates, chance)

    def served(self, ticket: Ticket, address: str, now: float) -> None:
        """Who has it in the end, where that is another than was picked."""
        if not ticket.open or address == ticket.address or address not in self._members:
            return
        self.end(ticket, now)
        moved = self._begin(address, ticket.ask, now)
        ticket.address, ticket.open = moved.address, True

    def end(self, ticket: Ticket, now: float) -> None:
        """It is done, one way or another. A second time does nothing."""
        member = self._members.get(ticket.address)
        if ticket.open and member is not None:
            member.load.end(now)
        ticket.open = False

    def saturation(self, now: float) -> float:
        """How full the pool is: from 0 (idle) to 1 (every endpoint has all it can do)."""
        return saturation(self.candidates(Ask(), now))

    def _begin(self, address: str, ask: Ask, now: float) -> Ticket:
        member = self._members[address]
        member.load.begin(self._uncached(address, ask), now)
        self.index.add(address, ask.chain)
        return Ticket(address, ask)

    def _uncached(self, address: str, ask: Ask) -> float:
        cached = self.index.match(address, ask.chain) * BLOCK_BYTES / BYTES_PER_TOKEN
        return max(0.0, ask.tokens - cached)

    def _nobody(self, ask: Ask) -> Refusal:
        words = (
            "the pool has no ready endpoint"
            if not self._members
            else "none of the endpoints that the gateway offers is in the pool"
        )
        return Refusal(503, "rejected-no-endpoint", words)


def everybody(pool: Pool, now: float) -> Sequence[Candidate]:
    """Every endpoint as it is now, for people and numbers."""
    return pool.candidates(Ask(), now)
