"""Scorers: how good an endpoint is for a request, from 0 to 1.

Each is a value with what it was told, called with a request and the endpoints; it answers with a
score for each. Must not know other scorers: `profile` adds them up by weight. `catalog` has their
names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from portway.core.pick.ask import Ask
from portway.core.pick.candidate import Candidate
from portway.core.pick.filters import has_room

Scorer = Callable[[Ask, Sequence[Candidate]], Sequence[float]]

REQUEST_TOKENS: Final = 64.0
"""What one more request under way costs the next one, in tokens of prompt to compute."""
QUEUED_TOKENS: Final = 256.0
"""The same of one that its engine has not begun."""
ADAPTER_TOKENS: Final = 2_000.0
"""The same of loading an adapter; twice that where another has to go for it."""


@dataclass(frozen=True, slots=True)
class LeastWork:
    """Stay where most of the prompt is cached, unless what waits there costs more than computing
    the prompt elsewhere. Both are tokens, so there is nothing to weigh: the endpoint that would be
    done with the prompt first is the best.

    A prompt that is cached nowhere is better off where its like will go than at the very least
    loaded one: endpoints that differ by less than half of it are equals, those with the most of it
    cached come first, and of these the picker takes the owner of its beginning. That is how pickers
    that do not know of each other agree.
    """

    request_tokens: float = REQUEST_TOKENS
    queued_tokens: float = QUEUED_TOKENS

    def __call__(self, ask: Ask, all_: Sequence[Candidate]) -> Sequence[float]:
        adapter = any(ask.model in each.signals.adapters for each in all_) if ask.model else False
        name = ask.model if adapter else ""
        costs = [self.cost(each, name) for each in all_]
        least = min(costs)
        best = all_[costs.index(least)]
        band = self.request_tokens
        if ask.chain and not best.cached:
            band = max(band, best.uncached / 2)
        # What is cached already need not be computed by anybody.
        pairs = list(zip(all_, costs, strict=True))
        most = max([each.cached for each, cost in pairs if cost - least <= band])
        return [
            1.0
            if each.cached == most and cost - least <= band
            else 0.99 / (1.0 + (cost - least) / band)
            for each, cost in pairs
        ]

    def cost(self, each: Candidate, adapter: str = "") -> float:
        """Tokens that have to be computed before the first one of the answer."""
        cost = each.waiting + each.uncached + self.request_tokens * each.requests
        if each.signals.waiting:
            cost += self.queued_tokens * each.signals.waiting
        return cost + _loading(each, adapter) if adapter else cost


def _loading(each: Candidate, adapter: str) -> float:
    if adapter in each.signals.adapters:
        return 0.0
    soon = adapter in each.signals.queued_adapters or has_room(each)
    return ADAPTER_TOKENS if soon else 2 * ADAPTER_TOKENS


def _least(values: Sequence[float]) -> list[float]:
    """1 for the least, 0 for the most, all 1 where they are the same."""
    least, most = min(values), max(values)
    if least == most:
        return [1.0] * len(values)
    return [(most - each) / (most - least) for each in values]


def queue(ask: Ask, all_: Sequence[Candidate]) -> Sequence[float]:
    """Few requests waiting in the engine."""
    return _least([float(each.queued) for each in all_])


def running_requests(ask: Ask, all_: Sequence[Candidate]) -> Sequence[float]:
    """Few requests running in the engine."""
    return _least([float(each.signals.running or 0) for each in all_])


def cache_usage(ask: Ask, all_: Sequence[Candidate]) -> Sequence[float]:
    """Much of the engine's cache free."""
    return [1.0 - each.usage for each in all_]


def prefix_cache(ask: Ask, all_: Sequence[Candidate]) -> Sequence[float]:
    """Much of the prompt cached."""
    whole = len(ask.chain)
    return [each.cached / whole if whole else 0.0 for each in all_]


def active_requests(ask: Ask, all_: Sequence[Candidate]) -> Sequence[float]:
    """Few of our own requests under way."""
    return _least([float(each.own) for each in all_])


def token_load(ask: Ask, all_: Sequence[Candidate]) -> Sequence[float]:
    """Little to compute before the answer begins."""
    return _least([each.waiting + each.uncached for each in all_])


def lora_affinity(ask: Ask, all_: Sequence[Candidate]) -> Sequence[float]:
    """The adapter is loaded, or there is room, or it is about to be loaded."""
    return [_lora(ask.model, each) for each in all_]


def _lora(model: str, each: Candidate) -> float:
    if model in each.signals.adapters:
        return 1.0
    if has_room(each):
        return 0.8
    return 0.6 if model in each.signals.queued_adapters else 0.0


def session_affinity(ask: Ask, all_: Sequence[Candidate]) -> Sequence[float]:
    """The endpoint that the request's session token names."""
    return [float(bool(ask.session) and each.address == ask.session) for each in all_]
