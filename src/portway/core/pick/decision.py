"""What came of a request for an endpoint, and why.

Knows numbers and names to tell people. Must not know how they were found.
"""

import msgspec


class Rated(msgspec.Struct, frozen=True):
    """One endpoint that could have been picked. ``scores`` are by plug-in, each from 0 to 1."""

    address: str
    total: float
    scores: dict[str, float]
    cached: int = 0
    uncached: float = 0.0
    waiting: float = 0.0
    requests: int = 0


class Decision(msgspec.Struct, frozen=True):
    """``order``: the endpoint picked, then where to go on if it does not answer. ``left_out``:
    endpoints that a filter took away, each with the filter's name."""

    order: tuple[str, ...]
    rated: tuple[Rated, ...]
    reason: str
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def first(self) -> str:
        """The endpoint picked."""
        return self.order[0]

    @property
    def chosen(self) -> Rated | None:
        """What it was picked for; None where it was not rated."""
        first = self.order[0]
        for each in self.rated:
            if each.address == first:
                return each
        return None

    def text(self) -> str:
        """One line of ASCII for a header or a log, at most eight endpoints of it."""
        shown = sorted(self.rated, key=lambda each: each.address != self.first)[:8]
        parts = [
            f"{each.address} score={each.total:.3f} cached={each.cached} "
            f"uncached={each.uncached:.0f} waiting={each.waiting:.0f} requests={each.requests}"
            for each in shown
        ]
        more = len(self.rated) - len(shown)
        return f"{self.reason}; " + ", ".join(parts) + (f", and {more} more" if more else "")


class Refusal(msgspec.Struct, frozen=True):
    """Nobody gets it. ``status`` of HTTP; ``reason`` in the words of the protocol's header
    `x-llm-d-request-dropped-reason`, ``words`` for people."""

    status: int
    reason: str
    words: str
