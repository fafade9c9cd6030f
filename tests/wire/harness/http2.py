"""An HTTP/2 client, over TLS or with prior knowledge, that sends headers as given.

Knows HTTP/2 through the h2 package, extended CONNECT (RFC 8441) included. Must not repair what a
test sends: names keep their case and pseudo-headers their order, so that a gateway's refusals can
be tested.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

Headers = Sequence[tuple[str, str]]
DEFAULT_SECONDS = 10.0


class StreamResetError(Exception):
    """The peer reset the stream, or the connection ended; `code` is HTTP/2's error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `trailers` are empty when there were none."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    trailers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Stream:
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    headers: list[tuple[str, str]] | None = None
    body: bytearray = field(default_factory=bytearray)
    trailers: list[tuple[str, str]] = field(default_factory=list)
    ended: bool = False
    reset: int | None = None


class _Connection(asyncio.Protocol):
    """Bytes to events and back; every stream has an Event its reader waits on."""

    def __init__(self) -> None:
        self.http = h2.connection.H2Connection(
            h2.config.H2Configuration(
                client_side=True,
                header_encoding="utf-8",
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self.streams: dict[int, _Stream] = {}
        self.ready = asyncio.Event()
        self.window = asyncio.Event()
        self.goaway: int | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.http.initiate_connection()
        self.flush()

    def connection_lost(self, error: Exception | None) -> None:
        code = self.goaway if self.goaway is not None else 0
        for stream in self.streams.values():
            if not stream.ended:
                stream.reset = stream.reset if stream.reset is not None else code
            stream.changed.set()
        self.ready.set()
        self.window.set()

    def data_received(self, data: bytes) -> None:
        assert self.transport is not None
        try:
            for event in self.http.receive_data(data):
                self._handle(event)
        except h2.exceptions.ProtocolError:
            self.transport.abort()
            return
        self.flush()

    def flush(self) -> None:
        """Writes what the protocol has to say."""
        assert self.transport is not None
        if not self.transport.is_closing():
            self.transport.write(self.http.data_to_send())

    def _handle(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RemoteSettingsChanged):
            self.ready.set()
            self.window.set()
        elif isinstance(event, h2.events.WindowUpdated):
            self.window.set()
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = int(event.error_code or 0)
        else:
            self._handle_stream(event)

    def _handle_stream(self, event: h2.events.Event) -> None:
        stream = self.streams.get(getattr(event, "stream_id", None) or 0)
        if stream is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            stream.headers = _text(event.headers)
        elif isinstance(event, h2.events.TrailersReceived):
            stream.trailers = _text(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            stream.body += event.data or b""
            length = event.flow_controlled_length or 0
            self.http.acknowledge_received_data(length, event.stream_id or 0)
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset):
            stream.reset = int(event.error_code or 0)
        stream.changed.set()


class Http2Connection:
    """One connection; requests on it may run at the same time."""

    def __init__(self, connection: _Connection, scheme: str) -> None:
        self.scheme = scheme
        self._connection = connection

    @property
    def goaway(self) -> int | None:
        """The error code of the peer's GOAWAY, once it sent one."""
        return self._connection.goaway

    async def get(self, authority: str, path: str, headers: Headers = ()) -> Answer:
        """An ordinary GET. Raises StreamResetError."""
        return await self.request([*pseudo("GET", authority, path, self.scheme), *headers])

    async def request(
        self, headers: Headers, body: bytes = b"", *, seconds: float = DEFAULT_SECONDS
    ) -> Answer:
        """Sends headers as given, pseudo-headers too. Raises StreamResetError, TimeoutError."""
        async with asyncio.timeout(seconds):
            number, stream = self._open(headers, end=not body)
            if body:
                await self._send(number, stream, body, end=True)
            while not stream.ended:
                await _change(stream)
        fields = stream.headers or []
        status = int(dict(fields).get(":status", "0"))
        plain = tuple(pair for pair in fields if not pair[0].startswith(":"))
        return Answer(status, plain, bytes(stream.body), tuple(stream.trailers))

    @asynccontextmanager
    async def websocket(
        self, authority: str, path: str, headers: Headers = ()
    ) -> AsyncIterator["Http2WebSocket"]:
        """Opens a WebSocket by extended CONNECT (RFC 8441 section 4).

        Raises StreamResetError, or ConnectionRefusedError when the answer is not 200.
        """
        asked = [
            *pseudo("CONNECT", authority, path, self.scheme),
            (":protocol", "websocket"),
            ("sec-websocket-version", "13"),
            *headers,
        ]
        async with asyncio.timeout(DEFAULT_SECONDS):
            number, stream = self._open(asked, end=False)
            while stream.headers is None:
                await _change(stream)
        status = dict(stream.headers).get(":status")
        if status != "200":
            raise ConnectionRefusedError(f"extended CONNECT was answered with {status}")
        yield Http2WebSocket(self, number, stream)
        if not stream.ended and stream.reset is None:
            await self._send(number, stream, b"", end=True)

    def _open(self, headers: Headers, *, end: bool) -> tuple[int, _Stream]:
        connection = self._connection
        number = connection.http.get_next_available_stream_id()
        stream = connection.streams[number] = _Stream()
        connection.http.send_headers(number, list(headers), end_stream=end)
        connection.flush()
        return number, stream

    async def _send(self, number: int, stream: _Stream, data: bytes, *, end: bool) -> None:
        """Sends within the peer's windows."""
        http = self._connection.http
        while stream.reset is None and not stream.ended:
            room = min(http.local_flow_control_window(number), http.max_outbound_frame_size)
            if room <= 0 and data:
                self._connection.window.clear()
                await self._connection.window.wait()
                continue
            part, data = data[:room], data[room:]
            http.send_data(number, part, end_stream=end and not data)
            self._connection.flush()
            if not data:
                return


class Http2WebSocket:
    """A WebSocket inside a stream."""

    def __init__(self, connection: Http2Connection, number: int, stream: _Stream) -> None:
        self._connection = connection
        self._number = number
        self._stream = stream
        self._messages: deque[bytes] = deque()
        self._reader = StreamReader()
        self._parser = Frame.parse(self._reader.read_exact, mask=False)

    async def send(self, text: str) -> None:
        """Sends a text message."""
        data = Frame(Opcode.TEXT, text.encode()).serialize(mask=True)
        await self._connection._send(self._number, self._stream, data, end=False)

    async def receive(self, *, seconds: float = DEFAULT_SECONDS) -> str:
        """The next message. Raises StreamResetError, TimeoutError."""
        async with asyncio.timeout(seconds):
            while not self._messages:
                if not self._parse():
                    await _change(self._stream)
        return self._messages.popleft().decode()

    def _parse(self) -> bool:
        """Parses what has come; True when a message is there."""
        self._reader.feed_data(bytes(self._stream.body))
        self._stream.body.clear()
        try:
            while True:
                before = self._reader.buffer[:]
                next(self._parser)
                if self._reader.buffer == before:
                    return False
        except StopIteration as whole:
            frame: Frame = whole.value
            self._parser = Frame.parse(self._reader.read_exact, mask=False)
            if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
                self._messages.append(bytes(frame.data))
            return bool(self._messages)


@asynccontextmanager
async def connect(
    address: str, port: int, *, tls: ssl.SSLContext | None = None, sni: str | None = None
) -> AsyncIterator[Http2Connection]:
    """Connects, by TLS with ALPN h2 when a context is given, else with prior knowledge."""
    if tls is not None:
        tls.set_alpn_protocols(["h2"])
    loop = asyncio.get_running_loop()
    transport, connection = await loop.create_connection(
        _Connection, address, port, ssl=tls, server_hostname=(sni or "") if tls else None
    )
    try:
        async with asyncio.timeout(DEFAULT_SECONDS):
            await connection.ready.wait()  # Extended CONNECT may be used after SETTINGS only.
        yield Http2Connection(connection, "http" if tls is None else "https")
    finally:
        transport.abort()


def pseudo(method: str, authority: str, path: str, scheme: str = "http") -> list[tuple[str, str]]:
    """The pseudo-headers of a request."""
    return [
        (":method", method),
        (":scheme", scheme),
        (":authority", authority),
        (":path", path),
    ]


async def _change(stream: _Stream) -> None:
    """Waits for the stream's next event. Raises StreamResetError."""
    if stream.reset is None and not stream.changed.is_set():
        await stream.changed.wait()
    stream.changed.clear()
    if stream.reset is not None and not stream.ended:
        raise StreamResetError(stream.reset, f"stream reset with error code {stream.reset}")


def _text(headers: object) -> list[tuple[str, str]]:
    assert isinstance(headers, list)
    return [(str(name), str(value)) for name, value in headers]
