"""A WebSocket that sends back what it receives (RFC 6455), as a protocol uvicorn hands over to.

Knows the opening handshake, frames, fragments, ping, close and the limits. Must not know the
application: every path echoes. Written here because uvicorn's own WebSocket support needs a further
package, which a gateway has no other use for.
"""

import asyncio
import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from http import HTTPStatus

from uvicorn.config import Config
from uvicorn.server import ServerState

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
_HEAD_LIMIT = 65_536
_MESSAGE_LIMIT = 16 * 1024 * 1024
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_PROTOCOL_ERROR, _INVALID_DATA, _TOO_BIG, _GOING_AWAY = 1002, 1007, 1009, 1001


class FrameError(Exception):
    """The peer broke the protocol; `code` is the close code to send (section 7.4.1)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Echo:
    """The echo without I/O: bytes of the peer in, bytes for the peer out."""

    closed: bool = False
    _buffer: bytearray = field(default_factory=bytearray)
    _message: bytearray = field(default_factory=bytearray)
    _kind: int = _CONTINUATION

    def receive(self, data: bytes) -> bytes:
        """Takes bytes of the peer and returns what to send. After `closed` nothing more comes."""
        self._buffer += data
        answer = bytearray()
        try:
            while not self.closed and (taken := self._take()) is not None:
                answer += self._handle(*taken)
        except FrameError as error:
            self.closed = True
            answer += frame(_CLOSE, error.code.to_bytes(2, "big") + str(error).encode())
        return bytes(answer)

    def _take(self) -> tuple[int, bool, bytes] | None:
        """The next whole frame, as (opcode, final, unmasked payload)."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        opcode, final, length = buffer[0] & 0x0F, bool(buffer[0] & 0x80), buffer[1] & 0x7F
        _check_head(buffer[0], buffer[1], opcode, final, length)
        at = 2
        if length >= 126:
            wide = 2 if length == 126 else 8
            if len(buffer) < at + wide:
                return None
            length, at = int.from_bytes(buffer[at : at + wide], "big"), at + wide
        if length + len(self._message) > _MESSAGE_LIMIT:
            raise FrameError(_TOO_BIG, "message too big")
        end = at + 4 + length
        if len(buffer) < end:
            return None
        payload = _unmask(bytes(buffer[at + 4 : end]), bytes(buffer[at : at + 4]))
        del buffer[:end]
        return opcode, final, payload

    def _handle(self, opcode: int, final: bool, payload: bytes) -> bytes:
        if opcode == _CLOSE:
            self.closed = True
            return frame(_CLOSE, payload[:2])
        if opcode == _PING:
            return frame(_PONG, payload)
        if opcode == _PONG:
            return b""
        return self._data(opcode, final, payload)

    def _data(self, opcode: int, final: bool, payload: bytes) -> bytes:
        if (opcode == _CONTINUATION) != (self._kind != _CONTINUATION):
            raise FrameError(_PROTOCOL_ERROR, "fragments out of order")
        self._kind = self._kind or opcode
        self._message += payload
        if not final:
            return b""
        kind, message = self._kind, bytes(self._message)
        self._kind = _CONTINUATION
        self._message.clear()
        if kind == _TEXT:
            try:
                message.decode()
            except UnicodeDecodeError:
                raise FrameError(_INVALID_DATA, "text is not UTF-8") from None
        return frame(kind, message)


class EchoWebSocket(asyncio.Protocol):
    """One connection, from the handshake that uvicorn passes on to its end."""

    def __init__(
        self, *, config: Config, server_state: ServerState, app_state: dict[str, object]
    ) -> None:
        self._state = server_state
        self._echo = Echo()
        self._head = bytearray()
        self._open = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by uvicorn with the transport of the request that asked for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._state.connections.add(self)  # type: ignore[arg-type] # so that a shutdown ends it

    def data_received(self, data: bytes) -> None:
        """The request's head first, frames afterwards."""
        if not self._open:
            data = self._handshake(data)
        if self._open and (answer := self._echo.receive(data)):
            self._write(answer)
        if self._echo.closed:
            self._close()

    def connection_lost(self, error: Exception | None) -> None:
        """The peer went, or the echo ended."""
        self._state.connections.discard(self)

    def shutdown(self) -> None:
        """Says that the server goes away and ends the connection (called by uvicorn)."""
        if self._open and not self._echo.closed:
            self._write(frame(_CLOSE, _GOING_AWAY.to_bytes(2, "big")))
        self._close()

    def _handshake(self, data: bytes) -> bytes:
        """Answers the opening handshake once its head is whole; returns the bytes behind it."""
        self._head += data
        head, found, rest = bytes(self._head).partition(b"\r\n\r\n")
        if not found:
            if len(self._head) > _HEAD_LIMIT:
                self._close()
            return b""
        try:
            accept = accept_key(_fields(head))
        except ValueError as error:
            self._refuse(str(error))
            return b""
        self._open = True
        self._write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        return rest

    def _refuse(self, message: str) -> None:
        body = f"{message}\n".encode()
        status = HTTPStatus.BAD_REQUEST
        self._write(
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/plain\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n"
            f"Sec-WebSocket-Version: 13\r\n\r\n".encode()
            + body
        )
        self._close()

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def accept_key(fields: dict[bytes, bytes]) -> bytes:
    """`Sec-WebSocket-Accept` for a request's header fields. Raises ValueError (section 4.2.1)."""
    if fields.get(b"sec-websocket-version") != b"13":
        raise ValueError("Sec-WebSocket-Version: only 13 is spoken here")
    key = fields.get(b"sec-websocket-key", b"")
    try:
        whole = len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        whole = False
    if not whole:
        raise ValueError("Sec-WebSocket-Key: not sixteen bytes in base64")
    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())


def frame(opcode: int, payload: bytes) -> bytes:
    """One final, unmasked frame (section 5.2), as a server sends it."""
    length = len(payload)
    if length < 126:
        size = bytes([length])
    elif length < 65_536:
        size = bytes([126]) + length.to_bytes(2, "big")
    else:
        size = bytes([127]) + length.to_bytes(8, "big")
    return bytes([0x80 | opcode]) + size + payload


def _check_head(first: int, second: int, opcode: int, final: bool, length: int) -> None:
    if first & 0x70:
        raise FrameError(_PROTOCOL_ERROR, "no extension was agreed")
    if not second & 0x80:
        raise FrameError(_PROTOCOL_ERROR, "a client's frame must be masked")
    if opcode not in (_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG):
        raise FrameError(_PROTOCOL_ERROR, "unknown opcode")
    if opcode >= _CLOSE and (not final or length > 125):
        raise FrameError(_PROTOCOL_ERROR, "a control frame is short and whole")


def _unmask(payload: bytes, mask: bytes) -> bytes:
    """XOR with the repeated mask, done on whole integers: Python is slow byte by byte."""
    length = len(payload)
    repeated = (mask * (length // 4 + 1))[:length]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return number.to_bytes(length, "big")


def _fields(head: bytes) -> dict[bytes, bytes]:
    """Header fields by lower-case name; the request line is left out."""
    lines = head.split(b"\r\n")[1:]
    pairs = (line.partition(b":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
