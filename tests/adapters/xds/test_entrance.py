"""Where proxies come in over the network: who is let in, as whom, and for how long."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import grpc
import grpc.aio
import pytest
from cryptography import x509

from portway.adapters.identity import Door, Keyring, gateway_of, signing
from portway.adapters.identity.signing import KeyPair
from portway.adapters.xds import Caller, Secure, StreamEvents, XdsError, XdsServer
from portway.adapters.xds.call import RefusedError, Status
from portway.adapters.xds.server import METHOD
from portway.core.delta import Resource, ResourceSet
from portway.core.schema import Schema

TYPE = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
HOST = "portway-xds.portway.svc"


def now() -> datetime:
    return datetime.now(UTC)


class Site:
    """A server of two Gateways' resources, for whoever can show who he is."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.ring = Keyring.new(now())
        self.door = Door()
        self.door.show(self.ring.for_control_plane(HOST, now()), self.ring.bundle)
        self.entrance = Secure("127.0.0.1", 0, self.door.context)
        self.parts = {"shop/web": ResourceSet(), "shop/other": ResourceSet()}
        for owner, part in self.parts.items():
            part.apply([Resource(TYPE, f"of {owner}", "1", b"")])
        self.reports: asyncio.Queue[str] = asyncio.Queue()
        events = StreamEvents(
            outcome=lambda _, __: None,
            opened=lambda _, owner, node: self.reports.put_nowait(f"{owner} as {node}"),
        )
        self.server = XdsServer(self.entrance, schema, self.parts.__getitem__, events, by_name)
        self.server.begin()

    @asynccontextmanager
    async def channel(self, own: KeyPair | None) -> AsyncIterator[grpc.aio.Channel]:
        credentials = grpc.ssl_channel_credentials(
            self.ring.bundle,
            own and own.key_pem,
            own and own.certificate_pem,
        )
        options = [("grpc.ssl_target_name_override", HOST), ("grpc.default_authority", HOST)]
        where = f"127.0.0.1:{self.entrance.port}"
        async with grpc.aio.secure_channel(where, credentials, options) as channel:
            yield channel

    async def seen(self, own: KeyPair | None, node: str = "x") -> list[str]:
        """The names of what a proxy with this certificate is sent first."""
        async with self.channel(own) as channel:
            call = channel.stream_stream(METHOD)()
            request = {"type_url": TYPE, "node": {"id": node}}
            name = "envoy.service.discovery.v3.DeltaDiscovery"
            await call.write(self.schema.encode(f"{name}Request", request))
            async with asyncio.timeout(5):
                body = await call.read()
            assert isinstance(body, bytes)
            answer = self.schema.message_class(f"{name}Response").FromString(body)
            return [each.name for each in answer.resources]  # type: ignore[attr-defined]


def by_name(caller: Caller) -> str:
    owner = gateway_of(caller.names)
    if owner is None:
        raise RefusedError(Status.PERMISSION_DENIED, "not a Gateway's proxy")
    return owner


@pytest.fixture
async def site(schema: Schema) -> AsyncIterator[Site]:
    made = Site(schema)
    await made.server.start()
    yield made
    await made.server.stop()


async def test_each_sees_what_is_its_own_whatever_it_says_of_itself(site: Site) -> None:
    for owner in ("shop/web", "shop/other"):
        own = site.ring.for_gateway(owner, now())
        assert await site.seen(own, node="shop/web") == [f"of {owner}"]
        assert await site.reports.get() == f"{owner} as shop/web"


async def _refused(site: Site, own: KeyPair | None) -> grpc.StatusCode:
    async with site.channel(own) as channel:
        async with asyncio.timeout(10):
            code: grpc.StatusCode = await channel.stream_stream(METHOD)().code()
        return code


async def test_nobody_without_a_certificate_of_ours(site: Site) -> None:
    stranger = Keyring.new(now()).for_gateway("shop/web", now())
    ended = signing.signed(
        site.ring.signer, "x", (), signing.CLIENT, now() - timedelta(days=2), timedelta(days=1)
    )
    for own in (None, stranger, ended):
        assert await _refused(site, own) == grpc.StatusCode.UNAVAILABLE
    assert site.server.streams == 0


async def test_a_certificate_of_no_gateway_is_refused(site: Site) -> None:
    nameless = signing.signed(site.ring.signer, "x", (), signing.CLIENT, now(), timedelta(days=1))
    assert await _refused(site, nameless) == grpc.StatusCode.PERMISSION_DENIED
    # One for the control plane's own side is good for nothing here.
    server = site.ring.for_control_plane(HOST, now())
    assert await _refused(site, server) == grpc.StatusCode.UNAVAILABLE


async def test_a_stream_ends_with_its_certificate(site: Site) -> None:
    ring = site.ring
    names = ring.for_gateway("shop/web", now()).certificate
    found = names.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    short = signing.signed(
        ring.signer, "x", tuple(found), signing.CLIENT, now(), timedelta(seconds=2)
    )
    async with site.channel(short) as channel:
        call = channel.stream_stream(METHOD)()
        async with asyncio.timeout(10):
            assert await call.code() == grpc.StatusCode.UNAUTHENTICATED
        assert "ended" in (await call.details() or "")


async def test_another_certificate_is_shown_to_whoever_comes_next(site: Site) -> None:
    other = Keyring.new(now())
    site.door.show(other.for_control_plane(HOST, now()), other.bundle)
    assert await _refused(site, site.ring.for_gateway("shop/web", now())) == (
        grpc.StatusCode.UNAVAILABLE
    )
    before, site.ring = site.ring, other
    assert await site.seen(other.for_gateway("shop/web", now())) == ["of shop/web"]
    # And those of the authority before are still let in, where they trust the new one.
    assert await site.seen(before.for_gateway("shop/web", now())) == ["of shop/web"]


async def test_a_connection_without_tls_gets_nothing(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.entrance.port)
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    async with asyncio.timeout(10):
        assert b"SETTINGS" not in await reader.read(100)
    writer.close()
    assert site.server.streams == 0


def test_a_context_that_would_let_anybody_in_is_refused() -> None:
    with pytest.raises(ValueError, match="certificates"):
        Secure("127.0.0.1", 0, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))


async def test_an_address_that_is_taken_is_named(schema: Schema) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        entrance = Secure("127.0.0.1", port, Door().context)
        with pytest.raises(XdsError, match=f"127.0.0.1:{port}"):
            await entrance.listen(asyncio.Protocol)
