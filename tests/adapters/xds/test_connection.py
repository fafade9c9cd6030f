"""The connection, asked by a client that speaks HTTP/2 itself and is not always polite."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    PingAckReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from h2.settings import SettingCodes

from portway.adapters.xds.call import Call, Status
from portway.adapters.xds.connection import Connection, Connections

HEADERS = [
    (":method", "POST"),
    (":scheme", "http"),
    (":path", "/a.B/C"),
    (":authority", "x"),
    ("content-type", "application/grpc"),
    ("te", "trailers"),
]


class Client:
    """One HTTP/2 connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.transport = cast(asyncio.Transport, writer.transport)
        self.h2 = H2Connection(H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.seen: list[Event] = []
        self.flush()

    def flush(self) -> None:
        self.writer.write(self.h2.data_to_send())

    def call(self, headers: list[tuple[str, str]] = HEADERS) -> int:
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, headers)
        self.flush()
        return stream

    def say(self, stream: int, message: bytes) -> None:
        self.h2.send_data(stream, b"\0" + len(message).to_bytes(4, "big") + message)
        self.flush()

    async def until(self, kind: type[Event]) -> Event:
        """The next event of that kind; what came before it is kept in `seen`."""
        async with asyncio.timeout(5):
            while True:
                for number, each in enumerate(self.seen):
                    if isinstance(each, kind):
                        del self.seen[: number + 1]
                        return each
                data = await self.reader.read(65536)
                assert data, "the server hung up"
                self.seen += self.h2.receive_data(data)
                self.flush()

    async def closed(self) -> None:
        """Returns when the server has hung up, in whichever way."""
        with suppress(ConnectionResetError):
            async with asyncio.timeout(5):
                while await self.reader.read(65536):
                    pass


def fields(event: ResponseReceived | TrailersReceived) -> dict[str, str]:
    """The headers of an answer, or its trailers."""
    return {str(name): str(value) for name, value in event.headers}


class Server:
    """Connections that run one handler."""

    def __init__(self, handle: Callable[[Call], Awaitable[None]]) -> None:
        self.connections = Connections()
        self.handle = handle

    def connection(self) -> Connection:
        return Connection(self.handle, 1_000_000, self.connections)


@asynccontextmanager
async def connected(
    folder: Path, handle: Callable[[Call], Awaitable[None]]
) -> AsyncIterator[tuple[Server, Client]]:
    server, path = Server(handle), folder / "h2.sock"
    listening = await asyncio.get_running_loop().create_unix_server(server.connection, path)
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        yield server, Client(reader, writer)
    finally:
        writer.close()
        listening.close()


async def echo(call: Call) -> None:
    async for message in call.messages():
        await call.write(message)


async def test_calls_of_one_connection_are_served_side_by_side(run_dir: Path) -> None:
    async with connected(run_dir, echo) as (_, client):
        first, second = client.call(), client.call()
        for stream in (second, first):
            client.say(stream, b"hello")
            event = await client.until(DataReceived)
            assert isinstance(event, DataReceived)
            assert (event.stream_id, event.data) == (stream, b"\0\0\0\0\5hello")
        client.h2.end_stream(first)
        client.flush()
        ended = await client.until(TrailersReceived)
        assert isinstance(ended, TrailersReceived)
        assert (ended.stream_id, fields(ended)) == (first, {"grpc-status": "0"})


async def test_what_is_not_grpc_is_told_so_in_terms_of_http(run_dir: Path) -> None:
    async with connected(run_dir, echo) as (_, client):
        client.call([*HEADERS[:4], ("content-type", "text/html")])
        answer = await client.until(ResponseReceived)
        assert isinstance(answer, ResponseReceived)
        assert fields(answer) == {":status": "415"}


async def test_a_large_message_waits_for_the_room_it_is_given(run_dir: Path) -> None:
    """More than the client's window: the rest leaves as the client takes what came."""

    async def large(call: Call) -> None:
        await call.write(bytes(300_000))

    async with connected(run_dir, large) as (_, client):
        stream, size = client.call(), 0
        while size < 300_005:
            event = await client.until(DataReceived)
            assert isinstance(event, DataReceived)
            size += len(event.data or b"")
            client.h2.acknowledge_received_data(event.flow_controlled_length or 0, stream)
            client.flush()
        assert isinstance(await client.until(TrailersReceived), TrailersReceived)


