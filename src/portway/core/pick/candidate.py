"""An endpoint as a plug-in sees it while one request is decided.

Knows how what a picker did and what an engine says become one number each. Must not weigh them.
"""

from collections.abc import Mapping

import msgspec

from portway.core.pick.signals import NOTHING, Signals


class Target(msgspec.Struct, frozen=True):
    """An endpoint of a pool: ``address`` is `ip:port`, ``labels`` are those of its Pod."""

    address: str
    labels: Mapping[str, str] = {}
    metrics: str = ""
    """`ip:port` where it tells its numbers; empty: where it serves."""


class Candidate(msgspec.Struct, frozen=True):
    """``cached``: blocks of the prompt that the endpoint has; ``uncached``: tokens it would have to
    compute. ``waiting``: tokens before these. ``requests``: under way, whoever sent them."""

    target: Target
    cached: int = 0
    uncached: float = 0.0
    waiting: float = 0.0
    own: int = 0
    signals: Signals = NOTHING

    @property
    def address(self) -> str:
        """Its name everywhere."""
        return self.target.address

    @property
    def requests(self) -> int:
        """The engine knows of those that others sent, we of those it has not told of yet."""
        signals = self.signals
        if signals is NOTHING:
            return self.own
        return max(self.own, (signals.running or 0) + (signals.waiting or 0))

    @property
    def queued(self) -> int:
        """Requests that wait in the engine."""
        return self.signals.waiting or 0

    @property
    def usage(self) -> float:
        """Of the engine's cache; 0 where it is not known."""
        return self.signals.usage or 0.0
