"""The API on a port, with TLS.

Knows sockets, TLS and who may connect. Must not know what is served. On loopback a client needs a
certificate of our own authority; anywhere else it needs a token too, and without one the server
does not start.
"""

import asyncio
import errno
import ipaddress
import socket
import ssl
from pathlib import Path
from typing import Final

import uvicorn

from portway.adapters.apiserver.http.app import Application
from portway.adapters.apiserver.http.credentials import credentials, write_kubeconfig
from portway.adapters.apiserver.store.objects import ObjectStore

_GRACE: Final = 1


class ApiAddressError(ValueError):
    """The API cannot be served where it was asked to."""


class ApiServer:
    """Serves a store until cancelled."""

    def __init__(
        self,
        store: ObjectStore,
        folder: Path,
        *,
        address: str = "127.0.0.1:0",
        token: str | None = None,
    ) -> None:
        """``folder``: for certificates and the kubeconfig. ``address``: HOST:PORT, port 0 for any.

        Raises ApiAddressError for an address that is not a loopback address, without a token.
        """
        self._host, self._wanted_port = allowed(address, token)
        self._store = store
        self._folder = folder
        self._token = token
        self._app = Application(store, token=token)
        self.port: int | None = None
        """The port in use, once `listening` is set."""
        self.listening = asyncio.Event()

    @property
    def kubeconfig(self) -> Path:
        """Where the kubeconfig is, once `listening` is set."""
        return self._folder / "kubeconfig"

    async def run(self) -> None:
        """Serve until cancelled. Raises ApiAddressError if the port is taken."""
        taken = _bound(self._host, self._wanted_port)
        self.port = taken.getsockname()[1]
        found = credentials(self._folder / "tls", self._host)
        host = f"[{self._host}]" if ":" in self._host else self._host
        config = uvicorn.Config(
            self._app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
            timeout_keep_alive=90,
            ws="none",
            date_header=False,
            h11_max_incomplete_event_size=64 * 1024,
            ssl_certfile=found.certificate,
            ssl_keyfile=found.key,
            ssl_ca_certs=str(found.authority),
            ssl_cert_reqs=ssl.CERT_REQUIRED,
        )
        config.load()
        assert config.ssl is not None
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[taken])
        write_kubeconfig(self.kubeconfig, f"https://{host}:{self.port}", found, token=self._token)
        self.listening.set()
        async with asyncio.TaskGroup() as group:
            collector = group.create_task(self._store.collector.run())
            try:
                # Not uvicorn's own loop: it wakes ten times a second, which an idle instance
                # need not. The tick makes the default headers.
                await server.on_tick(0)
                await asyncio.Event().wait()
            finally:
                collector.cancel()
                self._app.end_watches()
                await server.shutdown(sockets=[taken])
                taken.close()


def allowed(address: str, token: str | None) -> tuple[str, int]:
    """(host, port) of HOST:PORT. Raises ApiAddressError if it may not be served there."""
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    host = "127.0.0.1" if host == "localhost" else host
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ApiAddressError(f"API address {address!r}: {port!r} is not a port; use HOST:PORT")
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise ApiAddressError(f"API address {address!r}: {host!r} is not an IP address") from None
    if not loopback and not token:
        raise ApiAddressError(
            f"API address {address!r}: {host} is not a loopback address; whoever reaches the API "
            "may change everything, so it is served there only with a token"
        )
    return host, int(port)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named, asyncio switches Nagle's algorithm off: an answer is two writes, and
    # the second would wait 40 ms for the client's acknowledgement of the first.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(128)
    except OSError as error:
        taken.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error}"
        raise ApiAddressError(f"API address {host}:{port} {why}") from None
    return taken


__all__ = ["ApiAddressError", "ApiServer", "allowed"]
