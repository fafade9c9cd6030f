"""The operating system's word that something in a folder changed.

Knows inotify, what each of its events says about a file, and when a watch goes stale. Must not
know what is in a file. Folders are watched one by one and not as trees, because a tree's watch
does not follow links and does not tell which new sub-folder it missed. Nothing is polled: the
kernel wakes the event loop. On a system without inotify there is a problem to tell, and looking at
everything every few seconds is all there is.
"""

import asyncio
import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final

from portway.adapters.folder.listing import Listing
from portway.adapters.folder.pending import Pending
from portway.adapters.folder.problem import FileProblem

if sys.platform == "linux":
    from inotify_simple import INotify, flags

    # A file that went is looked for at once too, so that one it was moved to is not a second one.
    _DONE: Final = int(flags.CLOSE_WRITE | flags.MOVED_TO | flags.DELETE | flags.MOVED_FROM)
    _OPEN: Final = int(flags.MODIFY)
    _COMES: Final = int(flags.CREATE | flags.MOVED_TO)
    _LEAVES: Final = int(flags.MOVED_FROM)
    _MOVED: Final = int(flags.MOVE_SELF)
    _ENTRIES: Final = int(flags.CREATE | flags.DELETE | flags.MOVED_FROM | flags.MOVED_TO)
    _ITSELF: Final = int(flags.DELETE_SELF | flags.MOVE_SELF)
    _LOST: Final = int(flags.Q_OVERFLOW)
    _ENDED: Final = int(flags.IGNORED)
    _FOLDER: Final = int(flags.ISDIR)
    _ANCESTOR_MASK: Final = _ENTRIES | _ITSELF | int(flags.ONLYDIR)
    _MASK: Final = _ANCESTOR_MASK | _DONE | _OPEN | int(flags.ATTRIB)

_CURE: Final = (
    "raise fs.inotify.max_user_watches or max_user_instances; until then everything is looked at "
    "every few seconds"
)
_PLACES: Final = (os.path.abspath, os.path.realpath)
_PASSING: Final = (errno.ENOENT, errno.ENOTDIR, errno.EACCES)


