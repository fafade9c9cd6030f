"""The generator for machines without wrk: `python -m bench.generator ADDRESS PORT HOST PATH
CONNECTIONS SECONDS`.

Knows just enough HTTP/1.1 to send a GET and to find the end of an answer with Content-Length. Must
not know the rest: every microsecond here is taken from what is measured. Prints one JSON object.
"""

import asyncio
import json
import re
import sys
from functools import partial
from time import perf_counter

from bench.ratios import percentile

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Client(asyncio.Protocol):
    """One connection that always has one request under way, until `stop` or a broken answer."""

    def __init__(self, request: bytes, stop: float, done: asyncio.Future[None]) -> None:
        self.latencies: list[float] = []
        self.errors = 0
        self._request = request
        self._stop = stop
        self._done = done
        self._sent = 0.0
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self.errors += 1
            self._done.set_result(None)

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data
        end = data.find(b"\r\n\r\n")
        length = _LENGTH.search(data, 0, end + 2) if end > 0 else None
        if length is None or len(data) < end + 4 + int(length[1]):
            self._buffer = data
            return
        self._buffer = b""
        now = perf_counter()
        self.latencies.append(now - self._sent)
        self.errors += not data.startswith(b"HTTP/1.1 200 ")
        if now < self._stop:
            self._send()
        else:
            self._done.set_result(None)

    def close(self) -> None:
        """Ends the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _send(self) -> None:
        assert self._transport is not None
        self._sent = perf_counter()
        self._transport.write(self._request)


async def generate(
    address: str, port: int, host: str, path: str, connections: int, seconds: float
) -> dict[str, float]:
    """Sends requests on `connections` connections for `seconds`. Raises OSError, TimeoutError."""
    loop = asyncio.get_running_loop()
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    started = perf_counter()
    clients: list[Client] = []
    ends = [loop.create_future() for _ in range(connections)]
    try:
        for end in ends:
            factory = partial(Client, request, started + seconds, end)
            _, client = await loop.create_connection(factory, address, port)
            clients.append(client)
        async with asyncio.timeout(seconds + 10):
            await asyncio.gather(*ends)
    finally:
        elapsed = perf_counter() - started
        for client in clients:
            client.close()
    latencies = [value for client in clients for value in client.latencies]
    return {
        "requests": len(latencies),
        "errors": sum(client.errors for client in clients),
        "seconds": elapsed,
        "p50": percentile(latencies, 0.5),
        "p99": percentile(latencies, 0.99),
    }


if __name__ == "__main__":
    _, _address, _port, _host, _path, _connections, _seconds = sys.argv
    _told = generate(_address, int(_port), _host, _path, int(_connections), float(_seconds))
    print(json.dumps(asyncio.run(_told)))
