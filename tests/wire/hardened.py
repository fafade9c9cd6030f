"""The site behind the hardening tests: one host, two guarded paths, every way of speaking to it.

Knows one Gateway with a plain and a TLS listener, and two backends: `guarded` has /admin and, in
any case of letters, /vault; `public` has the rest. So the name of the backend that answered tells
which rule a request fell under. Must not know what an attack looks like.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.wire.harness import http2, manifests, raw
from tests.wire.harness.certificates import Authority
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.origin import Origin, Received
from tests.wire.harness.portway import Portway

HOST = "app.example.com"
PORTS = {"http": 8080, "https": 8443}


@dataclass(frozen=True, slots=True)
class Site:
    """A running instance, and where it listens."""

    portway: Portway
    envoy: EnvoyAdmin
    address: str
    public: Origin
    guarded: Origin
    authority: Authority

    @property
    def reached(self) -> list[Received]:
        """Every request that reached a backend."""
        return [*self.public.requests, *self.guarded.requests]

    def trust(self, listener: str, *alpn: str) -> ssl.SSLContext | None:
        """What a client of a listener needs; None for plain text."""
        return self.authority.client_context(*alpn) if listener == "https" else None

    def connect(self, listener: str) -> AbstractAsyncContextManager[raw.RawConnection]:
        """An HTTP/1.1 connection to a listener."""
        tls = self.trust(listener, "http/1.1")
        return raw.connect(self.address, PORTS[listener], tls=tls, sni=HOST)

    def connect_http2(self, listener: str) -> AbstractAsyncContextManager[http2.Http2Connection]:
        """An HTTP/2 connection to a listener, with prior knowledge where there is no TLS."""
        return http2.connect(self.address, PORTS[listener], tls=self.trust(listener), sni=HOST)

    async def say(self, listener: str, data: bytes) -> raw.Answer:
        """The first answer to exactly these bytes."""
        async with self.connect(listener) as connection:
            await connection.send(data)
            return await connection.answer()

    async def get(self, listener: str, target: str = "/", *headers: str) -> raw.Answer:
        """The answer to a GET; `headers` are whole lines, a Host among them replaces ours."""
        named = any(each.lower().startswith("host:") for each in headers)
        lines = [f"GET {target} HTTP/1.1", *([] if named else [f"Host: {HOST}"]), *headers, "", ""]
        return await self.say(listener, "\r\n".join(lines).encode("latin-1"))


@asynccontextmanager
async def hardened_site(root: Path, authority: Authority) -> AsyncIterator[Site]:
    """Serves for the length of the block."""
    async with Origin("public") as public, Origin("guarded") as guarded, Portway(root) as portway:
        portway.write("site", _site(public, guarded, authority))
        address = await portway.address("edge")
        envoy = EnvoyAdmin(portway.data)
        yield Site(portway, envoy, address, public, guarded, authority)


def _site(public: Origin, guarded: Origin, authority: Authority) -> list[manifests.Document]:
    listeners = [
        manifests.listener("http", PORTS["http"], hostname=HOST),
        manifests.listener(
            "https", PORTS["https"], protocol="HTTPS", hostname=HOST, secret="certificate"
        ),
    ]
    admin = [
        {"path": {"type": "PathPrefix", "value": "/admin"}},
        {"path": {"type": "RegularExpression", "value": "(?i)/vault(/.*)?"}},
    ]
    rules = [
        manifests.rule(manifests.backend("guarded"), matches=admin),
        manifests.rule(manifests.backend("public")),
    ]
    return [
        manifests.gateway("edge", listeners),
        authority.certificate(HOST).secret("certificate"),
        manifests.http_route("site", "edge", rules, hostnames=[HOST]),
        manifests.service("public", public.endpoint),
        manifests.service("guarded", guarded.endpoint),
    ]
