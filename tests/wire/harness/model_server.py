"""A model server as a picker sees it: answers, streams and tells its numbers, as a test wants.

Knows HTTP/1.1 enough to serve Envoy and a scraper. Must not know how endpoints are picked.

    async with ModelServer("a") as a:
        a.endpoint                   # "127.0.0.1:41234"
        a.page = b"vllm:num_requests_waiting 3\n"
        a.gate.clear()               # answers wait from now on
"""

import asyncio
import json
from types import TracebackType
from typing import Self


class ModelServer:
    """Serves from entering to leaving; `close` and `open` in between are a crash and a restart."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.page = b""
        """What `/metrics` answers."""
        self.page_hangs = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.scrapes = 0
        self.slow = 0.0
        """Seconds before each answer."""
        self.chunks = [b"data: one\n\n", b"data: two\n\n", b"data: [DONE]\n\n"]
        self.between = 0.0
        """Seconds between chunks of a stream."""
        self.sent: list[float] = []
        """When each chunk of a stream was sent, by the clock of the event loop."""
        self.head = "content-type: text/event-stream"
        """Header lines of a stream."""
        self._port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def endpoint(self) -> str:
        """`ip:port`."""
        return f"127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.gate.set()
        await self.close()

    async def open(self) -> None:
        """Serves, on the port it had before if it had one."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Ends without a word, connections too."""
        if self._server is not None:
            self._server.close()
        for each in list(self._writers):
            each.transport.abort()
        self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await self._one(reader, writer):
                await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        if head[0].startswith("GET /metrics"):
            self.scrapes += 1
            if self.page_hangs:
                await asyncio.sleep(3600)
            writer.write(_answer("text/plain", self.page))
            return True
        body = await _body(reader, headers)
        self.headers.append(headers)
        self.bodies.append(body)
        await self.gate.wait()
        await asyncio.sleep(self.slow)
        if b'"stream": true' in body or b'"stream":true' in body:
            await self._stream(writer)
        else:
            writer.write(_answer("application/json", json.dumps({"service": self.name}).encode()))
        return True

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        head = self.head.encode()
        writer.write(b"HTTP/1.1 200 OK\r\n%b\r\ntransfer-encoding: chunked\r\n\r\n" % head)
        for chunk in self.chunks:
            self.sent.append(asyncio.get_running_loop().time())
            writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            await writer.drain()
            await asyncio.sleep(self.between)
        writer.write(b"0\r\n\r\n")


def _answer(kind: str, body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n%b" % (
        kind.encode(),
        len(body),
        body,
    )


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body
