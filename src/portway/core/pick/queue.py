"""Requests that wait for an endpoint.

Knows priorities, tenants and bounds. Must not know when the pool can take more, nor how somebody
waits. A higher priority always comes first. Within one, tenants take turns and each has its own
line, first come first served: who sends much waits for himself only. Bounds are per priority and
for all; what is over them is refused at once, since a request that would wait for nothing is
better off elsewhere.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Final

import msgspec

from portway.core.pick.ask import Ask
from portway.core.pick.decision import Refusal

MOST_BYTES: Final = 1_000_000_000
MOST_REQUESTS: Final = 5_000


class Bounds(msgspec.Struct, frozen=True):
    """``fair``: tenants take turns; else one line for all."""

    most_bytes: int = MOST_BYTES
    most_requests: int = MOST_REQUESTS
    fair: bool = True


class Waiting(msgspec.Struct, eq=False):
    """A request that waits; ``size`` of it in bytes."""

    ask: Ask
    size: int = 0


class _Band:
    """The lines of one priority."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.lines: OrderedDict[str, deque[Waiting]] = OrderedDict()
        self.requests = 0
        self.size = 0

    def tenant(self, each: Waiting) -> str:
        return each.ask.tenant if self.bounds.fair else ""


class Queue:
    """All that wait for one pool."""

    def __init__(
        self,
        bounds: Bounds | None = None,
        *,
        bands: Mapping[int, Bounds] | None = None,
        below_zero: Bounds | None = None,
        most_bytes: int = 0,
        most_requests: int = 0,
    ) -> None:
        """``bounds`` of each priority, but for those in ``bands``; ``below_zero``: of negative
        ones. ``most_bytes`` and ``most_requests`` of all together; 0 is no bound."""
        self._bounds = bounds or Bounds()
        self._below_zero = below_zero or self._bounds
        self._given = dict(bands or {})
        self._most = (most_bytes, most_requests)
        self._bands: dict[int, _Band] = {}

    def __len__(self) -> int:
        return sum(each.requests for each in self._bands.values())

    @property
    def size(self) -> int:
        """Bytes of all requests."""
        return sum(each.size for each in self._bands.values())

    def lengths(self) -> dict[int, int]:
        """How many wait, by priority."""
        return {priority: each.requests for priority, each in self._bands.items()}

    def ahead(self, priority: int) -> bool:
        """Whether somebody waits whom a new request of this priority has to let go first."""
        return any(each >= priority for each in self._bands)

    def put(self, each: Waiting) -> Refusal | None:
        """It waits from now on, or is refused."""
        priority = each.ask.priority
        band = self._bands.get(priority) or _Band(self._bounds_of(priority))
        if self._full(band, each):
            words = f"too many requests of priority {priority} wait for the pool"
            return Refusal(429, "rejected-capacity", words)
        self._bands[priority] = band
        band.lines.setdefault(band.tenant(each), deque()).append(each)
        band.requests += 1
        band.size += each.size
        return None

    def take(self) -> Waiting | None:
        """Whose turn it is; that one does not wait any more."""
        if not self._bands:
            return None
        band = self._bands[max(self._bands)]
        tenant, line = next(iter(band.lines.items()))
        each = line[0]
        band.lines.move_to_end(tenant)
        self._leave(band, tenant, each)
        return each

    def remove(self, each: Waiting) -> None:
        """It does not wait any more; one that does not wait may be named."""
        band = self._bands.get(each.ask.priority)
        if band is not None:
            tenant = band.tenant(each)
            if each in band.lines.get(tenant, ()):
                self._leave(band, tenant, each)

    def _bounds_of(self, priority: int) -> Bounds:
        return self._given.get(priority, self._below_zero if priority < 0 else self._bounds)

    def _full(self, band: _Band, each: Waiting) -> bool:
        most_bytes, most_requests = self._most
        return (
            band.requests >= band.bounds.most_requests
            or band.size + each.size > band.bounds.most_bytes
            or (0 < most_requests <= len(self))
            or (0 < most_bytes < self.size + each.size)
        )

    def _leave(self, band: _Band, tenant: str, each: Waiting) -> None:
        line = band.lines[tenant]
        line.remove(each)
        band.requests -= 1
        band.size -= each.size
        if not line:
            del band.lines[tenant]
        if not band.lines:
            del self._bands[each.ask.priority]
