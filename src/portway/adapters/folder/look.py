"""Looks at the files: what is new since they were read last goes into the state.

Knows signatures, content and the habits of programs that save files. Must not know notifications
or the event loop. There are two ways to look: at single files, which costs what they cost and is
done at once, and at everything (`survey`, then `take`), which finds whatever nobody told of.
`survey` changes nothing here and may run on another thread while single files are looked at.
"""

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from portway.adapters.folder.listing import (
    MAX_BYTES,
    STDIN,
    Listing,
    Signature,
    decoded,
    list_files,
    read_file,
    read_text,
    unreadable,
)
from portway.adapters.folder.problem import FileProblem
from portway.adapters.folder.store import Content, FolderState
from portway.core import api

_STREAM: Final = Signature(0, 0, 0, 0, 0)


class _Read(msgspec.Struct, frozen=True, gc=False):
    """A file as it was read last."""

    signature: Signature
    digest: bytes


class Survey(msgspec.Struct, frozen=True):
    """A look at everything, not yet taken: a listing, and how it differs from what was read."""

    listing: Listing
    changed: tuple[str, ...]
    gone: tuple[str, ...]


class Plan(msgspec.Struct, frozen=True):
    """Files to look at, and their bytes altogether."""

    paths: dict[str, str]
    """Shown and real paths."""
    size: int


