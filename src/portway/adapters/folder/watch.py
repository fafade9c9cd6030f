"""A folder that changes under our feet: first what is there, then every change.

Knows the file system's notifications and their failures, debouncing, and when to save the
snapshot. Must not know what a manifest means. A notification only says where to look: what counts
is always a fresh look at the files, so that a lost, doubled or reordered one does no harm.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from portway.adapters.folder import snapshot as snapshots
from portway.adapters.folder.look import Looker
from portway.adapters.folder.notify import Notifier
from portway.adapters.folder.problem import FileProblem, by_place
from portway.adapters.folder.store import FolderState
from portway.core import api

_SAVE_EVERY: Final = 1.0  # seconds; a burst of changes writes one snapshot, not one each


class Batch(msgspec.Struct, frozen=True):
    """What changed since the last batch."""

    events: tuple[api.Event, ...]
    problems: tuple[FileProblem, ...]
    """Everything that is wrong now, not only what is new."""
    notices: tuple[FileProblem, ...]
    """What is ignored, each told once."""
    listed: bool
    """True for the first batch only: it holds everything there is."""


Emit = Callable[[Batch], Awaitable[None] | None]


class FolderSource:
    """Manifests from files, folders and standard input (`-`), followed until cancelled."""

    def __init__(
        self,
        paths: Iterable[str | Path],
        *,
        snapshot: Path | None = None,
        debounce: float = 0.02,
        rescan: float = 30.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`debounce`: quiet seconds before a change is read. `rescan`: seconds between looks
        without any notification, for those the operating system loses."""
        self._paths = tuple(str(path) for path in paths)
        self._snapshot = snapshot
        self._debounce, self._rescan = debounce, rescan
        self.state = FolderState(clock)
        self._looker = Looker(self._paths, self.state, snapshot)
        self._startup: FileProblem | None = None
        self._unsaved = False
        self._saved_at = float("-inf")
        self._save_problem: FileProblem | None = None
        self._told: tuple[FileProblem, ...] = ()
        self._noticed: set[FileProblem] = set()

    async def run(self, emit: Emit) -> None:
        """Emit the first listing, then batches on change. Ends only by cancellation or by an
        exception of `emit`."""
        await asyncio.to_thread(self._recall)
        async with Notifier(self._paths, self._debounce) as notifier:
            try:
                await self._look(emit, frozenset(), notifier, listed=True)
                while True:
                    touched = await self._wait(notifier)
                    await self._save_when_due()
                    await self._look(emit, touched, notifier)
            finally:
                if self._unsaved:
                    self._save()

    async def _wait(self, notifier: Notifier) -> frozenset[str]:
        timeout = self._rescan
        if notifier.problem is not None:
            timeout = min(timeout, 2.0)  # without notifications, looking is all there is
        if self._looker.emptied:
            timeout = min(timeout, 4 * self._debounce)
        if self._unsaved:
            timeout = min(timeout, _SAVE_EVERY)
        return await notifier.wait(timeout)

    async def _look(
        self, emit: Emit, touched: frozenset[str], notifier: Notifier, *, listed: bool = False
    ) -> None:
        """Look at the files and tell. After watching new folders, look again: what happened
        between the look and the watch was not notified."""
        while True:
            events = await asyncio.to_thread(self._looker.look, touched)
            await self._tell(emit, events, notifier, listed=listed)
            listing = self._looker.listing
            changed = await notifier.cover(
                frozenset(listing.directories), frozenset(listing.ancestors), touched
            )
            if not changed:
                return
            touched, listed = frozenset(), False

    async def _tell(
        self, emit: Emit, events: tuple[api.Event, ...], notifier: Notifier, *, listed: bool
    ) -> None:
        self._unsaved = self._unsaved or ((bool(events) or listed) and self._snapshot is not None)
        extra = (self._startup, self._save_problem, notifier.problem)
        found = {*self.state.problems, *self._looker.listing.problems, *extra} - {None}
        problems = tuple(sorted((each for each in found if each is not None), key=by_place))
        notices = tuple(n for n in self.state.notices if n not in self._noticed)
        if not (events or listed or notices or problems != self._told):
            return
        self._told = problems
        self._noticed.update(notices)
        answer = emit(Batch(events, problems, notices, listed))
        if inspect.isawaitable(answer):
            await answer

    def _recall(self) -> None:
        if self._snapshot is None:
            return
        past, self._startup = snapshots.load(self._snapshot)
        if past is not None:
            self.state.remember(past)

    async def _save_when_due(self) -> None:
        if self._unsaved and time.monotonic() - self._saved_at >= _SAVE_EVERY:
            await asyncio.to_thread(self._save)

    def _save(self) -> None:
        self._unsaved = False
        self._saved_at = time.monotonic()
        if self._snapshot is None:
            return
        try:
            snapshots.save(self.state, self._snapshot)
            self._save_problem = self._startup = None
        except OSError as error:
            message = f"the last-good snapshot cannot be written: {error.strerror or error}"
            cure = "make its folder writable; until then a restart cannot fall back on it"
            self._save_problem = FileProblem(str(self._snapshot), None, None, message, cure)
