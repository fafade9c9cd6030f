"""Where proxies come in: a unix socket on their machine, or a port of the network.

Knows sockets and TLS. Must not know what is spoken behind them. Of the two the first is opened to
whoever the file system lets in, the second to whoever has a certificate of an authority that is
trusted: there is no third one, so that nobody can be served by a mistake in a setting.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from portway.adapters.listening import tcp_socket

Make = Callable[[], asyncio.Protocol]

_SOCKET_PATH_BYTES = 107

# A proxy whose machine is gone says nothing: after some 25 s without a sign it counts as gone.
_IDLE_SECONDS = 10
_PROBE_SECONDS = 5
_PROBES = 3
_UNSENT_MILLISECONDS = 25_000


class XdsError(Exception):
    """The server cannot listen. The message names the socket and the cure."""


class Entrance(Protocol):
    """One place where proxies connect."""

    async def listen(self, make: Make) -> asyncio.Server:
        """Listens; each connection gets a protocol. Raises XdsError."""

    def leave(self) -> None:
        """Clears away what listening has left behind."""


class UnixSocket:
    """For proxies of this machine and user: mode 0600, in a folder of mode 0700."""

    def __init__(self, path: Path) -> None:
        """`path` may have at most 107 bytes; its folder must be private."""
        self._path = path

    async def listen(self, make: Make) -> asyncio.Server:
        """Raises XdsError: the path is too long or its folder cannot be used."""
        path = self._path
        private_folder(path)
        try:
            server = await asyncio.get_running_loop().create_unix_server(make, path)
            path.chmod(0o600)
        except OSError as error:
            raise XdsError(f"{path}: cannot listen there: {error}") from error
        return server

    def leave(self) -> None:
        self._path.unlink(missing_ok=True)


class Secure:
    """For proxies anywhere: TLS, both sides with certificates."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext) -> None:
        """`context` may change its certificates at any time; later connections get them. It has
        to ask clients for theirs. Port 0 is any free one.

        Raises:
            ValueError: the context would let clients in without a certificate.
        """
        if context.verify_mode is not ssl.CERT_REQUIRED:
            raise ValueError("proxies are let in by their certificates only")
        self._host = host
        self._asked = port
        self._context = context
        self.port = port

    async def listen(self, make: Make) -> asyncio.Server:
        """Raises XdsError: the address cannot be had."""
        try:
            bound = tcp_socket(self._host, self._asked)
        except OSError as error:
            where = f"{self._host}:{self._asked}"
            raise XdsError(f"{where}: proxies cannot be served there: {error}") from error
        self.port = bound.getsockname()[1]
        _notice_the_dead(bound)
        return await asyncio.get_running_loop().create_server(
            make, sock=bound, ssl=self._context, ssl_handshake_timeout=10.0
        )

    def leave(self) -> None:
        """Nothing stays."""


def _notice_the_dead(listening: socket.socket) -> None:
    """Connections inherit it."""
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _IDLE_SECONDS)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _PROBE_SECONDS)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _PROBES)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNSENT_MILLISECONDS)


def private_folder(path: Path) -> None:
    """Sees to it that a socket's folder is private; removes the socket of an earlier run. Raises
    XdsError."""
    size = len(bytes(path))
    if size > _SOCKET_PATH_BYTES:
        raise XdsError(
            f"{path}: {size} bytes are too long for a unix socket, which may have "
            f"{_SOCKET_PATH_BYTES}. Choose a run folder with a shorter path."
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = stat.S_IMODE(path.parent.stat().st_mode)
        if mode & 0o077:
            raise XdsError(
                f"{path.parent}: others may enter this folder (mode {mode:04o}), and with it reach "
                f"the configuration of the proxy. Run: chmod 700 {path.parent}"
            )
        if path.exists() and stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    except OSError as error:
        raise XdsError(f"{path}: its folder cannot be used: {error}") from error
