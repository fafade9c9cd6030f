"""Client certificates that a Gateway demands: who is let in, and what backends hear of it."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.wire.harness import http, manifests, raw, refused
from tests.wire.harness.certificates import Authority, Certificate
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.load import Load
from tests.wire.harness.manifests import (
    Document,
    authorities,
    backend,
    http_route,
    rule,
    service,
)
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway

pytestmark = pytest.mark.envoy

HOST = "app.example.com"
HTTP, ASKED, OTHER = 8080, 8443, 9443
FORGED = 'Hash=00;Subject="CN=admin"'


def demand(*names: str, mode: str = "AllowValidOnly") -> Document:
    """A TLSConfig of tls.frontend."""
    refs = [{"group": "", "kind": "ConfigMap", "name": each} for each in names]
    return {"validation": {"caCertificateRefs": refs, "mode": mode}}


@dataclass
class Site:
    """A running instance with a plain and two HTTPS listeners, and one backend."""

    portway: Portway
    origin: Origin
    folder: Path
    authority: Authority
    address: str = ""

    def write(self, frontend: Document, *documents: Document) -> None:
        listeners = [
            manifests.listener("http", HTTP),
            manifests.listener("asked", ASKED, protocol="HTTPS", secret="cert", hostname=HOST),
            manifests.listener("other", OTHER, protocol="HTTPS", secret="cert", hostname=HOST),
        ]
        gateway = manifests.gateway("web", listeners, tls={"frontend": frontend})
        self.portway.write("gateway", [gateway, *documents])

    async def begin(self, frontend: Document, *documents: Document) -> None:
        certificate = self.authority.certificate(HOST).secret("cert")
        route = http_route("app", "web", [rule(backend("app"))])
        self.portway.write("app", [service("app", self.origin.endpoint), route, certificate])
        self.write(frontend, *documents)
        self.address = await self.portway.address("web")

    def context(self, certificate: Certificate | None = None, *alpn: str) -> ssl.SSLContext:
        context = self.authority.client_context(*alpn)
        if certificate is not None:
            context.load_cert_chain(*certificate.write(self.folder, f"client-{id(certificate)}"))
        return context

    async def ask(
        self, port: int, certificate: Certificate | None = None, *headers: str
    ) -> int | None:
        """The status of a GET over TLS; None when nobody answered."""
        lines = [f"GET / HTTP/1.1\r\nHost: {HOST}", *headers, "\r\n"]
        try:
            async with raw.connect(
                self.address, port, tls=self.context(certificate, "http/1.1"), sni=HOST
            ) as connection:
                await connection.send("\r\n".join(lines).encode())
                return (await connection.answer()).status
        except (ssl.SSLError, ConnectionError, raw.NoAnswerError):
            return None

    async def until(
        self, port: int, status: int | None, certificate: Certificate | None = None
    ) -> None:
        async def so() -> bool:
            return await self.ask(port, certificate) == status

        await self.portway.until(so, f"the answer on {port} is {status}")

    async def plain(self) -> int:
        async with http.client(self.address, ports={80: HTTP}) as client:
            return (await client.get(f"http://{HOST}/")).status_code

    async def conditions(self, listener: str = "") -> dict[str, tuple[str, str]]:
        status: Any = await self.portway.object_status("Gateway", "web")
        if listener:
            status = next(each for each in status["listeners"] if each["name"] == listener)
        return {c["type"]: (c["status"], c["reason"]) for c in status["conditions"]}

    async def until_condition(self, listener: str, type_: str, wanted: tuple[str, str]) -> None:
        async def so() -> bool:
            return (await self.conditions(listener)).get(type_) == wanted

        await self.portway.until(so, f"{listener}: {type_} is {wanted}", seconds=20)


@pytest.fixture
async def site(tmp_path: Path, authority: Authority) -> AsyncIterator[Site]:
    async with Origin() as origin, Portway(tmp_path) as portway:
        yield Site(portway, origin, tmp_path, authority)


@pytest.fixture(scope="module")
def ours() -> Authority:
    return Authority("ours")


@pytest.fixture(scope="module")
def theirs() -> Authority:
    return Authority("theirs")


async def test_only_those_with_a_certificate_of_the_authority_get_in(
    site: Site, ours: Authority, theirs: Authority
) -> None:
    await site.begin(
        {"default": demand("ca"), "perPort": [{"port": OTHER, "tls": demand("other")}]},
        authorities("ca", ours.pem),
        authorities("other", theirs.pem),
    )
    mine, foreign = (each.client_certificate("a@example.com") for each in (ours, theirs))
    await site.until(ASKED, 200, mine)
    assert await site.ask(ASKED, foreign) is None
    assert await site.ask(ASKED) is None
    # The other port asks for something else, and the plain one for nothing.
    await site.until(OTHER, 200, foreign)
    assert await site.ask(OTHER, mine) is None
    assert await site.ask(OTHER) is None
    assert await site.plain() == 200
    assert "InsecureFrontendValidationMode" not in await site.conditions()


async def test_clients_are_held_against_a_bundle_of_the_cluster(
    site: Site, ours: Authority, theirs: Authority
) -> None:
    """GEP-5075: it is in no namespace, and needs no grant."""
    demanded = demand("roots")
    (ref,) = demanded["validation"]["caCertificateRefs"]
    ref.update(group="certificates.k8s.io", kind="ClusterTrustBundle")
    await site.begin({"default": demanded}, manifests.trust_bundle("roots", ours.pem))
    mine, foreign = (each.client_certificate("a@example.com") for each in (ours, theirs))
    await site.until(ASKED, 200, mine)
    assert await site.ask(ASKED, foreign) is None
    assert (await site.conditions("asked"))["ResolvedRefs"] == ("True", "ResolvedRefs")
    site.write({"default": demanded})
    await site.until(ASKED, None, mine)
    await site.until_condition("asked", "ResolvedRefs", ("False", "InvalidCACertificateRef"))


async def test_an_entry_without_validation_frees_its_port(site: Site, ours: Authority) -> None:
    await site.begin(
        {"default": demand("ca"), "perPort": [{"port": OTHER, "tls": {}}]},
        authorities("ca", ours.pem),
    )
    await site.until(OTHER, 200)
    assert await site.ask(ASKED) is None


async def test_the_fallback_lets_everybody_in_and_says_so(
    site: Site, ours: Authority, theirs: Authority
) -> None:
    await site.begin(
        {"default": demand("ca", mode="AllowInsecureFallback")}, authorities("ca", ours.pem)
    )
    for who in (None, *(each.client_certificate("a@example.com") for each in (ours, theirs))):
        await site.until(ASKED, 200, who)
    found = await site.conditions()
    assert found["InsecureFrontendValidationMode"] == ("True", "ConfigurationChanged")
    site.write({"default": demand("ca")}, authorities("ca", ours.pem))
    await site.until(ASKED, None)
    assert "InsecureFrontendValidationMode" not in await site.conditions()


@pytest.mark.parametrize("mode", ["AllowValidOnly", "AllowInsecureFallback"])
async def test_without_authorities_nobody_gets_in_and_http_goes_on(
    site: Site, ours: Authority, mode: str
) -> None:
    await site.begin(
        {"default": demand("gone", mode=mode), "perPort": [{"port": OTHER, "tls": {}}]}
    )
    assert await site.plain() == 200
    assert await site.ask(OTHER) == 200
    assert await site.ask(ASKED, ours.client_certificate("a@example.com")) is None
    found = await site.conditions("asked")
    assert found["ResolvedRefs"] == ("False", "InvalidCACertificateRef")
    assert found["Accepted"] == ("False", "NoValidCACertificate")
    assert found["Programmed"][0] == "False"
    # As soon as there are any it is up.
    tls = {"default": demand("gone", mode=mode), "perPort": [{"port": OTHER, "tls": {}}]}
    site.write(tls, authorities("gone", ours.pem))
    await site.until(ASKED, 200, ours.client_certificate("a@example.com"))
    await site.until_condition("asked", "Programmed", ("True", "Programmed"))


async def test_an_edited_config_map_counts_for_the_next_connection_and_drains_nothing(
    site: Site, ours: Authority, theirs: Authority
) -> None:
    envoy = EnvoyAdmin(site.portway.data)
    frontend = {"default": demand("ca")}
    mine, foreign = (each.client_certificate("a@example.com") for each in (ours, theirs))
    await site.begin(frontend, authorities("ca", ours.pem))
    await site.until(ASKED, 200, mine)
    draining = "(total_filter_chains_draining|total_listeners_draining|listener_modified)"
    before = await envoy.stats(draining)
    async with Load(
        site.address, ASKED, host=HOST, tls=site.context(mine, "http/1.1"), clients=2
    ) as load:
        await load.more(20)
        site.write(frontend, authorities("ca", theirs.pem))
        await site.until(ASKED, 200, foreign)
        # Who is in stays in; who comes is held against what is written now.
        assert await site.ask(ASKED, mine) is None
        await load.more(50)
    assert load.result.failures == 0, load.result
    assert await envoy.stats(draining) == before


async def test_authorities_that_the_proxy_refuses_leave_those_that_worked(
    site: Site, ours: Authority
) -> None:
    frontend = {"default": demand("ca")}
    mine = ours.client_certificate("a@example.com")
    await site.begin(frontend, authorities("ca", ours.pem))
    await site.until(ASKED, 200, mine)
    site.write(frontend, authorities("ca", refused.authority()))
    await site.until_condition("asked", "ResolvedRefs", ("False", "InvalidCACertificateRef"))
    assert await site.ask(ASKED, mine) == 200
    assert await site.ask(ASKED) is None
    entries = (await site.portway.status())["refused"]
    assert [each["object"] for each in entries] == ["ConfigMap default/ca"]
    site.write(frontend, authorities("ca", ours.pem))
    await site.until_condition("asked", "ResolvedRefs", ("True", "ResolvedRefs"))


async def test_authorities_that_the_proxy_refuses_at_first_let_nobody_in(
    site: Site, ours: Authority
) -> None:
    await site.begin({"default": demand("ca")}, authorities("ca", refused.authority()))
    await site.until_condition("asked", "Accepted", ("False", "NoValidCACertificate"))
    assert await site.ask(ASKED, ours.client_certificate("a@example.com")) is None
    assert await site.plain() == 200


async def test_a_certificate_that_the_proxy_refuses_is_not_blamed_on_authorities_beside_it(
    site: Site, ours: Authority
) -> None:
    await site.begin({"default": demand("ca")}, authorities("ca", ours.pem))
    mine = ours.client_certificate("a@example.com")
    await site.until(ASKED, 200, mine)
    listeners = [manifests.listener("odd", 7443, protocol="HTTPS", secret="odd")]
    gateway = manifests.gateway("odd", listeners, tls={"frontend": {"default": demand("mine")}})
    documents = [gateway, authorities("mine", ours.pem), refused.secret("odd", HOST)]
    site.portway.write("odd", documents)

    async def found() -> bool:
        entries = (await site.portway.status())["refused"]
        return [each["object"] for each in entries] == ["Secret default/odd"]

    await site.portway.until(found, "the Secret is found", seconds=20)
    assert await site.ask(ASKED, mine) == 200


# -- what backends hear ------------------------------------------------------------------------


def told(origin: Origin) -> tuple[str, ...]:
    return origin.requests[-1].header("x-forwarded-client-cert")


async def test_backends_hear_of_verified_certificates_only(
    site: Site, ours: Authority, theirs: Authority
) -> None:
    await site.begin(
        {
            "default": demand("ca"),
            "perPort": [{"port": OTHER, "tls": demand("ca", mode="AllowInsecureFallback")}],
        },
        authorities("ca", ours.pem),
    )
    forged = f"x-forwarded-client-cert: {FORGED}"
    mine = ours.client_certificate("a@example.com")
    await site.until(ASKED, 200, mine)
    assert await site.ask(ASKED, mine, forged) == 200
    (header,) = told(site.origin)
    assert "admin" not in header
    assert "Hash=" in header
    assert "Subject=" in header
    # Whoever is let in without a check may show what he likes.
    for who in (None, mine, theirs.client_certificate("admin@example.com")):
        assert await site.ask(OTHER, who, forged) == 200
        assert told(site.origin) == ()
    async with http.client(site.address, ports={80: HTTP}) as client:
        await client.get(f"http://{HOST}/", headers={"x-forwarded-client-cert": FORGED})
    assert told(site.origin) == ()


# -- sessions ----------------------------------------------------------------------------------


def resumed(
    site: Site, first: tuple[int, ssl.SSLContext], port: int, version: ssl.TLSVersion
) -> bool:
    """Whether a session that began on one port is resumed on another, with the same client."""
    start, context = first
    context.minimum_version = context.maximum_version = version

    def shake(to: int, session: ssl.SSLSession | None) -> tuple[ssl.SSLSession | None, bool]:
        with (
            socket.create_connection((site.address, to), timeout=10) as connection,
            context.wrap_socket(connection, server_hostname=HOST, session=session) as tls,
        ):
            tls.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            # The answer: TLS 1.3 brings its tickets with it, or the refusal.
            assert tls.recv(65536).startswith(b"HTTP/1.1 200")
            return tls.session, bool(tls.session_reused)

    session, _ = shake(start, None)
    return shake(port, session)[1]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_no_session_stands_in_for_a_certificate(
    site: Site, ours: Authority, version: ssl.TLSVersion
) -> None:
    """A listener that asks for nothing resumes sessions, its own; one that asks does not, nor does
    it take those of its neighbour."""
    await site.begin(
        {"default": demand("ca"), "perPort": [{"port": OTHER, "tls": {}}]},
        authorities("ca", ours.pem),
    )
    mine = ours.client_certificate("a@example.com")
    await site.until(ASKED, 200, mine)

    async def again(start: int, port: int, who: Certificate | None) -> bool:
        first = (start, site.context(who, "http/1.1"))
        return await asyncio.to_thread(resumed, site, first, port, version)

    assert await again(OTHER, OTHER, None)
    assert not await again(ASKED, ASKED, mine)
    assert not await again(OTHER, ASKED, mine)
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        await again(OTHER, ASKED, None)


async def test_http_2_clients_are_asked_as_well(site: Site, ours: Authority) -> None:
    await site.begin({"default": demand("ca")}, authorities("ca", ours.pem))
    mine = ours.client_certificate("a@example.com")
    await site.until(ASKED, 200, mine)
    async with http.client(
        site.address, ports={443: ASKED}, tls=site.context(mine, "h2"), http2=True
    ) as client:
        answer = await client.get(f"https://{HOST}/")
        assert (answer.status_code, answer.http_version) == (200, "HTTP/2")
        assert json.loads(answer.content)["service"] == site.origin.name
