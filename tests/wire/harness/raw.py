"""An HTTP/1.1 client that sends exactly the bytes it is given.

Knows sockets and how an answer is framed. Must not judge what it sends: attack tests need requests
no honest client would make.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

DEFAULT_SECONDS = 10.0


class NoAnswerError(Exception):
    """The peer ended the connection, or said nothing in time, before an answer was whole."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; header names are in lower case, order and repetition kept."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for key, value in self.headers if key == name.lower()), None)


class RawConnection:
    """One connection. `received` keeps every byte that came."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.received = bytearray()
        self._reader = reader
        self._writer = writer
        self._buffer = bytearray()

    async def send(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    def finish_sending(self) -> None:
        """Closes our half of the connection (FIN)."""
        self._writer.write_eof()

    async def answer(self, *, head_only: bool = False, seconds: float = DEFAULT_SECONDS) -> Answer:
        """The next answer, interim ones skipped. `head_only` for the answer to a HEAD request.

        Raises NoAnswerError.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._answer(head_only)
        except TimeoutError:
            raise NoAnswerError(f"no whole answer in {seconds} s: {self._buffer!r}") from None
        except ConnectionError as error:
            raise NoAnswerError(f"connection lost: {error}") from error

    async def until_closed(self, *, seconds: float = DEFAULT_SECONDS) -> bytes:
        """Everything that still comes until the peer ends the connection (FIN or RST).

        Raises TimeoutError when it does not end.
        """
        async with asyncio.timeout(seconds):
            try:
                while await self.more():
                    pass
            except ConnectionError:
                pass
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    async def more(self) -> bool:
        """Waits for further bytes; False when the peer has ended."""
        data = await self._reader.read(65_536)
        self.received += data
        self._buffer += data
        return bool(data)

    async def _answer(self, head_only: bool) -> Answer:
        while True:
            status, headers = _parse_head(await self._until(b"\r\n\r\n"))
            if status >= 200 or status == 101:
                break
        body = b""
        if not (head_only or status in (101, 204, 304)):
            body = await self._body(dict(headers))
        return Answer(status, headers, body)

    async def _body(self, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", ""):
            return await self._chunks()
        if "content-length" in headers:
            return await self._exactly(int(headers["content-length"]))
        while await self.more():
            pass
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    async def _chunks(self) -> bytes:
        body = bytearray()
        while size := int((await self._until(b"\r\n")).partition(b";")[0], 16):
            body += await self._exactly(size)
            await self._until(b"\r\n")
        while await self._until(b"\r\n"):  # Trailer fields, until the empty line.
            pass
        return bytes(body)

    async def _until(self, end: bytes) -> bytes:
        while (at := self._buffer.find(end)) < 0:
            if not await self.more():
                raise NoAnswerError(f"connection ended inside an answer: {bytes(self._buffer)!r}")
        found = bytes(self._buffer[:at])
        del self._buffer[: at + len(end)]
        return found

    async def _exactly(self, length: int) -> bytes:
        while len(self._buffer) < length:
            if not await self.more():
                raise NoAnswerError(f"connection ended {length - len(self._buffer)} bytes early")
        found = bytes(self._buffer[:length])
        del self._buffer[:length]
        return found


@asynccontextmanager
async def connect(
    address: str, port: int, *, tls: ssl.SSLContext | None = None, sni: str | None = None
) -> AsyncIterator[RawConnection]:
    """Opens a connection for the length of the block and aborts it afterwards."""
    reader, writer = await asyncio.open_connection(
        address, port, ssl=tls, server_hostname=(sni or "") if tls else None
    )
    try:
        yield RawConnection(reader, writer)
    finally:
        writer.transport.abort()


async def exchange(address: str, port: int, data: bytes) -> Answer:
    """Sends bytes on a connection of their own and returns the first answer."""
    async with connect(address, port) as connection:
        await connection.send(data)
        return await connection.answer()


def _parse_head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = (line.partition(":") for line in lines)
    headers = tuple((name.strip().lower(), value.strip()) for name, _, value in fields)
    return int(first.split(" ")[1]), headers
