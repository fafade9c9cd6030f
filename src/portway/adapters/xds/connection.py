"""HTTP/2 connections of gRPC clients, on the event loop of everything else.

Knows frames, windows and tasks, by the h2 library. Must not know which methods there are or what a
message holds: each call gets a task that runs the handler it was given.

A library with threads of its own wakes several of them for each message, and that is most of what
a small change costs when nothing else is going on (decision 0020).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RequestReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes

from portway.adapters.xds.call import Call, CallEnded, Headers, RefusedError, Status
from portway.adapters.xds.caller import caller

Handle = Callable[[Call], Awaitable[None]]

_WINDOW_BYTES = 4 * 1024 * 1024
# How long a client may take to read the goodbye.
_GOODBYE_SECONDS = 2.0
# What leaves in one go: the socket takes about as much, and the rest would be kept twice.
_AT_ONCE_BYTES = 256 * 1024
_CONFIG = H2Configuration(
    client_side=False,
    header_encoding="utf-8",
    # What is sent is made here, from constants.
    validate_outbound_headers=False,
    normalize_outbound_headers=False,
)


class Connections:
    """The connections of one server that are open."""

    def __init__(self) -> None:
        self.open: set[Connection] = set()
        self.closing = False

    async def close(self, status: Status, message: str) -> None:
        """Ends them all; one that arrives from now on is hung up on. Returns when their sockets
        are closed."""
        self.closing = True
        await asyncio.gather(*[each.close(status, message) for each in self.open])


class Connection(asyncio.Protocol):
    """One client. Its calls end with it."""

    def __init__(self, handle: Handle, most: int, connections: Connections) -> None:
        """`most` is the largest message in bytes that is read; the connection is one of
        `connections` while it is open."""
        self._handle = handle
        self._most = most
        self._connections = connections
        self._h2 = H2Connection(_CONFIG)
        self._calls: dict[int, Call] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._paused = False
        self._room = asyncio.Event()
        self._lost = False
        self._ended = asyncio.Event()

    # -- the event loop's side -------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._connections.closing:
            # It was accepted in the moment in which the server stopped.
            self._transport.abort()
            return
        self._connections.open.add(self)
        self._h2.initiate_connection()
        self._h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW_BYTES})
        self._h2.increment_flow_control_window(_WINDOW_BYTES)
        self._flush()

    def data_received(self, data: bytes) -> None:
        try:
            events = self._h2.receive_data(data)
        except ProtocolError:
            self._flush()
            self._transport.close()
            return
        for event in events:
            self._on(event)
        # A window may have grown.
        self._room.set()
        self._flush()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._room.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._ended.set()
        self._connections.open.discard(self)
        self._room.set()
        for stream in list(self._tasks):
            self._cancel(stream)

    def _on(self, event: Event) -> None:
        match event:
            case RequestReceived():
                self._accept(event)
            case DataReceived():
                size = event.flow_controlled_length or 0
                if (call := self._calls.get(event.stream_id or 0)) is not None:
                    call.feed(event.data or b"", size)
                else:
                    self.took(event.stream_id or 0, size)
            case StreamEnded():
                if (call := self._calls.get(event.stream_id or 0)) is not None:
                    call.close()
            case StreamReset():
                self._cancel(event.stream_id or 0)
            case ConnectionTerminated():
                self._transport.close()

    # -- calls -----------------------------------------------------------------------------

    def _accept(self, event: RequestReceived) -> None:
        stream = event.stream_id
        headers = dict(cast(Headers, event.headers))
        if not headers.get("content-type", "").startswith("application/grpc"):
            self.headers(stream, [(":status", "415")], last=True)
            return
        metadata = {k: v for k, v in headers.items() if not k.startswith(":")}
        who = caller(self._transport, metadata)
        call = Call(self, stream, headers.get(":path", ""), who, self._most)
        self._calls[stream] = call
        task = asyncio.get_running_loop().create_task(self._run(call))
        self._tasks[stream] = task

    async def _run(self, call: Call) -> None:
        try:
            await self._handle(call)
            call.end(Status.OK)
        except RefusedError as error:
            call.end(error.status, str(error))
        except CallEnded:
            pass
        except Exception as error:
            call.end(Status.INTERNAL, "the server met a fault of its own")
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": f"in {call.method}", "exception": error})
        finally:
            self._calls.pop(call.stream, None)
            self._tasks.pop(call.stream, None)

    def _cancel(self, stream: int) -> None:
        if (call := self._calls.get(stream)) is not None:
            call.ended = True
            self._tasks[stream].cancel()
            self._room.set()

    async def close(self, status: Status, message: str) -> None:
        """Ends every call with this status, and the connection; returns when its socket is
        closed. A client that does not read the goodbye is hung up on."""
        tasks = list(self._tasks.values())
        for call in list(self._calls.values()):
            call.end(status, message)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if not self._lost:
            self._h2.close_connection(ErrorCodes.NO_ERROR)
            self._flush()
            self._transport.close()
            await self._hung_up()

    async def _hung_up(self) -> None:
        try:
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._ended.wait()
        except TimeoutError:
            self._transport.abort()
            await self._ended.wait()

    # -- what a call writes ----------------------------------------------------------------

    def headers(self, stream: int, headers: Headers, *, last: bool) -> None:
        """See `Wire`."""
        if self._lost:
            return
        try:
            self._h2.send_headers(stream, headers, end_stream=last)
            if last and self._half_open(stream):
                # It may stop sending: nobody listens.
                self._h2.reset_stream(stream, ErrorCodes.NO_ERROR)
        except ProtocolError:
            return  # the client reset the stream in this very moment
        self._flush()

    def _half_open(self, stream: int) -> bool:
        call = self._calls.get(stream)
        return call is not None and not call.complete

    async def body(self, stream: int, data: bytes) -> None:
        """See `Wire`."""
        left = memoryview(data)
        while left:
            size = min(await self._writable(stream), _AT_ONCE_BYTES)
            try:
                while size and left:
                    piece = left[: min(size, self._h2.max_outbound_frame_size)]
                    self._h2.send_data(stream, piece)
                    size -= len(piece)
                    left = left[len(piece) :]
            except ProtocolError as error:
                raise CallEnded from error
            self._flush()

    async def _writable(self, stream: int) -> int:
        """How many bytes the other side and the socket take now; at least one."""
        while True:
            if self._lost or stream not in self._calls or self._calls[stream].ended:
                raise CallEnded
            try:
                window = self._h2.local_flow_control_window(stream)
            except ProtocolError as error:
                raise CallEnded from error
            if window > 0 and not self._paused:
                return window
            self._room.clear()
            await self._room.wait()

    def took(self, stream: int, size: int) -> None:
        """See `Wire`."""
        if size and not self._lost:
            try:
                self._h2.acknowledge_received_data(size, stream)
            except ProtocolError:
                return  # of a stream that has ended
            self._flush()

    def _flush(self) -> None:
        if not self._lost and (data := self._h2.data_to_send()):
            self._transport.write(data)
