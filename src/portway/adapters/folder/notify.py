"""The operating system's word that something in a folder changed.

Knows the notification library and when its watches go stale. Must not know files' content or
which of them count. Folders are watched one by one and not as trees, because a tree's watch does
not follow links and does not tell which new sub-folder it missed.
"""

import asyncio
import os
from collections.abc import Iterable
from types import TracebackType
from typing import Final

from watchfiles import awatch

from portway.adapters.folder.problem import FileProblem

_CURE: Final = "raise fs.inotify.max_user_watches or max_user_instances; until then it is polled"
_PLACES: Final = (os.path.abspath, os.path.realpath)


class Notifier:
    """Watches a changing set of folders; use it as an async context manager."""

    def __init__(self, roots: Iterable[str], debounce: float) -> None:
        """`roots`: the paths that were given, which may come and go. `debounce`: seconds of quiet
        after which changes are told."""
        self._roots = {place(root) for root in roots for place in _PLACES}
        self._quiet_ms = max(1, round(debounce * 1000))
        self._wake = asyncio.Event()
        self._touched: set[str] = set()
        self._folders: frozenset[str] = frozenset()
        self._ancestors: frozenset[str] = frozenset()
        self._stale = False
        self._pump: asyncio.Task[None] | None = None
        self._tasks = asyncio.TaskGroup()
        self.problem: FileProblem | None = None

    async def __aenter__(self) -> "Notifier":
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pump is not None:
            self._pump.cancel()
        # Cancellation goes through the group, which settles with it; another error of the body is
        # its own and must not come out wrapped in a group.
        if isinstance(error, asyncio.CancelledError):
            await self._tasks.__aexit__(kind, error, trace)
        else:
            await self._tasks.__aexit__(None, None, None)

    async def wait(self, longest: float) -> frozenset[str]:
        """Paths that changed, after at most `longest` seconds; empty when none did."""
        try:
            async with asyncio.timeout(longest):
                await self._wake.wait()
        except TimeoutError:
            self._stale = self._stale or self.problem is not None  # perhaps it works by now
        self._wake.clear()
        touched, self._touched = frozenset(self._touched), set()
        return touched

    async def cover(
        self, folders: frozenset[str], ancestors: frozenset[str], touched: frozenset[str]
    ) -> bool:
        """Watch these folders from now on. True when the watch is new, and things may have
        happened unseen before it began.

        `ancestors` are watched only for the folders in them coming and going. A folder that is
        itself in `touched` may be another one of the same name, whose watch is dead.
        """
        wanted = folders | ancestors
        stale = self._stale or any(path in wanted for path in touched)
        if wanted == self._folders | self._ancestors and not stale:
            self._folders, self._ancestors = folders, ancestors
            return False
        before = self._pump
        self._folders, self._ancestors, self._stale = folders, ancestors, False
        self.problem = None
        self._pump = self._tasks.create_task(self._follow(wanted))
        # The new task's first step, up to its first await, sets the watch up.
        await asyncio.sleep(0)
        if before is not None:
            before.cancel()
        return True

    async def _follow(self, folders: frozenset[str]) -> None:
        me = asyncio.current_task()
        try:
            async for changes in awatch(
                *sorted(folders),
                watch_filter=None,
                recursive=False,
                step=self._quiet_ms,
                debounce=4 * self._quiet_ms,
                rust_timeout=60_000,
                ignore_permission_denied=True,
            ):
                self._take({path for _, path in changes})
        except FileNotFoundError:
            # A folder went between the look and the watch: look again, soon but not at once.
            await asyncio.sleep(self._quiet_ms / 1000)
            self._again(me)
        except (OSError, RuntimeError) as error:
            message = f"changes cannot be watched: {error}"
            self.problem = FileProblem(min(folders), None, None, message, _CURE)
            self._wake.set()

    def _again(self, pump: asyncio.Task[None] | None) -> None:
        if pump is self._pump:
            self._stale = True
            self._wake.set()

    def _take(self, paths: set[str]) -> None:
        matter = {path for path in paths if self._matters(path)}
        if matter:
            self._touched |= matter
            self._wake.set()

    def _matters(self, path: str) -> bool:
        folder = os.path.dirname(path)
        return (
            folder in self._folders
            or path in self._folders
            or any(root == path or root.startswith(path + os.sep) for root in self._roots)
        )
