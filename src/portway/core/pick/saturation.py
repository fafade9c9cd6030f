"""How full a pool is.

Knows the thresholds at which an engine has all it can do. Must not know what is done about it.
Each endpoint counts as full at most: one that exaggerates cannot close the pool.
"""

from collections.abc import Sequence
from typing import Final

from portway.core.pick.candidate import Candidate

QUEUED: Final = 5
USAGE: Final = 0.8
REQUESTS: Final = 256
"""Under way: vLLM's own bound of a batch, and all to go by where an engine says nothing."""


def saturation(candidates: Sequence[Candidate]) -> float:
    """The mean over endpoints, from 0 to 1; an empty pool is full."""
    if not candidates:
        return 1.0
    return sum(min(1.0, _share(each)) for each in candidates) / len(candidates)


def _share(each: Candidate) -> float:
    queued = each.queued
    if queued:
        # It was behind when it was last asked, so what it was sent since waits too.
        queued += max(0, each.own - queued - (each.signals.running or 0))
    return max(queued / QUEUED, each.usage / USAGE, each.own / REQUESTS)
