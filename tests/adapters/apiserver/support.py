"""What the tests of the API share: a store, documents, requests without a socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from portway.adapters.apiserver.http.app import Application
from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Refused
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import WriteOptions

NOW = datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)
ROUTE = "gateway.networking.k8s.io/v1"
ROUTES = f"/apis/{ROUTE}/namespaces/default/httproutes"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def store(**more: Any) -> ObjectStore:
    """A store in memory whose clock stands still."""
    made = ObjectStore(clock=lambda: NOW, **more)
    made.start()
    return made


def kind(of: ObjectStore, plural: str) -> Kind:
    """A kind by its plural."""
    return next(each for each in of.kinds.values() if each.plural == plural)


def options(of: Kind, manager: str = "tests", **more: Any) -> WriteOptions:
    """The options of a write in a kind's preferred version."""
    return WriteOptions(api_version=of.api_version(), manager=manager, **more)


def config_map(name: str = "conf", **data: str) -> dict[str, Any]:
    """A ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def route(name: str = "app", *hosts: str) -> dict[str, Any]:
    """An HTTPRoute."""
    return {
        "apiVersion": ROUTE,
        "kind": "HTTPRoute",
        "metadata": {"name": name},
        "spec": {"hostnames": list(hosts or ("app.example.com",)), "rules": [{}]},
    }


def crd(plural: str = "widgets", group: str = "example.com", schema: Any = None) -> dict[str, Any]:
    """A definition of a namespaced kind."""
    spec = {"type": "object", "properties": {"size": {"type": "integer", "minimum": 1}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": plural[:-1].capitalize()},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {
                        "openAPIV3Schema": schema
                        or {"type": "object", "properties": {"spec": spec}}
                    },
                }
            ],
        },
    }


def refused(call: Any, *arguments: Any, **named: Any) -> Refused:
    """The refusal a call ends in."""
    try:
        call(*arguments, **named)
    except Refused as found:
        return found
    raise AssertionError("it was not refused")


class Response:
    """What came back."""

    def __init__(self, code: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.code = code
        self.body = body
        self.content_type = dict(headers).get(b"content-type", b"").decode()
        self.warnings = [value.decode() for name, value in headers if name == b"warning"]

    @property
    def json(self) -> Any:
        """The body as a document."""
        return msgspec.json.decode(self.body)


class Client:
    """Requests to an application, without a socket."""

    def __init__(self, of: ObjectStore, **more: Any) -> None:
        self.app = Application(of, clock=lambda: NOW, **more)

    async def request(
        self,
        method: str,
        url: str,
        body: Any = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Response:
        """One request and its whole answer."""
        raw = body if isinstance(body, bytes) else b""
        if body is not None and not isinstance(body, bytes):
            raw = msgspec.json.encode(body)
        messages: list[Any] = [{"type": "http.request", "body": raw, "more_body": False}]
        sent: list[Any] = []

        async def receive() -> Any:
            if messages:
                return messages.pop(0)
            await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope(method, url, content_type, headers), receive, send)
        pieces = b"".join(each.get("body", b"") for each in sent[1:])
        return Response(sent[0]["status"], sent[0]["headers"], pieces)

    @asynccontextmanager
    async def watch(self, url: str, **headers: str) -> AsyncIterator["Stream"]:
        """A watch; it ends with the block, as if the client hung up."""
        stream = Stream()
        first = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            if first:
                return first.pop(0)
            await stream.closed.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            for line in message.get("body", b"").splitlines():
                stream.events.put_nowait(msgspec.json.decode(line))

        async with asyncio.TaskGroup() as group:
            group.create_task(self.app(scope("GET", url, "", headers), receive, send))
            try:
                yield stream
            finally:
                stream.closed.set()


class Stream:
    """The events of a watch."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Any] = asyncio.Queue()
        self.closed = asyncio.Event()

    async def next(self) -> Any:
        """The next event."""
        async with asyncio.timeout(5):
            return await self.events.get()

    async def told(self) -> tuple[str, str]:
        """(type, name) of the next event."""
        event = await self.next()
        return event["type"], event["object"]["metadata"].get("name", "")


def scope(method: str, url: str, content_type: str, headers: dict[str, str]) -> dict[str, Any]:
    path, _, query = url.partition("?")
    all_headers = {"user-agent": "tests/1", "content-type": content_type, **headers}
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(k.encode(), v.encode()) for k, v in all_headers.items()],
    }
