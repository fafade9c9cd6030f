"""Statuses into a cluster: what we say of objects, beside what others say there.

Knows when to write and when to try again: one write after the other for each object, so many a
second, the latest status only, in turns of what waits longest and of what came last: behind
thousands that a start or a new leader has to look at nobody waits who has just changed something.
Must not know what a status means; what becomes of what stands there is for the one who made it to
say (``merged``).

Server-side apply with our own field manager. The lists of routes' parents and policies' ancestors
are atomic to the API server, so whoever writes one writes all of it: a write names the revision
that it was made from, and if somebody was faster (409) it is made anew.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from portway.adapters.kube.client import Client
from portway.adapters.kube.failure import NOT_FOUND, ApiFailure, Garbled, Unreachable
from portway.adapters.kube.rhythm import Backoff, Pace
from portway.core.model import ObjectKey

_log = logging.getLogger(__name__)

MANAGER: Final = "portway"
_CONFLICT: Final = 409
_WRITERS: Final = 4

Status = dict[str, Any]


class _Object(msgspec.Struct, rename="camel"):
    """What of an object a write of its status depends on."""

    api_version: str
    kind: str
    metadata: "_Metadata"
    status: Status | None = None


class _Metadata(msgspec.Struct, rename="camel"):
    resource_version: str
    uid: str = ""


class StatusWriter:
    """Writes for as long as it runs and `may_write` says so."""

    def __init__(
        self,
        client: Client,
        path: Callable[[ObjectKey], str | None],
        status: Callable[[ObjectKey], Status | None],
        merged: Callable[[Status | None, Status], tuple[Status, Status]],
        *,
        may_write: Callable[[], bool] = lambda: True,
        settled: Callable[[], bool] = lambda: True,
        writes: float = 100.0,
        reads: float = 400.0,
    ) -> None:
        """``path`` of an object, ``status`` that we say of it now; ``merged`` gives of that and of
        what stands there what should stand there, and what has to be applied for it. ``settled``:
        whether nothing said means that there is nothing to say, and not that it was not found yet.
        ``writes`` and ``reads``: how many a second at most; a new leader reads all there is, and
        a read costs the server a fraction of what a write does."""
        self._client = client
        self._path = path
        self._status = status
        self._merged = merged
        self._may_write = may_write
        self._settled = settled
        self._writes = Pace(writes)
        self._reads = Pace(reads)
        self._waiting: dict[ObjectKey, None] = {}
        self._busy: set[ObjectKey] = set()
        self._written: dict[ObjectKey, str] = {}
        self._newest = False
        self._tries: dict[ObjectKey, Backoff] = {}
        self._said: set[str] = set()
        self._news = asyncio.Event()

    def write(self, keys: Iterable[ObjectKey]) -> None:
        """What we say of these may have changed."""
        self._waiting.update(dict.fromkeys(keys))
        self._news.set()

    def seen(self, key: ObjectKey, revision: str) -> None:
        """An object changed in the cluster, and what stands there with it."""
        if self._written.get(key) != revision:
            self.write((key,))

    @property
    def idle(self) -> bool:
        """Whether everything is written."""
        return not (self._waiting or self._busy or self._tries)

    async def run(self) -> None:
        """Write until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_WRITERS):
                group.create_task(self._writing(group))

    async def _writing(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._newest = not self._newest
            waiting = reversed(self._waiting) if self._newest else iter(self._waiting)
            key = next((each for each in waiting if each not in self._busy), None)
            if key is None or not self._may_write():
                self._news.clear()
                await self._news.wait()
                continue
            del self._waiting[key]
            self._busy.add(key)
            try:
                wait = await self._one(key)
            finally:
                self._busy.discard(key)
                self._news.set()
            if wait is not None:
                group.create_task(self._again(key, wait))

    async def _again(self, key: ObjectKey, wait: float) -> None:
        await self._client.pause(wait)
        self.write((key,))

    async def _one(self, key: ObjectKey) -> float | None:
        """Bring one status up to date; seconds until another try, None if it is."""
        try:
            if not await self._bring(key):
                return self._client.rhythm.first
        except (ApiFailure, Unreachable, Garbled) as failure:
            status = getattr(failure, "status", 0)
            if status != NOT_FOUND:
                return self._failed(key, failure, status)
            # The object is gone, or its kind: then there is nothing to say of it.
            self._written.pop(key, None)
        self._tries.pop(key, None)
        return None

    def _failed(self, key: ObjectKey, failure: Exception, status: int) -> float:
        if status not in (0, _CONFLICT):
            words = f"the status of {key.kind} objects cannot be written: {failure}"
            if words not in self._said:
                self._said.add(words)
                _log.warning("%s; it is tried again", words)
        backoff = self._tries.setdefault(key, Backoff(self._client.rhythm))
        return backoff.next(getattr(failure, "retry_after", None))

    async def _bring(self, key: ObjectKey) -> bool:
        """False if it is not known yet what to say."""
        path = self._path(key)
        if path is None:
            return True
        await self._reads.turn()
        there = _decode(await self._client.get(path))
        before = there.status or {}
        said = self._status(key)
        if said is None and not self._settled():
            return False
        wanted, applied = self._merged(said, before)
        if wanted == before:
            self._written[key] = there.metadata.resource_version
            return True
        document = {
            "apiVersion": there.api_version,
            "kind": there.kind,
            "metadata": {
                "name": key.name,
                **({"namespace": key.namespace} if key.namespace else {}),
                "resourceVersion": there.metadata.resource_version,
                "uid": there.metadata.uid,
            },
            "status": applied,
        }
        await self._writes.turn()
        if not self._may_write():
            # Whoever may write now looks at all of it.
            return True
        body = await self._client.apply(f"{path}/status", msgspec.json.encode(document), MANAGER)
        self._written[key] = _decode(body).metadata.resource_version
        return True


def _decode(body: bytes) -> _Object:
    try:
        return msgspec.json.decode(body, type=_Object)
    except msgspec.DecodeError as error:
        raise Garbled(f"this is no object: {error}") from None
