"""The API as an ASGI application.

Knows which part answers which path, and how an answer becomes a response. Must not know TLS or
sockets. An answer to a write goes out only once the write is on the disk.
"""

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

from portway.adapters.apiserver.http import discovery, openapi, openapi2, pod_log
from portway.adapters.apiserver.http.body import MAX_BYTES
from portway.adapters.apiserver.http.frames import encode
from portway.adapters.apiserver.http.path import parse
from portway.adapters.apiserver.http.query import Query
from portway.adapters.apiserver.http.resources import (
    Answer,
    Ask,
    Headers,
    Resources,
    not_allowed,
    not_served,
)
from portway.adapters.apiserver.problem import Refused
from portway.adapters.apiserver.store.objects import ObjectStore

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_AGGREGATED: Final = "as=APIGroupDiscoveryList"
_log = logging.getLogger(__name__)


class Application:
    """Serves a store."""

    def __init__(
        self,
        store: ObjectStore,
        *,
        token: str | None = None,
        controller: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``token``: what every request must bear, if given. ``controller``: the name of the one
        that whoever serves this is itself."""
        self._version = discovery.version(controller)
        self._store = store
        self._token = None if token is None else f"Bearer {token}".encode()
        self._resources = Resources(store, clock, monotonic)
        self._cached: dict[tuple[str, str], bytes] = {}
        self._cached_for = 0
        self._watches: set[asyncio.Task[None]] = set()

    def end_watches(self) -> None:
        """End every watch, as if its time were over."""
        for each in self._watches:
            each.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers: Headers = dict(scope["headers"])
        try:
            self._authenticate(headers)
            body = await _body(receive, headers)
            answer = await self._answer(scope, headers, body)
            if answer.revision:
                await self._store.tables.durable(answer.revision)
        except Refused as refused:
            answer = Answer(refused.code, encode(refused.status()))
        except Exception:
            _log.exception("%s %s failed", scope["method"], scope["path"])
            message = "Internal error occurred: see the log of the server"
            answer = Answer(500, encode(Refused(500, "InternalError", message).status()))
        await self._respond(scope["method"], answer, receive, send)

    async def _respond(self, method: str, answer: Answer, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", answer.content_type.encode()),
            (b"cache-control", b"no-cache, private"),
        ]
        headers += [(b"warning", _warning(each)) for each in answer.warnings]
        if answer.stream is None:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.code, "headers": headers})
        if answer.stream is None:
            body = b"" if method == "HEAD" else answer.body
            await send({"type": "http.response.body", "body": body})
            return
        # The headers go out at once: a client waits for them before it believes in the watch.
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        async with asyncio.TaskGroup() as group:
            stream = group.create_task(_stream(answer.stream, send))
            self._watches.add(stream)
            stream.add_done_callback(self._watches.discard)
            gone = group.create_task(_gone(receive, stream))
            stream.add_done_callback(lambda _: gone.cancel())
        await send({"type": "http.response.body", "body": b""})

    def _authenticate(self, headers: Headers) -> None:
        if self._token is None:
            return
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._token):
            raise Refused(401, "Unauthorized", "Unauthorized")

    async def _answer(self, scope: Scope, headers: Headers, body: bytes) -> Answer:
        path: str = scope["path"]
        method: str = scope["method"]
        query = Query(scope["query_string"].decode("latin-1"))
        # A space or a slash inside a segment comes escaped and must stay in its segment.
        raw = scope.get("raw_path")
        target = parse(raw.decode("latin-1") if raw else path)
        if target is not None and pod_log.asks(method, target):
            return await pod_log.answer(self._store, target, query)
        if target is not None and target.plural:
            return self._resources.answer(Ask(method, target, query, headers, body))
        if method not in ("GET", "HEAD"):
            raise not_allowed(method, path)
        return self._about(path, headers.get(b"accept", b"").decode("latin-1"))

    def _about(self, path: str, accept: str) -> Answer:
        """What the server says of itself."""
        if path in ("/healthz", "/livez", "/readyz"):
            return Answer(200, b"ok", content_type="text/plain; charset=utf-8")
        if path == "/version":
            return Answer(200, encode(self._version))
        if path == "/openapi/v2":
            body = self._kept(path, "", lambda: openapi2.document(self._kinds()))
            return Answer(200, body, content_type=openapi2.MEDIA_TYPE)
        if path in ("/api", "/apis") and (version := _aggregated(accept)):
            body = self._kept(path, version, lambda: self._groups(path, version))
            media = f"application/json;g=apidiscovery.k8s.io;v={version};{_AGGREGATED}"
            return Answer(200, body, content_type=media)
        return Answer(200, self._kept(path, "", lambda: self._document(path)))

    def _document(self, path: str) -> bytes:
        kinds = self._kinds()
        document: Any
        match path.strip("/").split("/"):
            case ["api"]:
                document = discovery.core_versions()
            case ["apis"]:
                document = discovery.group_list(kinds)
            case ["apis", group]:
                document = discovery.group(kinds, group)
            case ["api", version]:
                document = discovery.resource_list(kinds, "", version)
            case ["apis", group, version]:
                document = discovery.resource_list(kinds, group, version)
            case ["openapi", "v3"]:
                document = openapi.index(kinds)
            case ["openapi", "v3", "api", version]:
                document = openapi.document(kinds, "", version)
            case ["openapi", "v3", "apis", group, version]:
                document = openapi.document(kinds, group, version)
            case [""]:
                document = {"paths": ["/api", "/apis", "/openapi/v2", "/openapi/v3", "/version"]}
            case _:
                document = None
        if document is None:
            raise not_served(f"there is nothing at {path}")
        return encode(document)

    def _groups(self, path: str, version: str) -> bytes:
        return encode(discovery.aggregated(self._kinds(), version, core=path == "/api"))

    def _kinds(self) -> list[Any]:
        return list(self._store.kinds.values())

    def _kept(self, path: str, version: str, make: Callable[[], bytes]) -> bytes:
        """A document that changes only when the set of kinds does."""
        if self._cached_for != self._store.changed:
            self._cached.clear()
            self._cached_for = self._store.changed
        found = self._cached.get((path, version))
        if found is None:
            found = self._cached[path, version] = make()
        return found


def _aggregated(accept: str) -> str:
    """The version of aggregated discovery that is asked for; empty if plain discovery is."""
    for part in accept.replace(" ", "").split(","):
        if _AGGREGATED in part:
            if ";v=v2beta1" in part:
                return "v2beta1"
            if ";v=v2" in part:
                return "v2"
        elif part.startswith("application/json"):
            return ""
    return ""


async def _body(receive: Receive, headers: Headers) -> bytes:
    length = headers.get(b"content-length", b"0")
    too_large = Refused(
        413, "RequestEntityTooLarge", f"Request entity too large: limit is {MAX_BYTES}"
    )
    if length.isdigit() and int(length) > MAX_BYTES:
        raise too_large
    pieces = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        piece = message.get("body", b"")
        size += len(piece)
        if size > MAX_BYTES:
            raise too_large
        pieces.append(piece)
        if not message.get("more_body"):
            break
    return b"".join(pieces)


async def _stream(pieces: AsyncIterator[bytes], send: Send) -> None:
    async for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _gone(receive: Receive, stream: asyncio.Task[None]) -> None:
    """End the stream when the client goes: nothing else tells a watch that nobody listens."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.cancel()


def _warning(text: str) -> bytes:
    plain = "".join(each if each.isprintable() else " " for each in text)
    quoted = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{quoted}"'.encode()
