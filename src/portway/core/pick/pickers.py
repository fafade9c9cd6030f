"""Pickers: from scores to an order, the endpoint that gets the request first.

Each is a value, called with a request, the endpoints with their scores, and a number that is as
good as random: there is no chance below the wall, so it comes from outside. `catalog` has their
names.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

from portway.core.pick.ask import Ask
from portway.core.pick.candidate import Candidate
from portway.core.pick.rendezvous import weight

Scored = tuple[Candidate, float]
Picker = Callable[[Ask, Sequence[Scored], int], list[Scored]]

_ALIKE: Final = 9
"""Digits by which scores are compared: sums of the same numbers are the same."""
_WHOLE: Final = float(1 << 64)


def max_score(ask: Ask, scored: Sequence[Scored], chance: int) -> list[Scored]:
    """The best first. Of equals the owner of the prompt's beginning; without a prompt the one with
    the fewest requests, any of those with as few."""
    key = ask.key
    if key is None:
        places = [(-round(score, _ALIKE), each.requests) for each, score in scored]
        key = chance
    else:
        places = [(-round(score, _ALIKE), 0) for _, score in scored]
    # Lots are drawn for equals only: most of the time there are none.
    if len(set(places)) < len(places):
        drawn = [
            (place, -weight(key, each.target.address))
            for place, (each, _) in zip(places, scored, strict=True)
        ]
        return [scored[at] for at in sorted(range(len(scored)), key=drawn.__getitem__)]
    return [scored[at] for at in sorted(range(len(scored)), key=places.__getitem__)]


def random(ask: Ask, scored: Sequence[Scored], chance: int) -> list[Scored]:
    """Any order."""
    return sorted(scored, key=lambda each: weight(chance, each[0].address))


def weighted_random(ask: Ask, scored: Sequence[Scored], chance: int) -> list[Scored]:
    """Better ones come first more often, in proportion to their scores (Efraimidis, Spirakis)."""

    def lot(each: Scored) -> float:
        share = (weight(chance, each[0].address) + 1) / (_WHOLE + 1)
        return math.log(share) / each[1] if each[1] > 0 else -math.inf

    return sorted(scored, key=lambda each: (-lot(each), each[0].address))