class Notifier:
    """Watches a changing set of folders and says what is to be looked at. Use it as a context
    manager inside a running event loop."""

    def __init__(self, roots: Iterable[str], pending: Pending) -> None:
        """`roots`: the paths that were given, which may come and go. What is to be looked at goes
        to `pending`, in the time of `time.monotonic`."""
        self._roots = {place(root) for root in roots for place in _PLACES}
        self._pending = pending
        self._listing = Listing()
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._inotify: Any = None
        self._watches: dict[str, int] = {}
        self._names: dict[int, set[str]] = {}  # a folder that is mounted twice has one watch
        self.problem: FileProblem | None = None

    def __enter__(self) -> "Notifier":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._inotify is not None:
            asyncio.get_running_loop().remove_reader(self._inotify.fileno())
            self._inotify.close()
            self._inotify = None

    def wake(self) -> None:
        """End the wait that is under way, or else the next one."""
        self._wake.set()

    async def wait(self, longest: float) -> None:
        """Until something is due or somebody wakes, for at most `longest` seconds."""
        now = time.monotonic()
        if not self._wake.is_set() and self._pending.due > now and longest > 0:
            self._set_timer(min(now + longest, self._pending.due))
            try:
                await self._wake.wait()
            finally:
                if self._timer is not None:
                    self._timer.cancel()
                self._timer = None
        self._wake.clear()

    def cover(self, listing: Listing) -> bool:
        """Watch the folders of a listing from now on. True when a watch is new, and things may have
        happened unseen before it began.

        Every folder is asked for again: the system answers with the watch it has, or with a new
        one when the folder is another of the same name.
        """
        self._listing, self.problem = listing, None
        wanted = listing.directories | listing.ancestors
        for folder in self._watches.keys() - wanted:
            self._drop(folder)
        new = False
        try:
            for folder in sorted(wanted):
                new = self._watch(folder, narrow=folder not in listing.directories) or new
        except OSError as error:
            message = f"changes cannot be watched: {error.strerror or error}"
            self.problem = FileProblem(min(wanted), None, None, message, _CURE)
        return new

    def _watch(self, folder: str, *, narrow: bool) -> bool:
        """Whether the watch is new. Raises OSError when there can be none at all."""
        try:
            watch = self._system().add_watch(folder, _ANCESTOR_MASK if narrow else _MASK)
        except OSError as error:
            if error.errno not in _PASSING:
                raise
            self._drop(folder)  # it went since it was listed, which is told by the one above
            return False
        if self._watches.get(folder) == watch:
            return False
        self._drop(folder)
        self._watches[folder] = watch
        self._names.setdefault(watch, set()).add(folder)
        return True

    def _system(self) -> Any:
        if self._inotify is None:
            if sys.platform != "linux":
                raise OSError("this system has no inotify")
            self._inotify = INotify()
            asyncio.get_running_loop().add_reader(self._inotify.fileno(), self._readable)
        return self._inotify

    def _drop(self, folder: str) -> None:
        """Forget a folder's watch."""
        watch = self._watches.pop(folder, None)
        if watch is None:
            return
        names = self._names.get(watch, set())
        names.discard(folder)
        if not names:
            self._names.pop(watch, None)
            with contextlib.suppress(OSError):  # it may have ended by itself
                self._inotify.rm_watch(watch)

    def _readable(self) -> None:
        now = time.monotonic()
        for event in self._inotify.read(timeout=0):
            self._take(event.wd, event.mask, event.name, now)
        due = self._pending.due
        if due <= now:
            self._wake.set()
        elif self._timer is not None and due < self._timer.when():
            self._set_timer(due)

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # The loop's time is time.monotonic too.
        self._timer = asyncio.get_running_loop().call_at(when, self._wake.set)

    def _take(self, watch: int, mask: int, name: str, now: float) -> None:
        if mask & _LOST:
            self._pending.everything()
            return
        for folder in tuple(self._names.get(watch, ())):
            if name:
                self._entry(folder, name, mask, now)
                continue
            if mask & _ENDED:
                self._drop(folder)
            if mask & _MOVED:
                self._drop_tree(folder)
            self._pending.tree(now)

    def _entry(self, folder: str, name: str, mask: int, now: float) -> None:
        """Something happened to an entry of a folder."""
        path = os.path.join(folder, name)
        if mask & _FOLDER:
            if mask & _LEAVES:
                self._drop_tree(path)  # what is watched below goes by another name now
            if self._is_a_folder_of_ours(folder, path, name):
                self._pending.tree(now)
        elif path in self._listing.steps:
            self._pending.tree(now)
        elif self._listing.shown(path) is None:
            if self._leads_somewhere(folder, path, name, mask):
                self._pending.tree(now)
        elif mask & _DONE:
            self._pending.at_once(path)
        elif mask & _OPEN:
            self._pending.written(path, now)
        else:
            self._pending.unsure(path, now)

    def _is_a_folder_of_ours(self, folder: str, path: str, name: str) -> bool:
        return (
            (folder in self._listing.folders and not name.startswith("."))
            or path in self._watches
            or path in self._listing.steps
            or self._is_root(path)
        )

    def _leads_somewhere(self, folder: str, path: str, name: str, mask: int) -> bool:
        """Whether what is no manifest is a path that was given, or a new link to a folder."""
        if self._is_root(path):
            return True
        listed = folder in self._listing.folders and not name.startswith(".")
        return listed and bool(mask & _COMES) and os.path.islink(path)

    def _is_root(self, path: str) -> bool:
        return any(root == path or root.startswith(path + os.sep) for root in self._roots)

    def _drop_tree(self, top: str) -> None:
        below = top + os.sep
        for folder in [each for each in self._watches if each == top or each.startswith(below)]:
            self._drop(folder)
