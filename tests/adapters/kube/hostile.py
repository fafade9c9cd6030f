"""An API server that may do everything wrong that one can do and still be one.

It holds one list. What goes wrong is written down before as moods, one for each request that comes;
after the last it behaves. No sockets: it is the transport of a client.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import httpx

LIST = "/apis/gateway.networking.k8s.io/v1/httproutes"
MOODS = (
    "refused",
    "500",
    "429",
    "409",
    "slow",
    "expired",
    "cut",
    "half",
    "twice",
    "backwards",
    "silent",
    "nonsense",
    "no-watch-list",
    "ends",
)
INITIAL_END = {"k8s.io/initial-events-end": "true"}


class Hostile(httpx.AsyncBaseTransport):
    """The server. `put` and `delete` are what others do to its objects."""

    def __init__(self, moods: list[str] | None = None, *, watch_list: bool = True) -> None:
        self.moods = moods or []
        self.watch_list = watch_list
        self.away = False
        self.objects: dict[str, dict[str, Any]] = {}
        self.places: dict[str, str] = {}
        self.revision = 10
        self.history: list[tuple[int, str, dict[str, Any]]] = []
        self.oldest = 0
        self.asked: list[dict[str, str]] = []
        self._news = asyncio.Event()

    def put(
        self,
        name: str,
        value: int = 0,
        spec: dict[str, Any] | None = None,
        namespace: str = "default",
    ) -> None:
        self.revision += 1
        self.places[name] = namespace
        kind = "MODIFIED" if name in self.objects else "ADDED"
        made = {"metadata": self._metadata(name), "spec": spec or {"value": value}}
        self.objects[name] = made
        self._happened(kind, made)

    def delete(self, name: str) -> None:
        if name in self.objects:
            self.revision += 1
            gone = self.objects.pop(name)
            self._happened("DELETED", {**gone, "metadata": self._metadata(name)})

    def forget(self) -> None:
        """Compact: no watch may begin before now."""
        self.oldest = self.revision
        self.history.clear()

    def _metadata(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "namespace": self.places[name],
            "resourceVersion": str(self.revision),
        }

    def _happened(self, kind: str, document: dict[str, Any]) -> None:
        self.history.append((self.revision, kind, document))
        self._news.set()
        self._news = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        query = {name: each[-1] for name, each in parse_qs(request.url.query.decode()).items()}
        self.asked.append(query)
        if self.away:
            raise httpx.ConnectError("nobody there", request=request)
        mood = self.moods.pop(0) if self.moods else ""
        match mood:
            case "refused":
                raise httpx.ConnectError("connection refused", request=request)
            case "500":
                return httpx.Response(500, content=b"etcdserver: leader changed")
            case "429":
                return httpx.Response(429, headers={"Retry-After": "0"}, json=status(429))
            case "409":
                return httpx.Response(409, json=status(409))
            case "slow":
                await asyncio.sleep(0.02)
        if query.get("watch") == "true":
            return self._watched(query, mood)
        return self._listed(query, mood)

    def _listed(self, query: dict[str, str], mood: str) -> httpx.Response:
        if mood == "nonsense":
            return httpx.Response(200, content=b'{"kind":"List","items":7}')
        names = sorted(each for each in self.objects if _chosen(query, each))
        after = query.get("continue", "")
        if mood == "expired" and after:
            return httpx.Response(410, json=status(410))
        rest = [name for name in names if name > after] if after else names
        limit = int(query.get("limit", "0")) or len(rest)
        found, more = rest[:limit], rest[limit:]
        metadata = {"resourceVersion": str(self.revision)}
        if more:
            metadata["continue"] = found[-1]
        items = [self.objects[name] for name in found]
        return httpx.Response(200, json={"metadata": metadata, "items": items})

    def _watched(self, query: dict[str, str], mood: str) -> httpx.Response:
        initial = query.get("sendInitialEvents") == "true"
        if initial and (not self.watch_list or mood == "no-watch-list"):
            return httpx.Response(422, json=status(422))
        since = self.revision if initial else int(query["resourceVersion"])
        if since > self.revision:
            return httpx.Response(504, json=status(504))
        if not initial and since < self.oldest:
            return httpx.Response(410, json=status(410))
        return httpx.Response(200, stream=Stream(self, since, mood, initial, query))

    async def lines(
        self, since: int, mood: str, initial: bool, query: dict[str, str]
    ) -> AsyncIterator[bytes]:
        if mood == "nonsense":
            yield b"<html>\n"
        if mood == "expired":
            yield line("ERROR", status(410))
            return
        if initial:
            for name, each in list(self.objects.items()):
                if _chosen(query, name):
                    yield line("ADDED", each)
            yield line("BOOKMARK", bookmark(since, INITIAL_END))
        while True:
            if since < self.oldest:
                yield line("ERROR", status(410))
                return
            batch = [each for each in self.history if each[0] > since]
            if mood == "silent":
                batch = []
            if mood == "backwards":
                batch.reverse()
            news = self._news
            for revision, kind, document in batch:
                if not _chosen(query, document["metadata"]["name"]):
                    continue
                whole = line(kind, document)
                if mood == "half":
                    yield whole[: len(whole) // 2]
                    raise httpx.ReadError("connection reset")
                yield whole
                if mood == "twice":
                    yield whole
                since = max(since, revision)
                if mood == "cut":
                    raise httpx.ReadError("connection reset")
            if mood == "ends":
                return
            if mood != "silent":
                yield line("BOOKMARK", bookmark(since))
            await news.wait()


class Stream(httpx.AsyncByteStream):
    """An endless answer."""

    def __init__(
        self, server: Hostile, since: int, mood: str, initial: bool, query: dict[str, str]
    ) -> None:
        self._lines = server.lines(since, mood, initial, query)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for each in self._lines:
            yield each


def status(code: int) -> dict[str, Any]:
    return {"kind": "Status", "code": code, "reason": "Because", "message": f"it is {code}"}


def bookmark(revision: int, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    return {"metadata": {"resourceVersion": str(revision), "annotations": annotations or {}}}


def line(kind: str, document: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "object": document}).encode() + b"\n"


def _chosen(query: dict[str, str], name: str) -> bool:
    """Whether a selector of fields, as far as it asks for a name, takes an object."""
    asked = [each for each in query.get("fieldSelector", "").split(",") if "metadata.name=" in each]
    return all(each == f"metadata.name={name}" for each in asked)
