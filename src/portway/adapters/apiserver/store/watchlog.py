"""What happened lately to the objects of one kind, for watches.

Knows events in the order of their revisions. Must not know encodings or who watches. Old events
go by number: a watch that is further behind is told to list again.
"""

import asyncio
from typing import Any, Final, NamedTuple

import msgspec

from portway.adapters.apiserver.store.stored import Stored

CAPACITY: Final = 4096


class Change(msgspec.Struct, eq=False, gc=False):
    """One change. ``new`` is None when the object went; ``last`` is then how it went."""

    revision: int
    new: Stored | None
    old: Stored | None
    last: Stored
    frames: dict[Any, bytes] = msgspec.field(default_factory=dict)
    """Encoded forms, made by the first watch that needs one and shared by all."""


class Batch(NamedTuple):
    """The changes since a position, and the new position. ``gap``: some were already gone."""

    changes: list[Change]
    position: int
    gap: bool


class WatchLog:
    """The log of one kind. Positions count changes since the start."""

    def __init__(self, revision: int) -> None:
        """``revision``: nothing at or before it is known."""
        self.oldest = revision
        """Changes after this revision are all here."""
        self.kept = False
        """Whether anybody ever asked for these objects: until then nobody knows a revision to go
        on from, and keeping what changed would be for nobody."""
        self._changes: list[Change] = []
        self._first = 0
        self._woken: list[asyncio.Future[None]] = []

    def append(self, change: Change) -> None:
        """Add the newest change and wake the watches."""
        if not self.kept:
            self.oldest = change.revision
            return
        self._changes.append(change)
        if len(self._changes) > CAPACITY + CAPACITY // 4:
            drop = len(self._changes) - CAPACITY
            self.oldest = self._changes[drop - 1].revision
            self._first += drop
            del self._changes[:drop]
        for each in self._woken:
            if not each.done():
                each.set_result(None)
        self._woken.clear()

    def position(self, revision: int) -> int:
        """The position of the first change after a revision."""
        low, high = 0, len(self._changes)
        while low < high:
            middle = (low + high) // 2
            if self._changes[middle].revision <= revision:
                low = middle + 1
            else:
                high = middle
        return self._first + low

    def since(self, position: int) -> Batch:
        """Everything at and after a position."""
        at = position - self._first
        end = self._first + len(self._changes)
        return Batch(self._changes[max(at, 0) :], end, at < 0)

    async def wait(self, position: int, seconds: float) -> bool:
        """Until there is something at the position; False if there is nothing after so many
        seconds."""
        if position < self._first + len(self._changes):
            return True
        future = asyncio.get_running_loop().create_future()
        self._woken.append(future)
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            return False
        finally:
            if future in self._woken:
                self._woken.remove(future)
        return True
