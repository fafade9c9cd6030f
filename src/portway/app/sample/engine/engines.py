"""Several engines in one process, each on a port of its own.

Knows sockets and the life of the servers. Must not know what they answer. Many engines share a
process because each of them does next to nothing: a timer and a few writes for each request.
"""

import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import uvicorn

from portway.app.sample.backends import BackendError
from portway.app.sample.engine.application import Application
from portway.app.sample.engine.live import LiveEngine
from portway.app.sample.engine.profile import Profile

_STOP_SECONDS = 1
_BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Serving:
    """What every engine of a process has in common. `events` is the most events of a stream."""

    model: str = "sample"
    adapters: tuple[str, ...] = ()
    profile: Profile = field(default_factory=Profile)
    speed: float = 1.0
    events: int = 8


class Engines:
    """Serves from entering to leaving.

    async with Engines(Serving(), [("engine-0", 8000), ("engine-1", 0)]) as engines:
        engines.endpoints                   # ("127.0.0.1:8000", "127.0.0.1:41234")
    """

    def __init__(
        self, serving: Serving, names: Sequence[tuple[str, int]], address: str = "127.0.0.1"
    ) -> None:
        self._serving = serving
        self._names = names
        self._address = address
        self._stack = AsyncExitStack()
        self.endpoints: tuple[str, ...] = ()
        self.live: tuple[LiveEngine, ...] = ()

    async def __aenter__(self) -> Self:
        """Raises BackendError when an address cannot be bound; nothing is left serving then."""
        try:
            for name, port in self._names:
                await self._start(name, port)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Requests under way are cancelled."""
        await self._stack.aclose()

    async def _start(self, name: str, port: int) -> None:
        asked = self._serving
        listening = self._bind(name, port)
        live = LiveEngine(asked.profile, asked.speed)
        served = Application(live, name, asked.model, asked.adapters, asked.events)
        server = uvicorn.Server(_config(served))
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[listening])
        self._stack.callback(listening.close)
        self._stack.push_async_callback(server.shutdown, sockets=[listening])
        self._stack.callback(live.close)
        self.live += (live,)
        self.endpoints += (f"{self._address}:{listening.getsockname()[1]}",)

    def _bind(self, name: str, port: int) -> socket.socket:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self._address, port))
            listening.listen(_BACKLOG)
            listening.setblocking(False)
        except (OSError, OverflowError) as error:
            listening.close()
            raise BackendError(
                f"engine {name}: cannot listen on {self._address}:{port} ({error}). Free the "
                f"port, or give another --port."
            ) from error
        return listening


def _config(served: Application) -> uvicorn.Config:
    return uvicorn.Config(
        served,
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=600,  # A proxy's idle connections are its own to end.
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
