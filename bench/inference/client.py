"""A client that sends a workload and takes the time of every answer.

Knows HTTP/1.1 as far as an answer of a gateway needs it, on connections that are kept. Must not
know arms. Every request is streamed: the first bytes of the body are the first token. Times are
real seconds multiplied by the engines' speed. A library would use more of the machine than the
gateway that is measured.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import suppress

import msgspec

from bench.inference.figures import Served
from bench.inference.workload import Request, Workload
from bench.loads import Target

PREFIX_HEADER = "x-prefix"
"""Says what beginning a prompt has; only hashing on a header reads it."""

_PATIENCE_SECONDS = 300.0
_END = b"0\r\n\r\n"
_CACHED = re.compile(rb'"cached_tokens":(\d+)')


class Client:
    """Sends to one target. `failed` counts what was not answered in full, `why` each reason."""

    def __init__(self, target: Target, model: str, speed: float) -> None:
        self._target = target
        self._model = model
        self._speed = speed
        self._idle: list[_Connection] = []
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self.served: list[Served] = []
        self.failed = 0
        self.why: dict[str, int] = {}

    async def run(self, load: Workload) -> None:
        """Sends all of it, at its concurrency or at its arrivals."""
        self._started = self._loop.time()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            if load.concurrency:
                waiting = iter(load.requests)
                workers = min(load.concurrency, len(load.requests))
                await asyncio.gather(*(self._work(waiting) for _ in range(workers)))
            else:
                await self._arrivals(load)
        for connection in self._idle:
            connection.close()

    async def _work(self, waiting: Iterator[Request]) -> None:
        for request in waiting:
            await self._one(request)

    async def _arrivals(self, load: Workload) -> None:
        async with asyncio.TaskGroup() as group:
            for request in load.requests:
                due = self._started + request.arrival / self._speed
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                group.create_task(self._one(request))

    async def _one(self, request: Request) -> None:
        connection = self._idle.pop() if self._idle else _Connection(self._target)
        asked = self._now
        try:
            await connection.send(self._bytes(request))
            pod, first, tail = await connection.receive(self._loop.time)
        except (OSError, asyncio.IncompleteReadError, _Refused) as error:
            connection.close()
            self.failed += 1
            said = str(error) if isinstance(error, _Refused) else type(error).__name__
            self.why[said] = self.why.get(said, 0) + 1
            return
        self._idle.append(connection)
        cached = _CACHED.search(tail)
        self.served.append(
            Served(
                pod,
                asked,
                (first - self._started) * self._speed,
                self._now,
                request.prompt_tokens,
                int(cached[1]) if cached else 0,
            )
        )

    @property
    def _now(self) -> float:
        return (self._loop.time() - self._started) * self._speed

    def _bytes(self, request: Request) -> bytes:
        body = msgspec.json.encode(
            {
                "model": self._model,
                "prompt": request.text(),
                "max_tokens": request.output_tokens,
                "stream": True,
                "stream_options": {"include_usage": True},
            }
        )
        head = (
            f"POST /v1/completions HTTP/1.1\r\nHost: {self._target.host}\r\n"
            f"Content-Type: application/json\r\n{PREFIX_HEADER}: {request.key}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class _Refused(Exception):
    """Another status than 200."""


class _Connection:
    """One connection, opened with its first request."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, data: bytes) -> None:
        """A whole request. Raises OSError."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._target.address, self._target.port)
        self._streams[1].write(data)
        await self._streams[1].drain()

    async def receive(self, clock: Callable[[], float]) -> tuple[str, float, bytes]:
        """The engine's name, when the first token came, and the end of the answer."""
        assert self._streams is not None
        reader = self._streams[0]
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        if not head.startswith("HTTP/1.1 200"):
            raise _Refused(head.partition("\r\n")[0])
        first, tail = 0.0, b""
        while not tail.endswith(_END):
            data = await reader.read(65536)
            if not data:
                raise asyncio.IncompleteReadError(tail, None)
            first = first or clock()
            tail = (tail + data)[-8192:]
        name = re.search(r"(?im)^x-inference-pod: *(\S+)", head)
        return (name[1] if name else "", first, tail)

    def close(self) -> None:
        """Without a word."""
        if self._streams is not None:
            with suppress(OSError):
                self._streams[1].close()
