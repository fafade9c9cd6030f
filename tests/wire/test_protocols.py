"""What travels: WebSocket, server-sent events, h2c, gRPC, bodies of any size and pace.

A gateway that buffers, re-frames or swallows breaks applications long before it breaks a status
code; so these tests look at when bytes arrive and whether all of them do.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
import websockets

from tests.wire import seeds
from tests.wire.harness import http2, raw
from tests.wire.harness.grpc_echo import GrpcEcho, GrpcFailedError, grpc_client, grpc_echo
from tests.wire.harness.http2_server import Http2Server
from tests.wire.harness.manifests import (
    Document,
    backend,
    gateway,
    http_route,
    listener,
    rule,
    service,
)
from tests.wire.harness.websocket_echo import WebSocketEcho, websocket_echo
from tests.wire.stage import HTTP, Stage, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

H2C = "kubernetes.io/h2c"
LARGE = 50 * 1024 * 1024
PIECE = 256 * 1024


class Site:
    """The stage and the backends that are no ordinary origins."""

    def __init__(
        self, stage: Stage, h2: Http2Server, sockets: WebSocketEcho, grpc: GrpcEcho, sink: str
    ) -> None:
        self.stage = stage
        self.h2 = h2
        self.sockets = sockets
        self.grpc = grpc
        self.sink = sink
        self.gate = asyncio.Semaphore(0)
        self.gated = ""

    @property
    def where(self) -> tuple[str, int]:
        return self.stage.address, self.stage.ports[HTTP]

    @property
    def target(self) -> str:
        address, port = self.where
        return f"{address}:{port}"

    async def events(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A backend that sends three events, each after the gate let the one before it through."""
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        for number in range(3):
            writer.write(f"data: {number}\n\n".encode())
            await writer.drain()
            await self.gate.acquire()
        writer.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        ran = await stack.enter_async_context(stage(tmp_path_factory.mktemp("protocols"), "a"))
        h2 = await stack.enter_async_context(Http2Server())
        sockets = await stack.enter_async_context(websocket_echo())
        grpc = await stack.enter_async_context(grpc_echo())
        server = await asyncio.start_server(large, "127.0.0.1", 0)
        await stack.enter_async_context(server)
        address, port = server.sockets[0].getsockname()
        found = Site(ran, h2, sockets, grpc, f"{address}:{port}")
        gated = await asyncio.start_server(found.events, "127.0.0.1", 0)
        await stack.enter_async_context(gated)
        address, port = gated.sockets[0].getsockname()
        found.gated = f"{address}:{port}"
        await ran.write("site", manifests(found))
        yield found


def manifests(site: Site) -> list[Document]:
    def route(host: str, name: str, **fields: Any) -> Document:
        rules = [rule(backend(name), **fields)]
        return http_route(host.partition(".")[0], "web", rules, hostnames=[host])

    return [
        gateway("web", [listener("http", HTTP)]),
        *site.stage.services,
        service("h2", site.h2.endpoint, app_protocol=H2C),
        service("h2-plain", site.h2.endpoint),
        service("sockets", site.sockets.endpoint),
        service("ws", site.sockets.endpoint, app_protocol="kubernetes.io/ws"),
        service("grpc", site.grpc.endpoint, app_protocol=H2C),
        service("large", site.sink),
        service("gate", site.gated),
        service("strange", site.h2.endpoint, app_protocol="kubernetes.io/strange"),
        route("h1.test", "a"),
        route("h2.test", "h2"),
        route("mismatch.test", "h2-plain"),
        route("strange.test", "strange"),
        route("sockets.test", "sockets"),
        route("ws.test", "ws"),
        route("grpc.test", "grpc"),
        route("large.test", "large"),
        route("gate.test", "gate"),
        methods(),
    ]


