"""A WebSocket backend on the websockets package: an implementation that is not Portway's own.

Knows how to echo. Must not know the gateway. `paths` tells what was asked for, so that a test sees
which request reached which backend.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection, serve


@dataclass(slots=True)
class WebSocketEcho:
    """A serving echo: its `address:port`, and the paths and Hosts of accepted handshakes."""

    endpoint: str = ""
    paths: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)


@asynccontextmanager
async def websocket_echo(tls: ssl.SSLContext | None = None) -> AsyncIterator[WebSocketEcho]:
    """Serves for the length of the block, in plain text unless it gets `tls`."""
    echo = WebSocketEcho()

    async def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        echo.paths.append(connection.request.path)
        echo.hosts.append(connection.request.headers["Host"])
        async for message in connection:
            await connection.send(message)

    async with serve(handle, "127.0.0.1", 0, close_timeout=1, ssl=tls) as server:
        address, port = next(iter(server.sockets)).getsockname()[:2]
        echo.endpoint = f"{address}:{port}"
        yield echo
