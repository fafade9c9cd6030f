"""All objects in memory, one revision over everything, and the journal behind it.

Knows how a write becomes visible, durable and told. Must not know the rules of writes. A write is
readable at once and told (to watches and to the core) once it is durable. After a restart the
revision jumps ahead, so that nobody continues from a revision that was read but never durable.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Refused
from portway.adapters.apiserver.store.filed import Filed
from portway.adapters.apiserver.store.journal import Journal, JournalError, Row
from portway.adapters.apiserver.store.stored import Stored
from portway.adapters.apiserver.store.watchlog import Change, WatchLog

RESTART_JUMP: Final = 100_000
# No object: only the revision that is noted with it is meant.
_NOWHERE: Final = Row("", "", "", None)
_log = logging.getLogger(__name__)

Place = tuple[str, str, str]
"""kind key, namespace, name"""


class Table:
    """The objects of one kind."""

    def __init__(self, kind: Kind, revision: int) -> None:
        self.kind = kind
        self.spaces: dict[str, dict[str, Stored]] = {}
        self.log = WatchLog(revision)
        self.hidden: dict[tuple[str, str], Stored] = {}
        """The API's objects whose places files have, by namespace and name."""

    def get(self, namespace: str, name: str) -> Stored | None:
        """The object at a place."""
        space = self.spaces.get(namespace)
        return None if space is None else space.get(name)

    def listed(self, namespace: str = "") -> list[Stored]:
        """All objects, or those of a namespace, sorted by namespace and name."""
        spaces = [namespace] if namespace else sorted(self.spaces)
        return [
            space[name]
            for space in (self.spaces.get(each, {}) for each in spaces)
            for name in sorted(space)
        ]


