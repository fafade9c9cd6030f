"""What is to be looked at, and when: a finished file at once, all else after a moment of quiet.

Knows times and paths. Must not know the clock (it is handed in), notifications or files. A file
that was closed or renamed into place is complete, so waiting would only cost time. What may be
half done waits: a file that is being written until it is closed (or quiet for long), a file that
went until it is clear that it does not come back, and the tree until folders stop moving.
"""

from typing import Final, NamedTuple

_NEVER: Final = float("inf")


class Due(NamedTuple):
    """What to look at now."""

    files: frozenset[str]
    everything: bool


class _Group:
    """Waits for `quiet` seconds without news, but not longer than four times that."""

    def __init__(self, quiet: float) -> None:
        self._quiet = quiet
        self._first = self._last = _NEVER

    def news(self, now: float) -> None:
        self._first, self._last = min(self._first, now), now

    @property
    def due(self) -> float:
        if self._first == _NEVER:
            return _NEVER
        return min(self._last + self._quiet, self._first + 4 * self._quiet)

    def clear(self) -> None:
        self._first = self._last = _NEVER


class Pending:
    """Collects what happened; times are seconds of any steady clock."""

    def __init__(self, quiet: float) -> None:
        """`quiet`: seconds without news after which a change is taken to be complete. A file that
        is held open gets ten times that, since its closing will be told."""
        self._long = 10 * quiet
        self._files: set[str] = set()
        self._open: dict[str, float] = {}
        self._unsure: set[str] = set()
        self._unsure_group = _Group(quiet)
        self._tree = _Group(quiet)
        self._all = False

    def at_once(self, path: str) -> None:
        """A file is complete, or gone."""
        self._files.add(path)
        self._open.pop(path, None)
        self._unsure.discard(path)
        if not self._unsure:
            self._unsure_group.clear()

    def written(self, path: str, now: float) -> None:
        """A file is being written to, perhaps again before it was looked at."""
        self._files.discard(path)
        self._open[path] = now + self._long

    def unsure(self, path: str, now: float) -> None:
        """A file changed in a way that may be half of what is being done to it."""
        self._unsure.add(path)
        self._unsure_group.news(now)

    def waits(self, path: str) -> bool:
        """Whether a file will be looked at anyway."""
        return path in self._open or path in self._unsure or path in self._files

    def tree(self, now: float) -> None:
        """More than a file changed."""
        self._tree.news(now)

    def everything(self) -> None:
        """Nobody knows what changed."""
        self._all = True

    @property
    def due(self) -> float:
        """When to look next; infinity when there is nothing to look at."""
        if self._files or self._all:
            return float("-inf")
        unsure = self._unsure_group.due if self._unsure else _NEVER
        return min(self._tree.due, unsure, min(self._open.values(), default=_NEVER))

    def take(self, now: float) -> Due:
        """What to look at now; it is not pending any more."""
        files, self._files = self._files, set()
        for path in [path for path, due in self._open.items() if due <= now]:
            del self._open[path]
            files.add(path)
        if self._unsure_group.due <= now:
            files |= self._unsure
            self._unsure = set()
            self._unsure_group.clear()
        everything = self._all or self._tree.due <= now
        if everything:
            self._all = False
            self._tree.clear()
        return Due(frozenset(files), everything)