async def test_a_call_that_the_client_resets_is_cancelled_even_while_it_writes(
    run_dir: Path,
) -> None:
    cancelled = asyncio.Event()

    async def large(call: Call) -> None:
        try:
            await call.write(bytes(300_000))
        finally:
            cancelled.set()

    async with connected(run_dir, large) as (server, client):
        stream = client.call()
        await client.until(DataReceived)
        client.h2.reset_stream(stream, ErrorCodes.CANCEL)
        client.flush()
        async with asyncio.timeout(5):
            await cancelled.wait()
        assert len(server.connections.open) == 1


async def test_a_connection_that_is_lost_takes_its_calls_along(run_dir: Path) -> None:
    cancelled = asyncio.Event()

    async def waits(call: Call) -> None:
        try:
            async for _ in call.messages():
                pass
        finally:
            cancelled.set()

    async with connected(run_dir, waits) as (server, client):
        client.call()
        await asyncio.sleep(0.05)
        client.writer.close()
        async with asyncio.timeout(5):
            await cancelled.wait()
        assert not server.connections.open


async def test_bytes_that_are_no_http2_end_the_connection(run_dir: Path) -> None:
    async with connected(run_dir, echo) as (_, client):
        client.writer.write(bytes(100))
        await client.closed()


async def test_a_fault_of_the_handler_is_told_to_the_client_and_to_the_loop(run_dir: Path) -> None:
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    async def faulty(call: Call) -> None:
        raise KeyError("x")

    async with connected(run_dir, faulty) as (_, client):
        client.call()
        answer = await client.until(ResponseReceived)
        assert isinstance(answer, ResponseReceived)
        assert fields(answer)["grpc-status"] == "13"
        # It need not send the rest of what nobody reads.
        assert isinstance(await client.until(StreamReset), StreamReset)
    assert [type(each["exception"]) for each in told] == [KeyError]


@pytest.mark.parametrize("calls", [0, 2])
async def test_closing_ends_the_calls_with_a_status_and_says_goodbye(
    run_dir: Path, calls: int
) -> None:
    async with connected(run_dir, echo) as (server, client):
        await client.until(RemoteSettingsChanged)
        # What the server has yet to read makes a goodbye a reset.
        client.h2.ping(b"12345678")
        client.flush()
        await client.until(PingAckReceived)
        for _ in range(calls):
            client.say(client.call(), b"x")
            await client.until(DataReceived)
        await server.connections.close(Status.UNAVAILABLE, "bye")
        for _ in range(calls):
            ended = await client.until(TrailersReceived)
            assert isinstance(ended, TrailersReceived)
            assert fields(ended) == {"grpc-status": "14", "grpc-message": "bye"}
        assert not server.connections.open  # so nothing is left for the loop to do
        await client.until(ConnectionTerminated)
        await client.closed()


async def test_who_does_not_read_the_goodbye_is_hung_up_on(
    run_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portway.adapters.xds.connection._GOODBYE_SECONDS", 0.05)

    full = asyncio.Event()

    async def flood(call: Call) -> None:
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(0.2):
                    await call.write(b"x" * 100_000)
        full.set()
        await asyncio.Event().wait()

    async with connected(run_dir, flood) as (server, client):
        await client.until(RemoteSettingsChanged)
        client.h2.increment_flow_control_window(2**31 - 1 - 65535)
        client.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 2**31 - 1})
        client.call()
        client.transport.pause_reading()
        async with asyncio.timeout(5):
            await full.wait()
            await server.connections.close(Status.UNAVAILABLE, "bye")
        assert not server.connections.open
        client.transport.resume_reading()


async def test_who_arrives_while_the_server_stops_is_hung_up_on(run_dir: Path) -> None:
    async with connected(run_dir, echo) as (server, client):
        await client.until(RemoteSettingsChanged)
        await server.connections.close(Status.UNAVAILABLE, "bye")
        reader, writer = await asyncio.open_unix_connection(run_dir / "h2.sock")
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()
        assert not server.connections.open
