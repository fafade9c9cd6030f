"""A Service in front of Pods: whoever asks is sent to one that is ready, and to no other.

Knows readiness probes, and that who is ready is known a moment later, as in a cluster. Must not
know what a Pod runs.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from tests.wire.harness.balancer import Balancer, Opened

_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Member:
    """How a Pod is probed, which gives a status, and how it is connected to."""

    probed: Callable[[], Awaitable[int]]
    opened: Opened


class Service:
    """`members` may change at any time."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self._ready: list[Opened] = []
        self._balancer = Balancer(self._replicas)

    @property
    def port(self) -> int:
        """On 127.0.0.1."""
        return self._balancer.port

    @asynccontextmanager
    async def served(self) -> AsyncIterator["Service"]:
        """As long as the block lasts."""
        async with self._balancer:
            looking = asyncio.ensure_future(self._look())
            try:
                yield self
            finally:
                looking.cancel()
                with suppress(asyncio.CancelledError):
                    await looking

    async def looked(self) -> None:
        """Who is ready now is known when this returns."""
        probed = await asyncio.gather(*(each.probed() for each in self.members))
        pairs = zip(self.members, probed, strict=False)
        self._ready = [each.opened for each, status in pairs if status == 200]

    async def left(self) -> None:
        """Who is no member any more is sent nobody, and has answered all it was sent, when this
        returns."""
        await self.looked()
        async with asyncio.timeout(30.0):
            await self._balancer.emptied()

    async def known(self) -> bool:
        """Whether there is somebody, and everybody is ready."""
        await self.looked()
        return 0 < len(self.members) == len(self._ready)

    async def _look(self) -> None:
        while True:
            await self.looked()
            await asyncio.sleep(_POLL_SECONDS)

    async def _replicas(self) -> Sequence[Opened]:
        return self._ready
