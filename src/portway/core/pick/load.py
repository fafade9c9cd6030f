"""What a picker itself has sent to an endpoint and is not done yet.

Knows requests and tokens that have to be computed. Must not know what an engine says of itself: the
two are put together by `candidate`. Between two looks at an engine this is all that is known, and
of many requests at once it is the only thing that is right.

How much of the computing is done nobody tells, so it is taken to go on at a steady rate. An
endpoint works one prompt after the other: what waits is one number that goes down with time.
"""

from typing import Final

PREFILL_RATE: Final = 15_000.0
"""Tokens of prompts per second that an engine is taken to compute."""


class Load:
    """What is under way at one endpoint."""

    __slots__ = ("_at", "_rate", "_waiting", "requests")

    def __init__(self, rate: float = PREFILL_RATE) -> None:
        self.requests = 0
        self._waiting = 0.0
        self._at = 0.0
        self._rate = rate

    def waiting(self, now: float) -> float:
        """Tokens that wait to be computed."""
        past = now - self._at
        if past <= 0.0:
            return self._waiting
        left = self._waiting - past * self._rate
        return left if left > 0.0 else 0.0

    def begin(self, tokens: float, now: float) -> None:
        """A request with so many tokens to compute goes to the endpoint."""
        self._waiting = self.waiting(now) + tokens
        self._at = max(self._at, now)
        self.requests += 1

    def end(self, now: float) -> None:
        """It is done or given up. An endpoint with nothing under way has nothing to compute."""
        self.requests = max(0, self.requests - 1)
        self._waiting = self.waiting(now) if self.requests else 0.0
        self._at = max(self._at, now)
