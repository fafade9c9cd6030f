"""One gRPC call, as its handler sees it: messages in, messages out, a status at the end.

Knows gRPC's framing inside an HTTP/2 stream (the "gRPC over HTTP2" protocol description). Must not
know frames, windows or sockets: those are the connection's (`connection.py`), nor what is in a
message.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from enum import IntEnum
from typing import Protocol
from urllib.parse import quote

from portway.adapters.xds.caller import Caller

_PREFIX = 5
_QUEUED_MESSAGES = 16
# One frame less, and a copy more; all of a large table need not be there twice.
_COPIED_BYTES = 65536
_PRINTABLE = "".join(chr(each) for each in range(0x20, 0x7F) if chr(each) != "%")

Headers = list[tuple[str, str]]


class Status(IntEnum):
    """The gRPC status codes that are used here."""

    OK = 0
    INVALID_ARGUMENT = 3
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class CallEnded(Exception):
    """The other side is gone: nothing more can be written."""


class RefusedError(Exception):
    """What arrived cannot be read: the call ends with this status. The text is for the client."""

    def __init__(self, status: Status, message: str) -> None:
        super().__init__(message)
        self.status = status


class Wire(Protocol):
    """What a call needs of its connection."""

    def headers(self, stream: int, headers: Headers, *, last: bool) -> None:
        """Sends headers or trailers now."""

    async def body(self, stream: int, data: bytes) -> None:
        """Sends bytes, as fast as the other side takes them.

        Raises:
            CallEnded: the stream or the connection has ended.
        """

    def took(self, stream: int, size: int) -> None:
        """Says that so many bytes of what arrived need no more room."""


class Call:
    """A call. `method` is its path, `caller` who calls; `complete` says that the client has said
    everything, `ended` that it is told nothing more."""

    def __init__(self, wire: Wire, stream: int, method: str, caller: Caller, most: int) -> None:
        """`most` is the largest message in bytes that is read."""
        self.stream = stream
        self.method = method
        self.caller = caller
        self.ended = False
        self.complete = False
        self._wire = wire
        self._most = most
        self._begun = False
        self._partial = bytearray()
        self._messages: deque[bytes] = deque()
        self._owed = 0
        self._refused: RefusedError | None = None
        self._arrived = asyncio.Event()

    # -- the handler's side ----------------------------------------------------------------

    async def messages(self) -> AsyncIterator[bytes]:
        """What the client says, until it has said everything.

        Raises:
            RefusedError: what arrived is no message of gRPC, or one that is too large.
        """
        while True:
            while self._messages:
                message = self._messages.popleft()
                self._settle()
                yield message
            if self._refused is not None:
                raise self._refused
            if self.complete:
                return
            self._arrived.clear()
            await self._arrived.wait()

    async def write(self, message: bytes) -> None:
        """Sends one message; returns when the connection has taken all of it.

        Raises:
            CallEnded: nobody is there any more.
        """
        if self.ended:
            raise CallEnded
        self._begin()
        prefix = b"\0" + len(message).to_bytes(_PREFIX - 1, "big")
        if len(message) <= _COPIED_BYTES:
            await self._wire.body(self.stream, prefix + message)
            return
        await self._wire.body(self.stream, prefix)
        await self._wire.body(self.stream, message)

    def end(self, status: Status, message: str = "") -> None:
        """Says how it went; a call that has ended has nothing to add."""
        if self.ended:
            return
        self.ended = True
        trailers = [("grpc-status", str(int(status)))]
        if message:
            trailers.append(("grpc-message", quote(message, safe=_PRINTABLE)))
        self._wire.headers(self.stream, [*([] if self._begun else _BEGIN), *trailers], last=True)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._wire.headers(self.stream, _BEGIN, last=False)

    # -- the connection's side -------------------------------------------------------------

    def feed(self, data: bytes, size: int) -> None:
        """Bytes of the stream's body; `size` is the room they took (with padding)."""
        self._owed += size
        if self._refused is None:
            self._partial += data
            try:
                self._split()
            except RefusedError as error:
                self._refused = error
                self._partial.clear()
        self._settle()
        self._arrived.set()

    def close(self) -> None:
        """The client has said everything."""
        self.complete = True
        self._arrived.set()

    def _split(self) -> None:
        """Takes the complete messages out of what arrived."""
        while len(self._partial) >= _PREFIX:
            size = int.from_bytes(self._partial[1:_PREFIX], "big")
            if self._partial[0]:
                raise RefusedError(Status.UNIMPLEMENTED, "compressed messages are not read here")
            if size > self._most:
                raise RefusedError(
                    Status.RESOURCE_EXHAUSTED,
                    f"a message has {size} bytes; up to {self._most} are read",
                )
            if len(self._partial) < _PREFIX + size:
                return
            self._messages.append(bytes(self._partial[_PREFIX : _PREFIX + size]))
            del self._partial[: _PREFIX + size]

    def _settle(self) -> None:
        """Gives room back, unless messages pile up: then the client has to wait."""
        if self._owed and len(self._messages) < _QUEUED_MESSAGES:
            self._wire.took(self.stream, self._owed)
            self._owed = 0


_BEGIN: Headers = [(":status", "200"), ("content-type", "application/grpc")]
