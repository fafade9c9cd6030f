"""One list of an API server, followed until cancelled: what is told adds up to what the server has.

Knows the order of list and watch and what each failure means for it: a watch that ends goes on
where it was, a revision the server has forgotten (410) leads to a new listing, which replaces
nothing until it is complete. Must not know kinds nor what is done with a change.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from portway.adapters.kube import protocol
from portway.adapters.kube.client import JSON, Client
from portway.adapters.kube.failure import (
    GONE,
    NOT_FOUND,
    ApiFailure,
    Garbled,
    Unreachable,
    failure_of,
)
from portway.adapters.kube.mirror import Change, Mirror
from portway.adapters.kube.rhythm import Backoff

_log = logging.getLogger(__name__)

# A server that was set back to an earlier state does not know our revision, and need not say 410.
_ANEW_AFTER: Final = 5
_BUSY: Final = (429, 503)
# A server that knows no WatchList says that the parameters are wrong.
_NO_WATCH_LIST: Final = (400, 422)


class Reflector:
    """Keeps one mirror equal to one list."""

    def __init__(
        self,
        client: Client,
        path: str,
        tell: Callable[[list[Change]], None],
        *,
        accept: str = JSON,
        accept_list: str = JSON,
        selector: str = "",
        labels: str = "",
        streams: bool = True,
        missing: Callable[[], None] = lambda: None,
    ) -> None:
        """``path`` of the list, `tell` is told every change. ``accept`` and ``accept_list``: the
        forms of what a watch and a list hold; ``selector`` of fields, ``labels`` of objects;
        ``streams``: try a listing by watch (WatchList) first. ``missing`` is told when the server
        says that there is no such list."""
        self.mirror = Mirror()
        self.listed = asyncio.Event()
        """Set once everything was told for the first time."""
        self.refused: ApiFailure | None = None
        """The server's last no, until it says yes."""
        self._client = client
        self._path = path
        self._tell = tell
        self._accept = accept
        self._accept_list = accept_list
        wanted = {"fieldSelector": selector, "labelSelector": labels}
        self._selector = {key: value for key, value in wanted.items() if value}
        self._streams = streams
        self._missing = missing
        self._revision = ""  # where the next watch goes on; empty: a listing comes first
        self._whole = False  # whether the next listing comes in one piece
        # What a listing by watch has told so far; None when there is none under way.
        self._initial: dict[protocol.Place, msgspec.Raw] | None = None
        self._backoff = Backoff(client.rhythm)

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            wait = await self._session()
            await self._client.pause(wait)

    async def _session(self) -> float:
        """One listing, if one is needed, and one watch; seconds to wait before the next."""
        started = time.monotonic()
        failure = await self._tried()
        if time.monotonic() - started >= self._client.rhythm.settled:
            self._backoff.reset()
        if isinstance(failure, ApiFailure):
            return self._failed(failure)
        if failure is not None:
            _log.debug("%s: %s", self._path, failure)
        return self._backoff.next()

    async def _tried(self) -> Exception | None:
        """How it ended; None if as it should."""
        try:
            if not self._revision and not self._streams:
                await self._list()
            await self._watch()
        except ApiFailure as failure:
            return failure
        except Unreachable as failure:
            return failure
        except Garbled as failure:
            _log.warning("%s: %s; it is listed anew", self._path, failure)
            self._revision = ""
        if self._initial is not None:
            # It ended before everything was told: it may be that the server did not know what was
            # asked of it. A list in pieces is known to all.
            self._streams = False
        return None

    async def _list(self) -> None:
        parameters = dict(self._selector)
        if not self._whole:
            parameters["limit"] = str(self._client.rhythm.page)
        items: list[msgspec.Raw] = []
        revision = ""
        while True:
            body = await self._client.get(self._path, parameters, self._accept_list)
            page = protocol.page(body)
            items += page.items or ()
            # All pieces are of one moment; were they not, what came after the first comes again.
            revision = revision or page.metadata.resource_version
            if not page.metadata.more:
                break
            parameters["continue"] = page.metadata.more
        self._whole = False
        self._complete(items, revision)

    async def _watch(self) -> None:
        rhythm = self._client.rhythm
        self._initial = None if self._revision else {}
        try:
            # The client's own limits come first: they close what was begun.
            async with asyncio.timeout(2 * rhythm.piece) as limit:
                async with self._client.lines(self._path, self._query(), self._accept) as lines:
                    self._allowed()
                    self._extend(limit)
                    async for line in lines:
                        self._take(protocol.event(line))
                        self._extend(limit)
        except TimeoutError:
            if self._initial is not None:
                self._streams = False
            raise Unreachable("the watch fell silent") from None

    def _extend(self, limit: asyncio.Timeout) -> None:
        """Objects come one after the other, but what happens later may take a while."""
        rhythm = self._client.rhythm
        longest = rhythm.silence if self._initial is None else rhythm.piece
        limit.reschedule(asyncio.get_running_loop().time() + longest)

    def _query(self) -> dict[str, str]:
        lifetime = self._client.rhythm.lifetime * (1 + random.random())
        query = {
            **self._selector,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(max(1, round(lifetime))),
        }
        if self._revision:
            return {**query, "resourceVersion": self._revision}
        return {**query, "sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}

    def _take(self, event: protocol.WatchEvent) -> None:
        if event.type == "ERROR":
            raise failure_of(bytes(event.object))
        seen = protocol.head(event.object)
        if self._initial is not None:
            self._take_initial(event, seen)
            return
        match event.type:
            case "ADDED" | "MODIFIED":
                self._told(self.mirror.put(event.object))
            case "DELETED":
                self._told(self.mirror.remove(event.object))
            case "BOOKMARK":
                pass
            case other:
                raise Garbled(f"{other[:40]!r} is no type of an event")
        if protocol.newer(seen.revision, self._revision):
            self._revision = seen.revision

    def _take_initial(self, event: protocol.WatchEvent, seen: protocol.Head) -> None:
        assert self._initial is not None
        if event.type == "BOOKMARK":
            if (seen.metadata.annotations or {}).get(protocol.INITIAL_END) == "true":
                self._complete(self._initial.values(), seen.revision)
        elif event.type == "ADDED":
            self._initial[seen.place] = event.object
        else:
            raise Garbled(f"{event.type[:40]!r} among what there was at first")

    def _complete(self, items: Iterable[msgspec.Raw], revision: str) -> None:
        if not revision:
            raise Garbled("the list has no resourceVersion")
        changes = self.mirror.replace(items)
        self._revision, self._initial = revision, None
        self._told(changes)
        self._allowed()
        self.listed.set()

    def _allowed(self) -> None:
        """The server said yes."""
        if self.refused is not None:
            _log.info("%s can be read again", self._path)
            self.refused = None

    def _told(self, changes: list[Change]) -> None:
        if changes:
            self._tell(changes)

    def _failed(self, failure: ApiFailure) -> float:
        """What the server's no means; seconds to wait."""
        streaming = self._initial is not None
        if streaming and failure.status in _NO_WATCH_LIST:
            self._streams = False
            return 0.0
        if failure.status == GONE:
            # In the middle of a list: its next try does not come in pieces that can grow old.
            self._whole = not self._revision
            if self._revision:
                # It is there, and has forgotten: how long it was away says nothing about a listing.
                self._backoff.reset()
            self._revision = ""
            return self._backoff.next(failure.retry_after)
        if failure.status == NOT_FOUND:
            self._missing()
        if self.refused is None or str(self.refused) != str(failure):
            _log.warning(
                "%s: the API server says %s; it is tried again, and what was read before stays",
                self._path,
                failure,
            )
        self.refused = failure
        if self._backoff.tries >= _ANEW_AFTER and failure.status not in _BUSY:
            self._revision = ""
        return self._backoff.next(failure.retry_after)
