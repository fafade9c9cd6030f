"""Ordinary HTTP clients that dial a Gateway's address whatever the URL's host says.

Knows httpx. Must not resolve names: in a test `https://www.example.com` means that Host and SNI, at
the address of the Gateway under test.
"""

import ssl
from collections.abc import Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx


class _Dialler(httpcore.AsyncNetworkBackend):
    """Connects to one address; ports are mapped, or kept when they are not in the map."""

    def __init__(self, address: str, ports: dict[int, int]) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._address = address
        self._ports = ports

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return await self._inner.connect_tcp(
            self._address, self._ports.get(port, port), timeout, local_address, socket_options
        )

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


def client(
    address: str,
    *,
    ports: dict[int, int] | None = None,
    tls: ssl.SSLContext | None = None,
    http2: bool = False,
    **settings: Any,
) -> httpx.AsyncClient:
    """A client whose connections all go to `address`.

    Args:
        ports: where a URL's port is really served (`{80: 8080}`).
        tls: what to trust; None trusts the machine's authorities.
        settings: httpx.AsyncClient's own.
    """
    transport = httpx.AsyncHTTPTransport(verify=tls or False, http2=http2, trust_env=False)
    transport._pool._network_backend = _Dialler(address, ports or {})
    settings.setdefault("timeout", 10.0)
    # A request has the cookies that its test gives it, and no others.
    settings.setdefault("cookies", CookieJar(DefaultCookiePolicy(allowed_domains=[])))
    return httpx.AsyncClient(transport=transport, **settings)
