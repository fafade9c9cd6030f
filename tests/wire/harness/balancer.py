"""A Service in front of several replicas: each connection goes to one of those that take it.

Knows who is a replica at the moment, and nothing of what goes through it.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeAlias

from tests.wire.harness import relay

Opened: TypeAlias = Callable[[], Awaitable[relay.Ends]]


class Balancer:
    """Listens on a loopback port of its own.

    `replicas` gives those of the moment, as ways to open a connection; they are taken in turn.
    """

    def __init__(self, replicas: Callable[[], Awaitable[Sequence[Opened]]]) -> None:
        self._replicas = replicas
        self.port = 0
        self._turns = itertools.count()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._through, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for each in list(self._writers):
            each.close()

    async def emptied(self) -> None:
        """Every connection that is open now has ended when this returns."""
        if self._serving:
            await asyncio.wait(set(self._serving))

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        self._writers.add(writer)
        found = await self._replica()
        if found is not None:
            self._writers.add(found[1])
            await relay.join((reader, writer), found)
            self._writers.discard(found[1])
        self._writers.discard(writer)
        writer.close()

    async def _replica(self) -> relay.Ends | None:
        replicas = await self._replicas()
        for _ in replicas:
            opened = replicas[next(self._turns) % len(replicas)]
            with suppress(OSError):
                return await opened()
        return None


def at_ports(*ports: int) -> Balancer:
    """In front of what listens on these loopback ports, whether it does at the moment or not."""
    opened = [partial(asyncio.open_connection, "127.0.0.1", each) for each in ports]

    async def replicas() -> Sequence[Opened]:
        return opened

    return Balancer(replicas)
