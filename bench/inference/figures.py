"""What a run of a workload came to, in simulated seconds.

Knows arithmetic. Must not know whether a model or a real gateway ran it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Served:
    """One request that was answered in full: its times, its engine, its prompt."""

    engine: str
    asked: float
    first: float
    last: float
    prompt_tokens: int
    cached_tokens: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Throughput in requests a second; times in seconds; `spread` is the busiest engine's requests
    divided by the mean."""

    requests: int
    throughput: float
    first_p50: float
    first_p90: float
    latency: float
    hit_rate: float
    spread: float
    failed: int = 0


def figures(served: Iterable[Served], engines: int, failed: int = 0) -> Figures:
    """Raises ValueError when nothing was served."""
    all_of = list(served)
    if not all_of:
        raise ValueError("no request was answered")
    firsts = sorted(each.first - each.asked for each in all_of)
    seconds = max(each.last for each in all_of) - min(each.asked for each in all_of)
    prompts = sum(each.prompt_tokens for each in all_of)
    busiest = max(Counter(each.engine for each in all_of).values())
    return Figures(
        requests=len(all_of),
        throughput=len(all_of) / seconds,
        first_p50=quantile(firsts, 0.5),
        first_p90=quantile(firsts, 0.9),
        latency=sum(each.last - each.asked for each in all_of) / len(all_of),
        hit_rate=sum(each.cached_tokens for each in all_of) / prompts,
        spread=busiest * engines / len(all_of),
        failed=failed,
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value that `share` of an ordered, non-empty sequence do not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