class Tables:
    """Every object. Call it from the event loop's thread."""

    def __init__(
        self,
        kinds: Iterable[Kind],
        *,
        path: Path | None,
        told: Callable[[Kind, Change], None] = lambda _kind, _change: None,
    ) -> None:
        """``path``: of the journal; None keeps nothing. ``told``: called for each durable change.

        Raises JournalError if the journal cannot be opened.
        """
        self.revision = 1
        self.tables: dict[str, Table] = {kind.key: Table(kind, 1) for kind in kinds}
        self.typed = {table.kind.kind: table for table in self.tables.values() if table.kind.typed}
        """The tables of the kinds that the core has a type for, by the kind's name."""
        self.dependents: dict[str, set[Place]] = {}
        self.committed: Callable[[Kind, Change], None] = lambda _kind, _change: None
        """Called at once with each change, before it is durable."""
        self.failure: JournalError | None = None
        self._told = told
        self._untold: deque[tuple[Table, Change]] = deque()
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._durable = 1
        self._noted = 1
        self._journal = None if path is None else Journal(path, self._from_journal)

    def load(self) -> list[Row]:
        """Read the journal; rows of kinds that are not known yet come back, for a second try with
        `restore`."""
        if self._journal is None:
            return []
        revision, rows = self._journal.load()
        if revision:
            self.revision = self._durable = self._noted = revision + RESTART_JUMP
        for table in self.tables.values():
            table.log = WatchLog(self.revision)
        return self.restore(rows)

    def restore(self, rows: Iterable[Row]) -> list[Row]:
        """Put rows of the journal into memory; those of unknown kinds come back."""
        left = []
        decode = msgspec.json.Decoder().decode
        for row in rows:
            table = self.tables.get(row.kind)
            if table is None or row.body is None:
                left.append(row)
                continue
            document = decode(row.body)
            stored = Stored(document, int(document["metadata"]["resourceVersion"]))
            table.spaces.setdefault(row.namespace, {})[row.name] = stored
            self._index((row.kind, row.namespace, row.name), None, stored)
        return left

    def add(self, kind: Kind) -> Table:
        """Serve a kind from now on, or serve its new form."""
        table = self.tables.get(kind.key)
        if table is None:
            table = self.tables[kind.key] = Table(kind, self.revision)
        else:
            table.kind = kind
        return table

    def commit(self, kind: Kind, old: Stored | None, new: Stored | None, gone: Any = None) -> int:
        """Make a change: ``new`` takes the place of ``old``; without ``new``, ``gone`` is how the
        object looked when it went. Both carry the next revision. Returns that revision."""
        if self.failure is not None:
            raise Refused(500, "InternalError", str(self.failure))
        last = new if new is not None else gone
        table = self.tables[kind.key]
        table.log.kept = True
        self.revision = last.revision
        place = (kind.key, last.namespace, last.name)
        space = table.spaces.setdefault(last.namespace, {})
        if new is not None:
            space[last.name] = new
        else:
            space.pop(last.name, None)
            if not space:
                del table.spaces[last.namespace]
        self._index(place, old, new)
        change = Change(self.revision, new, old, last)
        self._untold.append((table, change))
        if self._journal is None:
            self._noted = self.revision
            self._settled(self.revision, None)
        else:
            self._note(Row(*place, new.body if new else None))
        self.committed(kind, change)
        return self.revision

    def show(self, table: Table, old: Stored | None, new: Filed | None, last: Filed) -> None:
        """What a file holds takes a place, or leaves it without ``new``; ``last`` is how it is or
        was, and carries the next revision. What the API had there is hidden; to bring it back is
        the caller's. The journal is not concerned: the file is what lasts."""
        self.revision = last.revision
        space = table.spaces.setdefault(last.namespace, {})
        if old is not None and not isinstance(old, Filed):
            table.hidden[last.namespace, last.name] = old
        if new is not None:
            space[last.name] = new
        else:
            del space[last.name]
            if not space:
                del table.spaces[last.namespace]
        change = Change(self.revision, new, old, last)
        if self._untold:
            # In the order of the revisions; it is told with the write before it.
            self._untold.append((table, change))
        else:
            table.log.append(change)
        if self._journal is not None and self.revision - self._noted > RESTART_JUMP // 2:
            self._note(_NOWHERE)
        if new is None:
            self.committed(table.kind, change)

    async def durable(self, revision: int) -> None:
        """Until a revision is on the disk. Raises Refused (500) if it never will be."""
        # What came after the last write came from files.
        revision = min(revision, self._noted)
        if revision <= self._durable:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((revision, future))
        await future

    def close(self) -> None:
        """Write what is left."""
        if self._journal is not None:
            self._journal.close()

    def _note(self, row: Row) -> None:
        """Into the journal, with the revision."""
        assert self._journal is not None
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._journal.append(self.revision, row)
        self._noted = self.revision

    def _from_journal(self, revision: int, error: JournalError | None) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._settled, revision, error)
        except RuntimeError:  # the loop has ended: nobody is waiting any more
            _log.debug("revision %d became durable after the end", revision)

    def _settled(self, revision: int, error: JournalError | None) -> None:
        if error is not None:
            self.failure = error
            _log.error("%s; nothing more is accepted", error)
            refused = Refused(500, "InternalError", str(error))
            for _, future in self._waiting:
                if not future.done():
                    future.set_exception(refused)
            self._waiting.clear()
            return
        self._durable = revision
        while self._untold:
            table, change = self._untold[0]
            filed = isinstance(change.last, Filed)
            if change.revision > revision and not filed:
                break
            self._untold.popleft()
            table.log.append(change)
            if not filed:
                self._told(table.kind, change)
        while self._waiting and self._waiting[0][0] <= revision:
            _, future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)

    def _index(self, place: Place, old: Stored | None, new: Stored | None) -> None:
        for uid in owners(old) - owners(new):
            held = self.dependents.get(uid, set())
            held.discard(place)
            if not held:
                self.dependents.pop(uid, None)
        for uid in owners(new):
            self.dependents.setdefault(uid, set()).add(place)


def owners(stored: Stored | None) -> set[str]:
    """The uids of an object's owners."""
    if stored is None:
        return set()
    references = stored.document["metadata"].get("ownerReferences") or ()
    return {reference["uid"] for reference in references if isinstance(reference, dict)}
