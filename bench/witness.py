"""Clients that see everything: `python -m bench.witness JSON`, until a line comes in.

Knows HTTP/1.1 just enough, in a process of its own. Must not judge: every answer is written down
with when it was asked for, when it came, its status and the version it says it has, and whoever
started it draws the conclusions. Clients are paced, so that latency is the gateway's and not the
queue in here. The clock is that of `time.perf_counter`, which processes of one machine share.
"""

import asyncio
import json
import re
import ssl
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Self

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_VERSION = re.compile(rb"\r\nx-version: *(\d+)\r\n", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)
_FIELDS = 5
_AGAIN_SECONDS = 0.005
KEPT, FRESH = 0, 1


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; status 0: the connection was lost or refused instead. Version -1: it says none.

    `kind` is KEPT (a connection that stays) or FRESH (one for each request).
    """

    sent: float
    received: float
    status: int
    version: int
    kind: int


@dataclass(frozen=True, slots=True)
class Order:
    """What to ask, and how.

    `hosts` are asked in turn at `path`. `kept` clients hold a connection, `fresh` ones open one
    for each request, and so do `kept_tls` and `fresh_tls` at `tls_port`; each asks every `pace`
    seconds. Answers go to the file `out`.
    """

    address: str
    port: int
    hosts: Sequence[str]
    out: str
    path: str = "/"
    kept: int = 32
    fresh: int = 1
    tls_port: int = 0
    kept_tls: int = 0
    fresh_tls: int = 0
    pace: float = 0.02


@dataclass(slots=True)
class Record:
    """All answers so far, and how many connections the other side ended in good order."""

    numbers: "array[float]" = field(default_factory=lambda: array("d"))
    closed: int = 0

    def add(self, sent: float, status: int, version: int, kind: int) -> None:
        """One answer, now."""
        self.numbers.extend((sent, perf_counter(), status, version, kind))


class Client(asyncio.Protocol):
    """One client: asks, waits for the answer, and asks again at its next turn."""

    def __init__(self, order: Order, record: Record, kind: int, number: int) -> None:
        self._order = order
        self._record = record
        self._kind = kind
        tail = "\r\nConnection: close\r\n\r\n" if kind == FRESH else "\r\n\r\n"
        self._requests = [
            f"GET {order.path} HTTP/1.1\r\nHost: {host}{tail}".encode() for host in order.hosts
        ]
        self._next = number
        self._sent = 0.0
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._answered = asyncio.Event()

    async def run(self, tls: bool, delay: float) -> None:
        """Until cancelled."""
        await asyncio.sleep(delay)
        turn = perf_counter()
        try:
            while True:
                await self._exchange(tls)
                # A turn that is over is not made up for: that would be another load.
                turn = max(turn + self._order.pace, perf_counter())
                await asyncio.sleep(turn - perf_counter())
        finally:
            self._drop()

    async def _exchange(self, tls: bool) -> None:
        self._sent = perf_counter()
        self._answered.clear()
        try:
            if self._transport is None:
                await self._connect(tls)
            assert self._transport is not None
            self._transport.write(self._requests[self._next % len(self._requests)])
            self._next += 1
            await self._answered.wait()
        except OSError:
            self._record.add(self._sent, 0, -1, self._kind)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _connect(self, tls: bool) -> None:
        port = self._order.tls_port if tls else self._order.port
        context = _trusting() if tls else None
        name = self._order.hosts[0] if tls else None
        loop = asyncio.get_running_loop()
        await loop.create_connection(
            lambda: self, self._order.address, port, ssl=context, server_hostname=name
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer = b""

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is None:
            return
        self._transport = None
        if self._answered.is_set():
            self._record.closed += 1
        else:
            self._finish(0, -1)

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data
        end = data.find(b"\r\n\r\n")
        length = _LENGTH.search(data, 0, end + 2) if end > 0 else None
        if end < 0 or len(data) < end + 4 + (int(length[1]) if length else 0):
            self._buffer = data
            return
        self._buffer = b""
        version = _VERSION.search(data, 0, end + 2)
        closes = _CLOSE.search(data, 0, end + 2) is not None
        if closes and self._kind == KEPT:
            self._record.closed += 1
        if closes or self._kind == FRESH:
            self._drop()
        self._finish(int(data[9:12]), int(version[1]) if version else -1)

    def _finish(self, status: int, version: int) -> None:
        self._record.add(self._sent, status, version, self._kind)
        self._answered.set()

    def _drop(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def watch(order: Order, until: asyncio.Event) -> Record:
    """Asks until the event."""
    record = Record()
    plan = (
        *((KEPT, False),) * order.kept,
        *((FRESH, False),) * order.fresh,
        *((KEPT, True),) * order.kept_tls,
        *((FRESH, True),) * order.fresh_tls,
    )
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                Client(order, record, kind, number).run(tls, order.pace * number / len(plan))
            )
            for number, (kind, tls) in enumerate(plan)
        ]
        await until.wait()
        for task in tasks:
            task.cancel()
    return record


def read(out: Path) -> Iterator[Answer]:
    """The answers in a file, in the order in which they came."""
    numbers = array("d")
    numbers.frombytes(out.read_bytes())
    for at in range(0, len(numbers), _FIELDS):
        sent, received, status, version, kind = numbers[at : at + _FIELDS]
        yield Answer(sent, received, int(status), int(version), int(kind))


class Witness:
    """A witness in a process of its own, from entering to leaving.

    async with Witness(order) as witness:
        change_something()
    witness.answers, witness.closed
    """

    def __init__(self, order: Order) -> None:
        self.answers: list[Answer] = []
        self.closed = 0
        self._order = order
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process_id(self) -> int:
        """Of the clients."""
        assert self._process is not None
        return self._process.pid

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.witness", json.dumps(asdict(self._order))),
            stdin=pipe,
            stdout=pipe,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        try:
            async with asyncio.timeout(30):
                said, _error = await self._process.communicate(b"\n")
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
        self.closed = int(json.loads(said)["closed"])
        self.answers = list(read(Path(self._order.out)))


async def _watch(order: Order) -> Record:
    until = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, until.set)
    return await watch(order, until)


def _main(order: Order) -> None:
    record = asyncio.run(_watch(order))
    Path(order.out).write_bytes(record.numbers.tobytes())
    print(json.dumps({"closed": record.closed}))


if __name__ == "__main__":
    _main(Order(**json.loads(sys.argv[1])))
