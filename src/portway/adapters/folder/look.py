"""One look at the files: what is new since the last one goes into the state.

Knows signatures, content and the habits of programs that save files. Must not know notifications
or the event loop: it blocks, so it is called on a thread of its own, one call at a time.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from portway.adapters.folder.listing import (
    MAX_BYTES,
    STDIN,
    Listing,
    Signature,
    decoded,
    list_files,
    read_text,
    unreadable,
)
from portway.adapters.folder.problem import FileProblem
from portway.adapters.folder.store import Content, FolderState
from portway.core import api


class Looker:
    """Compares the files with what was read last and brings the state up to date."""

    def __init__(self, paths: tuple[str, ...], state: FolderState, snapshot: Path | None) -> None:
        self._paths, self._state = paths, state
        self._exclude = [] if snapshot is None else [os.path.realpath(snapshot)]
        self._read: dict[str, Signature | None] = {}
        self._content: dict[str, Content] = {}
        self._first = True
        self.emptied: set[str] = set()
        """Files that just became empty: most programs empty a file before they write it anew."""
        self.listing = Listing()

    def look(self, touched: frozenset[str]) -> tuple[api.Event, ...]:
        """Look at everything, reading what changed and what is in `touched` (real or given
        paths) whatever its signature."""
        self.listing = list_files(self._paths, self._exclude)
        changes = self._changed(touched)
        changes.update(self._gone())
        if self._first:
            changes.update(self._streams())
        changes = {path: text for path, text in changes.items() if self._is_new(path, text)}
        events = self._state.apply(changes)
        if self._first:
            self._first = False
            self._state.settle()
        return events

    def _changed(self, touched: frozenset[str]) -> dict[str, Content]:
        changes: dict[str, Content] = {}
        waiting: set[str] = set()
        for path, signature in self.listing.files.items():
            before = self._read.get(path)
            forced = path in touched or self.listing.real[path] in touched
            if before == signature and not forced and path not in self.emptied:
                continue
            emptied = signature.size == 0 and before is not None and before.size > 0
            if emptied and path not in self.emptied:
                waiting.add(path)
                continue
            changes[path] = read_text(path)
            self._read[path] = signature
        self.emptied = waiting
        return changes

    def _gone(self) -> Mapping[str, None]:
        listing = self.listing
        kept = tuple(os.path.join(folder, "") for folder in listing.unreadable)
        gone = [
            path
            for path, signature in self._read.items()
            if signature is not None and path not in listing.files and not path.startswith(kept)
        ]
        for path in gone:
            del self._read[path]
        return dict.fromkeys(gone)

    def _streams(self) -> dict[str, Content]:
        names = ([STDIN] if STDIN in self._paths else []) + self.listing.streams
        for name in names:
            self._read[name] = None
        return {name: _drain(name) for name in names}

    def _is_new(self, path: str, content: Content) -> bool:
        """Drop what is the same text again (touched, rewritten, renamed over)."""
        if content is None:
            return self._content.pop(path, None) is not None
        if self._content.get(path) == content:
            return False
        self._content[path] = content
        return True


def _drain(name: str) -> str | FileProblem:
    """Read a stream to its end."""
    try:
        if name == STDIN:
            return decoded(name, sys.stdin.buffer.read(MAX_BYTES + 1))
        return read_text(name)
    except OSError as error:
        return unreadable(name, error)
