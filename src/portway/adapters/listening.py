"""HTTP servers of our own: their addresses and sockets, and uvicorn without what we do not want.

Knows HOST:PORT, TCP sockets and uvicorn. Must not know what is served nor who may connect: each
server decides which addresses it takes, and says in its own words what is wrong with one.
"""

import errno
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import uvicorn

# What a machine says to whoever asks for an address of a kind that it has not.
_NO_IPV6: Final = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
_BACKLOG: Final = 128  # connections that wait to be accepted


def host_and_port(address: str) -> tuple[str, int]:
    """(host, port) of HOST:PORT or [HOST]:PORT; without a host it is 127.0.0.1.

    Raises ValueError, whose words follow the address.
    """
    host, _, port = address.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{port!r} is not a port; use HOST:PORT")
    return host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(port)


def tcp_socket(host: str, port: int) -> socket.socket:
    """A socket that listens on an IP address; port 0 is any free one. `::` is every address there
    is, those of IPv4 included, and these alone on a machine without IPv6. Raises OSError."""
    try:
        return _tcp_socket(host, port)
    except OSError as error:
        if host != "::" or error.errno not in _NO_IPV6:
            raise
    return _tcp_socket("0.0.0.0", port)


def authority(host: str, port: int) -> str:
    """HOST:PORT, or [HOST]:PORT for an address of IPv6."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _tcp_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named, asyncio switches Nagle's algorithm off: an answer is two writes, and
    # the second would wait 40 ms for the client's acknowledgement of the first.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if host == "::":
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.bind((host, port))
        return listening(made)
    except OSError:
        made.close()
        raise


def listening(bound: socket.socket) -> socket.socket:
    """A bound socket, ready for `serving`. Raises OSError."""
    bound.listen(_BACKLOG)
    bound.setblocking(False)
    return bound


@asynccontextmanager
async def serving(
    app: Callable[..., Any],
    sockets: Sequence[socket.socket],
    *,
    grace: int,
    keep_alive: int,
    **more: Any,
) -> AsyncIterator[None]:
    """Serve an ASGI application on listening sockets within the block. `grace`: seconds that open
    requests get at the end; `keep_alive`: seconds a connection may be idle; `more`: see
    uvicorn.Config.

    Like uvicorn's own `serve`, less its signal handlers, which belong to the process, and less its
    loop, which wakes ten times a second for a date and to see whether to end: most of what an idle
    instance would do.
    """
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        ws="none",
        timeout_graceful_shutdown=grace,
        timeout_keep_alive=keep_alive,
        **more,
    )
    config.load()
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    listeners = list(sockets)
    await server.startup(sockets=listeners)
    try:
        await server.on_tick(0)  # makes the default headers
        yield
    finally:
        await server.shutdown(sockets=listeners)
