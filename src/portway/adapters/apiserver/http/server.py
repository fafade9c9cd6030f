"""The API on a port, with TLS.

Knows TLS and who may connect. Must not know what is served. On loopback a client needs a
certificate of our own authority; anywhere else it needs a token too, and without one the server
does not start.
"""

import asyncio
import errno
import ipaddress
import socket
import ssl
from pathlib import Path

from portway.adapters.apiserver.http.app import Application
from portway.adapters.apiserver.http.credentials import credentials, write_kubeconfig
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.listening import host_and_port, serving, tcp_socket


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
        controller: str = "",
    ) -> None:
        """``folder``: for certificates and the kubeconfig. ``address``: HOST:PORT, port 0 for any.
        ``controller``: the name of the one that whoever serves this is itself, if any.

        Raises ApiAddressError for an address that is not a loopback address, without a token.
        """
        self._host, self._wanted_port = allowed(address, token)
        self._store = store
        self._folder = folder
        self._token = token
        self._app = Application(store, token=token, controller=controller)
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
        try:
            async with serving(
                self._app,
                [taken],
                grace=1,
                keep_alive=90,
                h11_max_incomplete_event_size=64 * 1024,
                ssl_certfile=found.certificate,
                ssl_keyfile=found.key,
                ssl_ca_certs=str(found.authority),
                ssl_cert_reqs=ssl.CERT_REQUIRED,
            ):
                address = f"https://{host}:{self.port}"
                write_kubeconfig(self.kubeconfig, address, found, token=self._token)
                self.listening.set()
                try:
                    await self._store.collector.run()
                finally:
                    self._app.end_watches()
        finally:
            taken.close()


def allowed(address: str, token: str | None) -> tuple[str, int]:
    """(host, port) of HOST:PORT. Raises ApiAddressError if it may not be served there."""
    try:
        host, port = host_and_port(address)
    except ValueError as error:
        raise ApiAddressError(f"API address {address!r}: {error}") from None
    host = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise ApiAddressError(f"API address {address!r}: {host!r} is not an IP address") from None
    if not loopback and not token:
        raise ApiAddressError(
            f"API address {address!r}: {host} is not a loopback address; whoever reaches the API "
            "may change everything, so it is served there only with a token"
        )
    return host, port


def _bound(host: str, port: int) -> socket.socket:
    try:
        return tcp_socket(host, port)
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error}"
        raise ApiAddressError(f"API address {host}:{port} {why}") from None


__all__ = ["ApiAddressError", "ApiServer", "allowed"]