class Looker:
    """Compares the files with what was read last and brings the state up to date."""

    def __init__(self, paths: tuple[str, ...], state: FolderState, snapshot: Path | None) -> None:
        self._paths, self._state = paths, state
        self._exclude = [] if snapshot is None else [os.path.realpath(snapshot)]
        self._read: dict[str, _Read] = {}
        self._first = True
        self._since: set[str] = set()  # files looked at while a survey may be under way
        self.emptied: dict[str, str] = {}
        """Files that just became empty: most programs empty a file before they write it anew."""
        self.missing: dict[str, str] = {}
        """Files that just went: some programs remove a file before they write it anew. Both kinds
        get a second look, and then count as what they are. By shown path the real one."""
        self.overtaken = False
        """Whether files came back after the last survey had missed them: it is to be repeated."""
        self.listing = Listing()

    def look(self, touched: Iterable[str] = ()) -> tuple[api.Event, ...]:
        """Look at everything, and at the `touched` paths whatever their signature."""
        return self.take(self.survey(), touched)

    def survey(self) -> Survey:
        """Walk over everything and compare."""
        self._since = set()
        listing = list_files(self._paths, self._exclude)
        changed = tuple(
            path
            for path, signature in listing.files.items()
            if path in self.emptied
            or path in self.missing
            or (before := self._read.get(path)) is None
            or before.signature != signature
        )
        kept = tuple(os.path.join(folder, "") for folder in listing.unreadable)
        gone = tuple(
            path
            for path, read in list(self._read.items())
            if path not in listing.files
            and read.signature is not _STREAM
            and not path.startswith(kept)
        )
        listing.files = {}  # it is as large as the folder, and nobody asks again
        return Survey(listing, changed, gone)

    def take(self, survey: Survey, touched: Iterable[str] = ()) -> tuple[api.Event, ...]:
        """Read what a survey found changed, whatever happened since."""
        self.listing = survey.listing
        changes: dict[str, Content] = {}
        if self._first:
            changes.update(self._streams())
        self.overtaken = False
        for path in survey.gone:
            if path in self._since:
                self.overtaken = True
            elif self._forget(path):
                changes[path] = None
        for path in dict.fromkeys((*survey.changed, *self._again(touched))):
            self._fetch(path, changes)
        # What an unreadable folder hides is neither there nor gone: nothing to ask again and again.
        for doubts in (self.missing, self.emptied):
            for path in doubts.keys() - self._since - set(survey.changed):
                del doubts[path]
        events = self._state.apply(changes)
        if self._first:
            self._first = False
            self._state.settle()
        return events

    def _again(self, touched: Iterable[str]) -> Iterator[str]:
        """Files that are read whatever their signature: those that were touched, and those that
        were read since the survey began, but for the ones whose second look is still to come."""
        for path in (*(self.listing.shown(each) or each for each in touched), *self._since):
            if path in self._read and path not in self.missing and path not in self.emptied:
                yield path

    def plan(self, places: Iterable[str]) -> Plan | None:
        """How to look at single files, by real path. None when that cannot tell what happened, and
        everything has to be looked at."""
        paths, size = dict[str, str](), 0
        for real in places:
            path = self.listing.shown(real)
            if real in self.listing.steps:
                return None
            if path is None and real in (*self.missing.values(), *self.emptied.values()):
                return None  # it was known when it was looked at first
            if path is None or real in self._exclude:
                continue
            try:
                status = os.lstat(real)
            except FileNotFoundError:
                # Of a path that was given, and of a link, there is more to tell than that it is
                # gone, once that is sure.
                if real in self.listing.aliases and (
                    path in self.missing or path not in self._read
                ):
                    return None
            except OSError:
                return None
            else:
                if not stat.S_ISREG(status.st_mode):
                    return None
                size += status.st_size
            paths[path] = real
        return Plan(paths, size)

    def read(self, plan: Plan) -> tuple[api.Event, ...]:
        """Look at single files."""
        self._since.update(plan.paths)
        changes: dict[str, Content] = {}
        for path, real in plan.paths.items():
            self._fetch(path, changes, real)
        if not changes:
            return ()
        return self._state.apply(changes) + self._moved(changes)

    def _fetch(self, path: str, changes: dict[str, Content], real: str | None = None) -> None:
        """Read a file; what is new in it goes to `changes`. `real`: its real path, when it may get
        a second look for being gone."""
        before = self._read.get(path)
        doubted = path in self.emptied or path in self.missing
        self.emptied.pop(path, None)
        self.missing.pop(path, None)
        try:
            found = read_file(path)
        except FileNotFoundError:
            if before is not None and real is not None and not doubted:
                self.missing[path] = real
            elif self._forget(path):
                changes[path] = None
            return
        except OSError as error:
            found = (Signature(-1, 0, 0, 0, 0), unreadable(path, error))
        if found is None:  # a pipe took its place
            if self._forget(path):
                changes[path] = None
            return
        signature, data = found
        if not data and before is not None and before.signature.size > 0 and not doubted:
            self.emptied[path] = real or os.path.realpath(path)
            return
        digest = _digest(data if isinstance(data, bytes) else repr(data).encode())
        self._read[path] = _Read(signature, digest)
        # The same text again (touched, rewritten, renamed over) is no change.
        if before is None or before.digest != digest:
            changes[path] = decoded(path, data) if isinstance(data, bytes) else data

    def _moved(self, changes: Mapping[str, Content]) -> tuple[api.Event, ...]:
        """Files that just went are not waited for when an object of theirs turned up elsewhere:
        nobody is to hear that it is defined twice."""
        if not self.missing:
            return ()
        sharing = self._state.sharing(changes) & self.missing.keys()
        gone = [path for path in sharing if not os.path.exists(path) and self._forget(path)]
        return self._state.apply(dict.fromkeys(gone)) if gone else ()

    def _forget(self, path: str) -> bool:
        self.emptied.pop(path, None)
        self.missing.pop(path, None)
        return self._read.pop(path, None) is not None

    def _streams(self) -> dict[str, Content]:
        names = ([STDIN] if STDIN in self._paths else []) + self.listing.streams
        for name in names:
            self._read[name] = _Read(_STREAM, b"")
        return {name: _drain(name) for name in names}


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def _drain(name: str) -> str | FileProblem:
    """Read a stream to its end."""
    try:
        if name == STDIN:
            return decoded(name, sys.stdin.buffer.read(MAX_BYTES + 1))
        return read_text(name)
    except OSError as error:
        return unreadable(name, error)
