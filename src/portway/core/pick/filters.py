"""Filters: which endpoints stay in the choice. A filter that would leave nobody leaves everybody,
unless it says otherwise: an endpoint that is not ideal is better than none.

Each is a value with what it was told, called with a request and the endpoints. Must not know
scores. `catalog` has their names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from portway.core.pick.ask import Ask
from portway.core.pick.candidate import Candidate

Filter = Callable[[Ask, Sequence[Candidate]], Sequence[Candidate]]


@dataclass(frozen=True, slots=True)
class PrefixAffinity:
    """Only endpoints that have at least ``threshold`` of the prompt, if one of them can begin
    within ``penalty_tokens`` of waiting work."""

    threshold: float = 0.8
    penalty_tokens: float = 286_704.0

    def __call__(self, ask: Ask, all_: Sequence[Candidate]) -> Sequence[Candidate]:
        need = self.threshold * len(ask.chain)
        warm = [
            each
            for each in all_
            if each.cached and each.cached >= need and each.waiting <= self.penalty_tokens
        ]
        return warm or all_


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """Only endpoints whose Pods have these labels; none at all if no Pod has."""

    labels: Mapping[str, str] = field(default_factory=dict)
    also_without: bool = False

    def __call__(self, ask: Ask, all_: Sequence[Candidate]) -> Sequence[Candidate]:
        return [each for each in all_ if all(self._fits(each, key) for key in self.labels)]

    def _fits(self, candidate: Candidate, key: str) -> bool:
        value = candidate.target.labels.get(key)
        return value == self.labels[key] or (self.also_without and value is None)


@dataclass(frozen=True, slots=True)
class Utilization:
    """Not those whose engine is full: cache in use, or requests that wait."""

    usage: float = 0.8
    queued: int = 5

    def __call__(self, ask: Ask, all_: Sequence[Candidate]) -> Sequence[Candidate]:
        free = [each for each in all_ if each.usage < self.usage and each.queued < self.queued]
        return free or all_


@dataclass(frozen=True, slots=True)
class LoraAffinity:
    """Where the adapter is loaded, else where there is room for one more."""

    def __call__(self, ask: Ask, all_: Sequence[Candidate]) -> Sequence[Candidate]:
        loaded = [each for each in all_ if ask.model in each.signals.adapters]
        return loaded or [each for each in all_ if has_room(each)] or all_


def has_room(candidate: Candidate) -> bool:
    """Whether an engine can load another adapter."""
    signals = candidate.signals
    most = signals.most_adapters
    return most is not None and len(signals.adapters | signals.queued_adapters) < most
