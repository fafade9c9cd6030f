"""An HTTP/1.1 backend that misbehaves on request, and remembers what reached it.

Knows HTTP/1.1 through h11 and sockets enough to reset them. Must not know the gateway. What the
path asks for is in `misbehaviour`; here are connections, and the records a test asserts on.
"""

import asyncio
import socket
import ssl
import struct
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import h11

from tests.wire.harness import misbehaviour


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it reached the origin. Header names are in lower case, order kept."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    connection: int

    def header(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in order."""
        return tuple(value for key, value in self.headers if key == name.lower())


class Origin:
    """Serves from entering to leaving.

    async with Origin("web") as origin:
        origin.endpoint          # "127.0.0.1:41234"
        origin.requests[-1]      # what arrived last
        origin.bytes_received[0] # every byte of the first connection
    """

    def __init__(
        self,
        name: str = "origin",
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.name = name
        self.requests: list[Received] = []
        self.bytes_received: list[bytearray] = []
        self.attempts: Counter[str] = Counter()
        self.held = asyncio.Semaphore(0)
        self.released = asyncio.Event()
        self._wanted = (address, port)
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def endpoint(self) -> str:
        """`address:port`."""
        assert self._server is not None
        address, port = self._server.sockets[0].getsockname()[:2]
        return f"{address}:{port}"

    @property
    def port(self) -> int:
        """The port it serves on."""
        return int(self.endpoint.rpartition(":")[2])

    async def __aenter__(self) -> Self:
        address, port = self._wanted
        self._server = await asyncio.start_server(self._connected, address, port, ssl=self._tls)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        record = bytearray()
        self.bytes_received.append(record)
        try:
            await Exchange(self, reader, writer, record, len(self.bytes_received) - 1).serve()
        except (ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass  # The peer's doing, or the end of the test; the record stays.
        finally:
            self._tasks.discard(task)
            writer.transport.abort()


class Exchange:
    """One connection: requests in, answers out, one after the other."""

    def __init__(
        self,
        origin: Origin,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        record: bytearray,
        number: int,
    ) -> None:
        self.origin = origin
        self._reader = reader
        self._writer = writer
        self._record = record
        self._number = number
        self._http = h11.Connection(h11.SERVER)

    async def serve(self) -> None:
        """Answers until the peer closes or an answer ends the connection."""
        while (request := await self._request()) is not None:
            self.origin.requests.append(request)
            await misbehaviour.answer(self, request)
            if self._writer.is_closing() or self._http.our_state is not h11.DONE:
                break
            if self._http.their_state is not h11.DONE:
                break
            self._http.start_next_cycle()
        if not self._writer.is_closing():
            self._writer.close()
            await self._writer.wait_closed()

    async def send_head(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Sends an answer's head, final or interim (1xx)."""
        kind = h11.Response if status >= 200 else h11.InformationalResponse
        await self._send(kind(status_code=status, headers=headers))

    async def send_body(self, data: bytes) -> None:
        """Sends a part of the body."""
        await self._send(h11.Data(data=data))

    async def end(self) -> None:
        """Ends the answer."""
        await self._send(h11.EndOfMessage())

    def reset(self) -> None:
        """Ends the connection with a RST instead of a FIN: linger on, zero seconds."""
        endpoint: socket.socket = self._writer.get_extra_info("socket")
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def _send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()

    async def _request(self) -> Received | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    await self.send_head(100, [])
                data = await self._reader.read(65_536)
                self._record += data
                self._http.receive_data(data)
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                assert head is not None
                return _received(head, bytes(body), self._number)
            else:
                return None


def _received(head: h11.Request, body: bytes, connection: int) -> Received:
    headers = tuple((name.decode(), value.decode("latin-1")) for name, value in head.headers)
    return Received(head.method.decode(), head.target.decode("latin-1"), headers, body, connection)
