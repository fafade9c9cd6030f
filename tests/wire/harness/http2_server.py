"""An HTTP/2 backend, prior knowledge or TLS, that tells what it received.

Knows HTTP/2 through the h2 package. Must not know HTTP/1.1: a client that speaks it here gets no
answer, which is what an h2c test needs to see.
"""

import asyncio
import json
import ssl
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions


@dataclass(slots=True)
class _Stream:
    headers: list[tuple[str, str]]
    body: bytearray = field(default_factory=bytearray)
    unsent: bytes = b""
    trailers: list[tuple[str, str]] = field(default_factory=list)


class _Connection(asyncio.Protocol):
    def __init__(self, server: "Http2Server") -> None:
        self._server = server
        self._streams: dict[int, _Stream] = {}
        self._transport: asyncio.Transport | None = None
        configuration = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self._http = h2.connection.H2Connection(configuration)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.transports.add(transport)
        self._http.initiate_connection()
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        assert self._transport is not None
        self._server.transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        try:
            for event in self._http.receive_data(data):
                self._handle(event)
        except h2.exceptions.ProtocolError as error:
            self._server.protocol_errors.append(str(error))
            self._flush()
            self._transport.close()
            return
        self._flush()

    def _handle(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            assert event.stream_id is not None
            headers = [(str(name), str(value)) for name, value in event.headers or []]
            self._streams[event.stream_id] = _Stream(headers)
        elif isinstance(event, h2.events.DataReceived):
            assert event.stream_id is not None
            self._streams[event.stream_id].body += event.data or b""
            self._http.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            assert event.stream_id is not None
            self._answer(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self._streams.pop(event.stream_id or 0, None)
        elif isinstance(event, h2.events.WindowUpdated | h2.events.RemoteSettingsChanged):
            for stream_id in list(self._streams):
                self._send_rest(stream_id)

    def _answer(self, stream_id: int) -> None:
        stream = self._streams[stream_id]
        headers: dict[str, list[str]] = {}
        for name, value in stream.headers:
            headers.setdefault(name, []).append(value)
        path = headers.get(":path", [""])[0]
        self._server.requests.append(headers)
        if path.startswith("/reset"):
            self._http.reset_stream(stream_id, h2.errors.ErrorCodes.INTERNAL_ERROR)
            del self._streams[stream_id]
            return
        told = {
            "service": self._server.name,
            "proto": "HTTP/2.0",
            "path": path,
            "host": headers.get(":authority", headers.get("host", [""]))[0],
            "method": headers.get(":method", [""])[0],
            "headers": {name: values for name, values in headers.items() if name[0] != ":"},
            "body_length": len(stream.body),
        }
        stream.unsent = bytes(stream.body) if path == "/body" else json.dumps(told).encode()
        if path == "/trailers":
            stream.trailers = [("x-trailer", "end")]
        answer = [(":status", "200"), ("content-length", str(len(stream.unsent)))]
        self._http.send_headers(stream_id, answer)
        self._send_rest(stream_id)

    def _send_rest(self, stream_id: int) -> None:
        """Sends what the peer's windows allow; the rest goes when they open."""
        stream = self._streams[stream_id]
        while stream.unsent:
            room = min(
                self._http.local_flow_control_window(stream_id), self._http.max_outbound_frame_size
            )
            if room <= 0:
                return
            part, stream.unsent = stream.unsent[:room], stream.unsent[room:]
            ended = not stream.unsent
            self._http.send_data(stream_id, part, end_stream=ended and not stream.trailers)
            if ended and stream.trailers:
                self._http.send_headers(stream_id, stream.trailers, end_stream=True)
            if ended:
                del self._streams[stream_id]

    def _flush(self) -> None:
        assert self._transport is not None
        self._transport.write(self._http.data_to_send())


class Http2Server:
    """Serves from entering to leaving; `/reset` resets the stream, `/body` sends the body back,
    `/trailers` has an x-trailer at its end."""

    def __init__(self, name: str = "h2", *, tls: ssl.SSLContext | None = None) -> None:
        self.name = name
        self.requests: list[dict[str, list[str]]] = []
        self.protocol_errors: list[str] = []
        self.transports: set[asyncio.Transport] = set()
        self._tls = tls
        self._server: asyncio.Server | None = None

    @property
    def endpoint(self) -> str:
        """`address:port`."""
        assert self._server is not None
        address, port = self._server.sockets[0].getsockname()[:2]
        return f"{address}:{port}"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self), "127.0.0.1", 0, ssl=self._tls
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for transport in self.transports:
            transport.abort()
