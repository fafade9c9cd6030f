"""When the last good state goes to disk.

Knows the order: told first, kept right after, the disk waited for on a thread now and then. Must
not know the file's format (see snapshot) nor how it is written (see journal). Without a path
nothing is kept.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from portway.adapters.folder import snapshot
from portway.adapters.folder.journal import Journal
from portway.adapters.folder.problem import FileProblem
from portway.adapters.folder.store import FolderState

_SYNC_EVERY: Final = 5.0
_RETRY_EVERY: Final = 10.0
_NEVER: Final = float("inf")


class Keeper:
    """Keeps a state's last good objects in a file, in small steps."""

    def __init__(self, state: FolderState, path: Path | None) -> None:
        self._state = state
        self._path = path
        self._journal = None if path is None else Journal(path)
        self._syncing: asyncio.Future[None] | None = None
        self._sync_at = _NEVER
        self._rewrite_at = 0.0
        self._all_written = False
        self._nothing = True  # until a snapshot is found or begun
        self.startup: FileProblem | None = None
        """What was wrong with the snapshot that was found, until there is a better one."""

    @property
    def problem(self) -> FileProblem | None:
        """Why the state is not kept."""
        return None if self._journal is None else self._journal.problem

    def recall(self) -> None:
        """Give the state what an earlier run kept. Before the first update; blocks."""
        if self._path is None or self._journal is None:
            return
        found = snapshot.load(self._path)
        self.startup = found.problem
        if found.past is not None:
            self._nothing = False
            self._state.remember(found.past)
        if found.length:
            self._journal.resume(found.length)

    def keep(self) -> None:
        """Keep what changed, by handing it to the operating system."""
        records = self._state.changes()
        if self._journal is None or not self._journal.is_open:
            return  # what is written later has it all
        if self._journal.append(records) and self._sync_at == _NEVER:
            self._sync_at = time.monotonic() + _SYNC_EVERY

    @property
    def longest(self) -> float:
        """Seconds until `work` has something to do."""
        if self._journal is None or self._syncing is not None:
            return _NEVER
        if self._journal.rewriting:
            return 0.0
        at = min(self._sync_at, self._rewrite_at if self._journal.wants_rewriting else _NEVER)
        return at - time.monotonic()

    def work(self, wake: Callable[[], None]) -> bool:
        """A small step of what is to be done, if anything. `wake` is called when a thread that was
        sent off is back. True when `problem` or `startup` changed."""
        journal = self._journal
        if journal is None:
            return False
        before = (self.startup, self.problem)
        now = time.monotonic()
        if self._syncing is not None:
            if self._syncing.done():
                self._synced(journal)
        elif journal.rewriting:
            self._all_written = journal.write_some()
            if self._all_written:
                self._sync(journal, wake)
        elif journal.wants_rewriting and now >= self._rewrite_at:
            self._rewrite_at = now + _RETRY_EVERY  # should it fail
            self._rewrite(journal)
        elif now >= self._sync_at:
            self._sync(journal, wake)
        return before != (self.startup, self.problem)

    async def close(self) -> None:
        """End; what is not on disk yet gets there."""
        if self._journal is None:
            return
        if self._syncing is not None:
            await asyncio.wait([self._syncing])
            self._synced(self._journal)
        self.keep()
        if self._journal.wants_rewriting and self._state.paths:
            self._rewrite(self._journal)
        self._journal.close()

    def _rewrite(self, journal: Journal) -> None:
        journal.rewrite(self._state.records(), over_nothing=self._nothing)
        self._nothing = False

    def _sync(self, journal: Journal, wake: Callable[[], None]) -> None:
        self._sync_at = _NEVER
        self._syncing = asyncio.get_running_loop().run_in_executor(None, journal.sync)
        self._syncing.add_done_callback(lambda _: wake())

    def _synced(self, journal: Journal) -> None:
        syncing, self._syncing = self._syncing, None
        error = None if syncing is None else syncing.exception()
        if isinstance(error, OSError):
            journal.failed(error)
        elif self._all_written:
            self._all_written = False
            journal.finish()
            if journal.problem is None:
                self.startup = None
