"""Many sample backends in one process, each on a loopback port of its own.

Knows sockets and the life of a server. Must not know what the application answers. uvicorn's server
is driven by its start and stop alone: its own loop installs signal handlers, and a process has one
set of those while it may have twenty backends.
"""

import asyncio
import socket
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import uvicorn

from portway.app.sample.application import application
from portway.app.sample.echo import Answer, Identity
from portway.app.sample.websocket import EchoWebSocket

_STOP_SECONDS = 1
_BACKLOG = 512


class BackendError(Exception):
    """A sample backend cannot be served; the message names it, its address and the cure."""


@dataclass(frozen=True, slots=True)
class SampleBackend:
    """What to serve: `port` 0 takes a free one, `pod` "" becomes `<service>-sample-0`."""

    service: str
    port: int = 0
    namespace: str = "default"
    pod: str = ""
    answer: Answer = Answer.ECHO
    address: str = "127.0.0.1"

    @property
    def identity(self) -> Identity:
        """The names this backend gives in its answers."""
        return Identity(self.namespace, self.service, self.pod or f"{self.service}-sample-0")


class Backends:
    """Serves sample backends from entering to leaving.

    async with Backends([SampleBackend("web", 3000), SampleBackend("web-canary")]) as backends:
        backends.endpoint("web-canary")     # "127.0.0.1:41234"
    """

    def __init__(self, backends: Iterable[SampleBackend]) -> None:
        self._backends = tuple(backends)
        self._endpoints: dict[tuple[str, str], list[str]] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Raises BackendError when an address cannot be bound; nothing is left serving then."""
        try:
            for backend in self._backends:
                await self._start(backend)
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stops them all; requests under way have one second to end."""
        self._endpoints.clear()
        await self._stack.aclose()

    def endpoints(self, service: str, namespace: str = "default") -> tuple[str, ...]:
        """Every `address:port` that serves a Service. Raises KeyError for an unknown one."""
        return tuple(self._endpoints[namespace, service])

    def endpoint(self, service: str, namespace: str = "default") -> str:
        """The first `address:port` of a Service. Raises KeyError for an unknown one."""
        return self._endpoints[namespace, service][0]

    async def _start(self, backend: SampleBackend) -> None:
        listening = _bind(backend)
        address, port = listening.getsockname()[:2]
        server = uvicorn.Server(_config(backend))
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[listening])
        self._stack.push_async_callback(_stop, server, listening)
        literal = f"[{address}]" if ":" in address else address
        key = (backend.namespace, backend.service)
        self._endpoints.setdefault(key, []).append(f"{literal}:{port}")


def _config(backend: SampleBackend) -> uvicorn.Config:
    return uvicorn.Config(
        application(backend.identity, backend.answer),
        http="h11",
        ws=EchoWebSocket,
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,  # The answer shows the peer as it is, not as a header claims.
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )


def _bind(backend: SampleBackend) -> socket.socket:
    """A listening socket. Raises BackendError."""
    family = socket.AF_INET6 if ":" in backend.address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((backend.address, backend.port))
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except (OSError, OverflowError) as error:
        listening.close()
        raise BackendError(
            f"sample backend {backend.namespace}/{backend.service}: cannot listen on "
            f"{backend.address}:{backend.port} ({error}). Free the port, or give port 0 to take "
            f"any free one."
        ) from error
    return listening


async def _stop(server: uvicorn.Server, listening: socket.socket) -> None:
    """Stops listening, ends WebSockets, lets requests under way end within a second."""
    try:
        await asyncio.shield(server.shutdown(sockets=[listening]))
    finally:
        listening.close()
