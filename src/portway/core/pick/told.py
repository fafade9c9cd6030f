"""A pick as it is told to somebody who asks about a request that nobody sends.

Knows what of a decision people want to know: who could have been picked, the scores, and why this
one. Must not know how it is asked for or laid out. Numbers, texts and tuples only, so that it
becomes JSON and comes back unchanged.
"""

import msgspec

from portway.core.pick.decision import Decision, Rated, Refusal

_ALIKE = 9  # digits by which scores are compared, as pickers do


class Told(msgspec.Struct, frozen=True):
    """``order``: the endpoint that would be picked, then those for another try; empty where nobody
    would be, and ``status`` is what would be answered, 0 where the request would wait.
    ``candidates`` in the order of their scores. ``left_out``: endpoints with the filter that took
    them away. ``reason`` is for people."""

    reason: str
    order: tuple[str, ...] = ()
    status: int = 0
    candidates: tuple[Rated, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


def told(found: Decision | Refusal) -> Told:
    """What was decided, with its reason in full."""
    if isinstance(found, Refusal):
        return Told(found.words, status=found.status)
    rated = sorted(found.rated, key=lambda each: (each.address != found.first, -each.total))
    reason = "; ".join((found.reason.removeprefix(f"{found.first}: "), *_beside(rated)))
    return Told(reason, found.order, 0, tuple(rated), found.left_out)


def _beside(rated: list[Rated]) -> list[str]:
    """What speaks for another one, and why it was not that."""
    first, others = rated[0], rated[1:]
    if not others:
        return ["there is no other"]
    words = []
    warmest = max(others, key=lambda each: each.cached)
    if warmest.cached > first.cached and warmest.total < first.total:
        words.append(f"{warmest.address} has {warmest.cached}, and scores less")
    best = round(first.total, _ALIKE)
    equal = [each.address for each in others if round(each.total, _ALIKE) == best]
    if equal:
        words.append(f"{', '.join(equal)} would be as good")
    elif all(each.total < first.total for each in others):
        words.append("it has the best score")
    return words
