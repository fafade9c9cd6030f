"""A watch: what happened since a revision, and what happens from now on.

Knows the order of events and when a watch must begin anew. Must not know sockets: it yields
bytes. A watch with a selector shows an object that stops matching as deleted.
"""

import random
from collections.abc import AsyncIterator, Callable
from typing import Final

from portway.adapters.apiserver.http.frames import Frames, failure
from portway.adapters.apiserver.http.query import Query
from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Cause, Refused, bad_request, expired, invalid
from portway.adapters.apiserver.store.selector import Test
from portway.adapters.apiserver.store.tables import Table, Tables
from portway.adapters.apiserver.store.watchlog import Change

_BOOKMARK_SECONDS: Final = 30.0
_LIFETIME_SECONDS: Final = 1800
_CHUNK: Final = 500


class Watch:
    """One watch, from its query to its end."""

    def __init__(
        self,
        tables: Tables,
        kind: Kind,
        namespace: str,
        test: Test | None,
        query: Query,
        frames: Frames,
        monotonic: Callable[[], float],
    ) -> None:
        """Raises Refused (400, 410, 422) for a watch that cannot be had."""
        self._tables = tables
        self._table: Table = tables.tables[kind.key]
        self._namespace = namespace
        self._test = test
        self._frames = frames
        self._monotonic = monotonic
        self._bookmarks = query.flag("allowWatchBookmarks")
        seconds = query.number("timeoutSeconds")
        self._lifetime = seconds or _LIFETIME_SECONDS * (1 + random.random())
        self._initial = _initial(kind, query)
        self._ends_initial = query.flag("sendInitialEvents")
        self._table.log.kept = True
        self._from = self._revision(query.text("resourceVersion"))
        # Both at once, so that nothing comes twice and nothing is missed in between.
        self._items = self._table.listed(namespace) if self._initial else []

    async def events(self) -> AsyncIterator[bytes]:
        """The events, several at a time, until the watch has lived long enough."""
        log = self._table.log
        end = self._monotonic() + self._lifetime
        # The position comes first: what happens while the initial events go out is not missed.
        position = log.position(self._from)
        if self._initial:
            items = [
                stored
                for stored in self._items
                if self._test is None or self._test(stored.document)
            ]
            self._items = []
            for start in range(0, len(items), _CHUNK):
                piece = items[start : start + _CHUNK]
                yield b"".join([self._frames.event_of("ADDED", each) for each in piece])
            if self._ends_initial:
                yield self._frames.bookmark(self._from, end_of_initial=True)
        reached = self._from
        while (left := end - self._monotonic()) > 0:
            if not await log.wait(position, min(left, _BOOKMARK_SECONDS)):
                if self._bookmarks:
                    yield self._frames.bookmark(max(reached, self._from))
                continue
            batch = log.since(position)
            if batch.gap:
                yield failure(expired("too old resource version: the watch fell behind").status())
                return
            position = batch.position
            frames = [frame for each in batch.changes if (frame := self._frame(each))]
            reached = batch.changes[-1].revision
            if frames:
                yield b"".join(frames)
        if self._bookmarks:
            yield self._frames.bookmark(max(reached, self._from))

    def _frame(self, change: Change) -> bytes | None:
        if change.revision <= self._from:
            return None
        if self._namespace and change.last.namespace != self._namespace:
            return None
        test = self._test
        matched = change.old is not None and (test is None or test(change.old.document))
        matches = change.new is not None and (test is None or test(change.new.document))
        if matches:
            return self._frames.event("MODIFIED" if matched else "ADDED", change)
        return self._frames.event("DELETED", change) if matched else None

    def _revision(self, given: str) -> int:
        """The revision the watch goes on from. Raises Refused (400, 410)."""
        if self._initial or given in ("", "0"):
            return self._tables.revision
        if not given.isascii() or not given.isdigit():
            raise bad_request(f'Invalid value: "{given}": resourceVersion must be a number')
        revision = int(given)
        if revision < self._table.log.oldest:
            oldest = self._table.log.oldest
            raise expired(f"too old resource version: {revision} ({oldest})")
        if revision > self._tables.revision:
            message = f"Too large resource version: {revision}, current: {self._tables.revision}"
            details = {"retryAfterSeconds": 1, "causes": [{"reason": "ResourceVersionTooLarge"}]}
            raise Refused(504, "Timeout", message, details)
        return revision


def _initial(kind: Kind, query: Query) -> bool:
    """Whether the objects there are now come first."""
    if not query.given("sendInitialEvents"):
        return query.text("resourceVersion") in ("", "0")
    match = query.text("resourceVersionMatch")
    if match != "NotOlderThan":
        message = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to "
        cause = Cause("resourceVersionMatch", message + "NotOlderThan", "FieldValueForbidden")
        raise invalid(kind, "", [cause])
    return query.flag("sendInitialEvents") or query.text("resourceVersion") in ("", "0")
