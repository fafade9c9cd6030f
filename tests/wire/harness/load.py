"""A steady, bounded load that counts everything that went wrong.

Knows requests, statuses, broken connections and latencies. Must not know what changes meanwhile:
the test changes something while the load runs and asserts on the result. A test waits for a number
of requests, not for time.
"""

import asyncio
import math
import ssl
from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType
from typing import Self

from tests.wire.harness import raw


@dataclass(slots=True)
class Result:
    """What happened so far. `breaks` counts requests that got no whole answer."""

    statuses: Counter[int] = field(default_factory=Counter)
    breaks: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """Answered and broken ones."""
        return sum(self.statuses.values()) + len(self.breaks)

    @property
    def failures(self) -> int:
        """Requests that did not end with 200."""
        return self.requests - self.statuses[200]

    def percentile(self, share: float) -> float:
        """The latency in seconds that `share` (0 to 1) of the answers stayed within."""
        ordered = sorted(self.seconds)
        if not ordered:
            return math.nan
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


class Load:
    """Sends GET requests from entering to leaving.

    async with Load("127.0.0.1", 8080, host="www.example.com", clients=4) as load:
        change_something()
        await load.more(500)
    assert load.result.failures == 0
    """

    def __init__(
        self,
        address: str,
        port: int,
        *,
        host: str,
        path: str = "/",
        clients: int = 4,
        keep_alive: bool = True,
        most: int = 100_000,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`keep_alive=False` opens a connection for each request; `most` bounds all requests; with
        `tls` the server name is `host`.
        """
        self.result = Result()
        self._where = (address, port)
        self._tls = (tls, host)
        ending = "" if keep_alive else "Connection: close\r\n"
        self._request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{ending}\r\n".encode()
        self._keep_alive = keep_alive
        self._clients = clients
        self._left = most
        self._stopping = False
        self._progress = asyncio.Condition()
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        for _ in range(self._clients):
            self._group.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping = True
        await self._group.__aexit__(kind, error, trace)

    async def more(self, requests: int, *, seconds: float = 30.0) -> None:
        """Waits until that many further requests have ended. Raises TimeoutError."""
        goal = self.result.requests + requests
        async with asyncio.timeout(seconds), self._progress:
            await self._progress.wait_for(lambda: self.result.requests >= goal)

    async def _run(self) -> None:
        while self._going():
            try:
                tls, host = self._tls
                async with raw.connect(*self._where, tls=tls, sni=host) as connection:
                    await self._use(connection)
            except OSError as error:
                await self._count_break(f"connect: {error}")

    async def _use(self, connection: raw.RawConnection) -> None:
        """Requests on one connection until it ends, breaks or the load stops."""
        first = True
        while first or (self._keep_alive and self._going()):
            self._left -= 1
            before = perf_counter()
            try:
                await connection.send(self._request)
                answer = await connection.answer()
            except (OSError, raw.NoAnswerError) as error:
                await self._count_break(f"{'first' if first else 'later'} request: {error}")
                return
            first = False
            await self._count(answer.status, perf_counter() - before)
            if answer.header("connection") == "close":
                return

    def _going(self) -> bool:
        return not self._stopping and self._left > 0

    async def _count(self, status: int, seconds: float) -> None:
        self.result.statuses[status] += 1
        self.result.seconds.append(seconds)
        await self._tell()

    async def _count_break(self, what: str) -> None:
        self.result.breaks.append(what)
        await self._tell()
        await asyncio.sleep(0.001)  # A refused connection must not become a busy loop.

    async def _tell(self) -> None:
        async with self._progress:
            self._progress.notify_all()