def methods() -> Document:
    """gRPC by path, as an HTTPRoute can: one method, one service, and nothing else."""
    matches = [
        {"path": {"type": "Exact", "value": "/echo.Echo/One"}},
        {"path": {"type": "PathPrefix", "value": "/other.Service"}},
    ]
    return http_route(
        "methods", "web", [rule(backend("grpc"), matches=matches)], hostnames=["methods.test"]
    )


async def large(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """GET: sends LARGE bytes. PUT: swallows the body and answers with its length and digest."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    try:
        if head.startswith("get"):
            writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {LARGE}\r\n\r\n".encode())
            for number in range(LARGE // PIECE):
                writer.write(piece(number))
                await writer.drain()
        else:
            length, digest = 0, hashlib.blake2b()
            while length < LARGE:
                data = await reader.read(PIECE)
                length += len(data)
                digest.update(data)
            body = f"{length} {digest.hexdigest()}".encode()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()
    finally:
        writer.close()


def piece(number: int) -> bytes:
    return number.to_bytes(4, "big") * (PIECE // 4)


def whole() -> str:
    """The digest of all pieces."""
    digest = hashlib.blake2b()
    for number in range(LARGE // PIECE):
        digest.update(piece(number))
    return digest.hexdigest()


# WebSocket


@pytest.mark.parametrize("host", ["sockets.test", "ws.test"])
async def test_websocket_over_http1(site: Site, host: str) -> None:
    address, port = site.where
    async with websockets.connect(f"ws://{host}/chat?x=1", host=address, port=port) as connection:
        for message in ("text ☃", b"\x00binary\xff", "x" * 200_000, ""):
            await connection.send(message)
            assert await connection.recv() == message
        await connection.ping()
    assert site.sockets.paths[-1] == "/chat?x=1"
    assert site.sockets.hosts[-1] == host


@pytest.mark.parametrize("host", ["sockets.test", "ws.test"])
async def test_websocket_over_http2(site: Site, host: str) -> None:
    async with (
        http2.connect(*site.where) as connection,
        connection.websocket(host, "/two") as first,
        connection.websocket(host, "/three") as second,
    ):
        for socket, message in ((first, "one"), (second, "two"), (first, "x" * 100_000)):
            await socket.send(message)
            assert await socket.receive() == message
        # An ordinary request shares the connection with both.
        assert (await connection.get("h1.test", "/")).status == 200
    assert set(site.sockets.paths[-2:]) == {"/two", "/three"}


async def test_a_backend_that_refuses_an_upgrade_is_heard(site: Site) -> None:
    """The origin knows no WebSocket and answers as it would to any request."""
    address, port = site.where
    with pytest.raises(websockets.exceptions.InvalidStatus) as caught:
        async with websockets.connect("ws://h1.test/status/403", host=address, port=port):
            pass
    assert caught.value.response.status_code == 403


# Streams


async def test_the_first_event_is_here_before_the_second_is_sent(site: Site) -> None:
    url = f"http://gate.test:{HTTP}/"
    async with site.stage.fresh() as client, client.stream("GET", url) as answer:
        lines = answer.aiter_lines()
        for number in range(3):
            assert await anext(lines) == f"data: {number}"
            assert await anext(lines) == ""
            site.gate.release()
        assert [line async for line in lines] == []


async def test_a_waiting_stream_holds_up_no_other_of_its_connection(site: Site) -> None:
    origin = site.stage.origins["a"]
    origin.released.clear()
    async with http2.connect(*site.where) as connection, asyncio.TaskGroup() as group:
        waiting = group.create_task(connection.get("h1.test", "/hold"))
        await origin.held.acquire()
        assert (await connection.get("h1.test", "/quick")).status == 200
        assert not waiting.done()
        origin.released.set()
    assert waiting.result().status == 200


async def test_a_slow_body_passes_piece_by_piece(site: Site) -> None:
    """The backend has the first bytes while the client still holds the last ones back."""
    received = site.stage.origins["a"].bytes_received
    async with raw.connect(*site.where) as connection:
        await connection.send(
            b"POST /body HTTP/1.1\r\nHost: h1.test\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"9\r\nfirst-bit\r\n"
        )

        async def there() -> bool:
            return any(b"first-bit" in record for record in received)

        await site.stage.portway.until(there, "the first part is at the backend")
        await connection.send(b"8\r\nlast-bit\r\n0\r\n\r\n")
        assert (await connection.answer()).body == b"first-bitlast-bit"


async def test_an_answer_may_come_before_the_body_is_whole(site: Site) -> None:
    async with raw.connect(*site.where) as connection:
        await connection.send(
            b"POST /x HTTP/1.1\r\nHost: nobody.test\r\nContent-Length: 1000000\r\n\r\npart"
        )
        assert (await connection.answer()).status == 404


async def test_a_client_that_waits_for_100_is_told_to_go_on(site: Site) -> None:
    async with raw.connect(*site.where) as connection:
        await connection.send(
            b"POST /body HTTP/1.1\r\nHost: h1.test\r\nExpect: 100-continue\r\n"
            b"Content-Length: 4\r\n\r\n"
        )

        async def told() -> bool:
            return connection.received.startswith(b"HTTP/1.1 100 Continue\r\n\r\n")

        answered = asyncio.ensure_future(connection.answer())
        await site.stage.portway.until(told, "100 Continue")
        await connection.send(b"body")
        assert (await answered).body == b"body"


async def test_head_has_the_length_and_no_body(site: Site) -> None:
    async with raw.connect(*site.where) as connection:
        for _ in range(2):  # On one connection: a body would be taken for the second answer.
            await connection.send(b"HEAD /bytes?n=1000 HTTP/1.1\r\nHost: h1.test\r\n\r\n")
            answer = await connection.answer(head_only=True)
            assert (answer.status, answer.header("content-length")) == (200, "1000")


@pytest.mark.parametrize("status", [201, 404, 418, 503, 599])
async def test_a_backends_status_is_the_clients(site: Site, status: int) -> None:
    assert (await site.stage.ask("h1.test", f"/status/{status}")).status == status


# Large bodies


async def test_a_large_download_is_whole(site: Site) -> None:
    digest, length = hashlib.blake2b(), 0
    url = f"http://large.test:{HTTP}/"
    async with site.stage.fresh() as client, client.stream("GET", url) as answer:
        async for data in answer.aiter_raw(PIECE):
            digest.update(data)
            length += len(data)
    assert (length, digest.hexdigest()) == (LARGE, whole())


async def test_a_large_upload_is_whole(site: Site) -> None:
    async def body() -> AsyncIterator[bytes]:
        for number in range(LARGE // PIECE):
            yield piece(number)

    async with site.stage.fresh(timeout=30.0) as client:
        answer = await client.put(
            f"http://large.test:{HTTP}/", content=body(), headers={"Content-Length": str(LARGE)}
        )
    assert answer.text == f"{LARGE} {whole()}"


# HTTP/2


async def test_prior_knowledge_at_the_listener(site: Site) -> None:
    async with http2.connect(*site.where) as connection:
        asked = (connection.get("h1.test", f"/{number}") for number in range(20))
        answers = await asyncio.gather(*asked)
    told = [json.loads(answer.body) for answer in answers]
    assert [each["path"] for each in told] == [f"/{number}" for number in range(20)]
    assert {each["host"] for each in told} == {"h1.test"}


@pytest.mark.parametrize("authority", ["H1.Test", "h1.test:8080"])
async def test_an_authority_is_matched_like_a_host(site: Site, authority: str) -> None:
    async with http2.connect(*site.where) as connection:
        answer = await connection.get(authority, "/")
    assert json.loads(answer.body)["host"] == authority


async def test_h2c_to_the_backend_from_both_versions(site: Site) -> None:
    reply = await site.stage.ask("h2.test", "/one", "POST", content=b"x" * 100_000)
    told = json.loads(reply.body)
    assert (told["proto"], told["host"], told["path"]) == ("HTTP/2.0", "h2.test", "/one")
    assert told["body_length"] == 100_000
    async with http2.connect(*site.where) as connection:
        answer = await connection.request(
            http2.pseudo("POST", "h2.test", "/body"), body := bytes(range(256)) * 2_000
        )
    assert answer.body == body


async def test_http1_is_spoken_to_a_backend_without_app_protocol(site: Site) -> None:
    """An HTTP/2-only server gets no HTTP/1.1 answer across."""
    assert (await site.stage.ask("mismatch.test")).status in (502, 503)


async def test_a_protocol_nobody_speaks_is_told(site: Site) -> None:
    assert (await site.stage.ask("strange.test")).outcome == "500"
    found = await seeds.route(site.stage.portway, "default/strange")
    assert found["ResolvedRefs"] == ("False", "UnsupportedProtocol")


async def test_a_stream_the_backend_resets_does_not_end_its_neighbours(site: Site) -> None:
    async with http2.connect(*site.where) as connection:
        reset, other = await asyncio.gather(
            connection.get("h2.test", "/reset"), connection.get("h2.test", "/other")
        )
    assert reset.status in (502, 503)
    assert other.status == 200


# gRPC


async def test_grpc_unary_with_metadata_and_trailers(site: Site) -> None:
    metadata = (("x-mine", "1"), ("x-trailer", "word"))
    async with grpc_client(site.target, authority="grpc.test") as client:
        answer, trailers = await client.unary("/echo.Echo/One", b"hello", metadata)
    told = json.loads(answer)
    assert (told["method"], told["message"]) == ("/echo.Echo/One", "hello")
    assert told["metadata"]["x-mine"] == "1"
    assert ("x-trailer", "word") in trailers


async def test_grpc_server_stream(site: Site) -> None:
    async with grpc_client(site.target, authority="grpc.test") as client:
        messages = client.stream("/echo.Echo/Stream", b"m", (("x-messages", "50"),))
        found = [message async for message in messages]
    assert found == [f"m {number}".encode() for number in range(50)]


@pytest.mark.parametrize(("code", "name"), [(5, "NOT_FOUND"), (14, "UNAVAILABLE"), (2, "UNKNOWN")])
async def test_grpc_errors_keep_their_status_and_trailers(site: Site, code: int, name: str) -> None:
    metadata = (("x-status", str(code)), ("x-trailer", "why"))
    async with grpc_client(site.target, authority="grpc.test") as client:
        with pytest.raises(GrpcFailedError, match=f"asked for {code}") as caught:
            await client.unary("/echo.Echo/One", b"", metadata)
        with pytest.raises(GrpcFailedError) as streamed:
            _ = [each async for each in client.stream("/echo.Echo/Stream", b"", metadata)]
    assert caught.value.status == streamed.value.status == name
    assert ("x-trailer", "why") in caught.value.trailers


async def test_a_large_grpc_message(site: Site) -> None:
    async with grpc_client(site.target, authority="grpc.test") as client:
        answer, _ = await client.unary("/echo.Echo/One", b"x" * 1_000_000)
    assert len(json.loads(answer)["message"]) == 1_000_000


@pytest.mark.parametrize(
    ("method", "reached"),
    [("/echo.Echo/One", True), ("/other.Service/Any", True), ("/echo.Echo/Two", False)],
)
async def test_grpc_methods_by_path(site: Site, method: str, reached: bool) -> None:
    async with grpc_client(site.target, authority="methods.test") as client:
        if reached:
            answer, _ = await client.unary(method)
            assert json.loads(answer)["method"] == method
        else:
            with pytest.raises(GrpcFailedError) as caught:
                await client.unary(method)
            assert caught.value.status == "UNIMPLEMENTED"


async def test_grpc_to_a_host_nobody_serves_is_unimplemented(site: Site) -> None:
    async with grpc_client(site.target, authority="nobody.test") as client:
        with pytest.raises(GrpcFailedError) as caught:
            await client.unary("/echo.Echo/One")
    assert caught.value.status == "UNIMPLEMENTED"
