"""TLS towards backends: what a real backend is asked and shown, and what is never sent to it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests.wire.harness import http, manifests, refused
from tests.wire.harness.certificates import Authority, Certificate
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.http2_server import Http2Server
from tests.wire.harness.load import Load
from tests.wire.harness.manifests import (
    Document,
    authorities,
    backend,
    backend_tls_policy,
    http_route,
    l4_route,
    rule,
    service,
    trust_bundle,
)
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway
from tests.wire.harness.tls_origin import TlsOrigin
from tests.wire.harness.websocket_echo import websocket_echo

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

NAME = "app.internal"
PORT = 8080
TLS, RAW = 8443, 9000
Serving = Origin | Http2Server


@dataclass
class Site:
    """A running instance with one Gateway, and the route of one Service."""

    portway: Portway
    folder: Path
    authority: Authority
    address: str = ""

    def origin(self, certificate: Certificate | None = None, **more: Any) -> TlsOrigin:
        made = certificate or self.authority.certificate(NAME)
        return TlsOrigin("secure", made, self.folder / "origin", **more)

    @property
    def trusted(self) -> Document:
        return authorities("ca", self.authority.pem)

    async def begin(
        self,
        endpoint: str,
        *documents: Document,
        app_protocol: str | None = None,
        gateway: dict[str, Any] | None = None,
    ) -> None:
        self.tls(*documents)
        listeners = [manifests.listener("http", PORT)]
        self.portway.write("gateway", [manifests.gateway("web", listeners, **(gateway or {}))])
        target = service("app", endpoint, app_protocol=app_protocol)
        self.portway.write("app", [target, http_route("app", "web", [rule(backend("app"))])])
        self.address = await self.portway.address("web")

    def tls(self, *documents: Document) -> None:
        """What is trusted and demanded from now on."""
        self.portway.write("tls", documents)

    async def get(self, path: str = "/", address: str = "") -> int:
        async with http.client(address or self.address, ports={80: PORT}) as client:
            return (await client.get(f"http://app.example.com{path}")).status_code

    async def until(self, status: int, address: str = "") -> None:
        async def so() -> bool:
            return await self.get(address=address) == status

        await self.portway.until(so, f"the answer is {status}")

    async def condition(self, name: str, type_: str) -> tuple[str, str, str]:
        """(status, reason, message) of a condition of a policy's first ancestor."""
        status = await self.portway.object_status("BackendTLSPolicy", name)
        found = next(c for c in status["ancestors"][0]["conditions"] if c["type"] == type_)
        return found["status"], found["reason"], found["message"]


@pytest.fixture
async def site(tmp_path: Path, authority: Authority) -> AsyncIterator[Site]:
    async with Portway(tmp_path) as portway:
        yield Site(portway, tmp_path, authority)


def uri(value: str) -> Document:
    return {"type": "URI", "uri": value}


def hostname(value: str) -> Document:
    return {"type": "Hostname", "hostname": value}


async def test_a_verified_backend_is_asked_by_its_name(site: Site) -> None:
    async with site.origin() as origin:
        await site.begin(origin.endpoint, site.trusted, backend_tls_policy("app", "app", NAME))
        await site.until(200)
        assert set(origin.server_names) == {NAME}
        assert origin.client_certificates == [None]
        assert origin.alpn == [None]  # this backend has no opinion
        for type_ in ("Accepted", "ResolvedRefs"):
            assert (await site.condition("app", type_))[:2] == ("True", type_)


async def test_a_service_that_is_asked_is_asked_over_tls(site: Site) -> None:
    """ExternalAuth: the policy on its backend holds for it as for any other."""
    async with site.origin() as asked, Origin("guarded") as guarded:
        await site.begin(asked.endpoint, site.trusted, backend_tls_policy("app", "app", NAME))
        auth = {"protocol": "HTTP", "http": {"path": "/auth"}, "backendRef": backend("app")}
        filters = [{"type": "ExternalAuth", "externalAuth": auth}]
        guard = http_route("guarded", "web", [rule(backend("guarded"), filters=filters)])
        guard["spec"]["hostnames"] = ["guarded.test"]
        site.portway.write("guarded", [service("guarded", guarded.endpoint), guard])

        async def ask(word: str) -> int:
            async with http.client(site.address, ports={80: PORT}) as client:
                url, told = "http://guarded.test/", {"Authorization": word}
                return (await client.get(url, headers=told)).status_code

        async def let_in() -> bool:
            # Until it is live, the route without host names answers, by the service itself.
            return await ask("good") == 200 and bool(guarded.requests)

        await site.portway.until(let_in, "the service lets in who is good")
        assert asked.requests[-1].target == "/auth/"
        assert set(asked.server_names) == {NAME}
        assert await ask("bad") == 401
        before = len(guarded.requests)
        site.tls(
            authorities("ca", Authority("stranger").pem), backend_tls_policy("other", "app", NAME)
        )

        async def shut() -> bool:
            return await ask("good") >= 500

        await site.portway.until(shut, "a service that cannot be verified lets nobody in")
        assert before <= len(guarded.requests) <= before + 3


@pytest.mark.parametrize(
    ("names", "asked", "verified", "status"),
    [
        ((NAME,), NAME, (), 200),
        (("*.internal",), NAME, (), 200),
        (("other.internal",), NAME, (), 503),
        (("*.other.internal",), NAME, (), 503),
        # With names to verify the host name is for SNI alone.
        (("other.internal",), NAME, (hostname("other.internal"),), 200),
        ((NAME,), NAME, (hostname("other.internal"),), 503),
        ((NAME,), NAME, (hostname("other.internal"), hostname(NAME)), 200),
        (("uri:spiffe://a/app",), NAME, (uri("spiffe://a/app"),), 200),
        (("uri:spiffe://a/app",), NAME, (uri("spiffe://a/other"),), 503),
        (("uri:spiffe://a/app",), NAME, (uri("spiffe://a/other"), uri("spiffe://a/app")), 200),
        (("uri:spiffe://a/app",), NAME, (), 503),
    ],
)
async def test_which_certificates_are_believed(
    site: Site, names: tuple[str, ...], asked: str, verified: Sequence[Document], status: int
) -> None:
    certificate = site.authority.certificate_for(*names)
    async with site.origin(certificate) as origin:
        policy = backend_tls_policy("app", "app", asked, names=verified)
        await site.begin(origin.endpoint, site.trusted, policy)
        await site.until(status)
        assert set(origin.server_names) == {asked}
        assert bool(origin.requests) is (status == 200)


async def test_a_backend_of_another_authority_gets_no_request(site: Site) -> None:
    stranger = Authority("stranger")
    async with site.origin(stranger.certificate(NAME)) as origin:
        await site.begin(origin.endpoint, site.trusted, backend_tls_policy("app", "app", NAME))
        await site.until(503)
        # Both together are trusted; what is useless between them does no harm.
        site.tls(
            site.trusted,
            authorities("stranger", stranger.pem),
            authorities("bad", b"bad"),
            backend_tls_policy("app", "app", NAME, trust=("bad", "ca", "absent", "stranger")),
        )
        await site.until(200)
        assert (await site.condition("app", "Accepted"))[:2] == ("True", "Accepted")
        status, reason, message = await site.condition("app", "ResolvedRefs")
        assert (status, reason) == ("False", "InvalidCACertificateRef")
        assert "ConfigMap default/bad" in message
        assert "ConfigMap default/absent" in message


async def test_nothing_at_all_is_sent_where_nothing_could_be_verified(site: Site) -> None:
    """A backend in plain text, so that any byte would be seen."""
    async with Origin() as origin:
        await site.begin(origin.endpoint, backend_tls_policy("app", "app", NAME, trust=("gone",)))
        await site.until(500)
        assert origin.bytes_received == []
        assert (await site.condition("app", "Accepted"))[:2] == ("False", "NoValidCACertificate")
        # Without the policy plain text is what was asked for.
        site.tls()
        await site.until(200)


async def test_a_policy_that_comes_to_a_running_service_loses_no_request(site: Site) -> None:
    """... and from its first effect on nothing more arrives in plain text."""
    async with site.origin() as secure, Origin("plain") as plain:
        await site.begin(plain.endpoint)
        await site.until(200)
        async with Load(site.address, PORT, host="app.example.com") as load:
            await load.more(50)
            both = [site.trusted, backend_tls_policy("app", "app", NAME)]
            site.portway.write(
                "app",
                [
                    service("app", secure.endpoint),
                    http_route("app", "web", [rule(backend("app"))]),
                    *both,
                ],
            )

            async def encrypted() -> bool:
                return len(secure.requests) > 20

            await site.portway.until(encrypted, "requests arrive over TLS")
            seen = len(plain.requests)
            await load.more(100)
        assert len(plain.requests) == seen
        assert load.result.failures == 0, load.result


async def test_an_edited_config_map_counts_for_the_next_connection_and_drains_nothing(
    site: Site,
) -> None:
    envoy = EnvoyAdmin(site.portway.data)
    both = [site.trusted, backend_tls_policy("app", "app", NAME)]
    async with site.origin() as origin:
        port = origin.port
        await site.begin(origin.endpoint, *both)
        await site.until(200)
        before = await envoy.stats("(cluster_updated|cluster_modified|lds.update_success)")
        async with Load(site.address, PORT, host="app.example.com") as load:
            await load.more(50)
            # An authority that comes, and one that goes again: the one in use stays.
            site.tls(authorities("ca", site.authority.pem, Authority("b").pem), both[1])
            await load.more(100)
            site.tls(*both)
            await load.more(100)
        assert load.result.failures == 0, load.result
        after = await envoy.stats("(cluster_updated|cluster_modified|lds.update_success)")
        assert after == before
    # The backend is gone and with it every connection; the new one is verified by what is
    # written now.
    site.tls(authorities("ca", Authority("b").pem), both[1])
    async with TlsOrigin(
        "again", site.authority.certificate(NAME), site.folder / "again", port=port
    ) as again:
        await until_refused(site, again)
        assert again.requests == []
        site.tls(*both)
        await site.until(200)


async def until_refused(site: Site, origin: TlsOrigin) -> None:
    async def so() -> bool:
        return await site.get() == 503 and bool(origin.server_names)

    await site.portway.until(so, "a handshake was refused")


async def test_authorities_that_the_proxy_refuses_leave_those_that_worked(site: Site) -> None:
    async with site.origin() as origin:
        policy = backend_tls_policy("app", "app", NAME)
        await site.begin(origin.endpoint, site.trusted, policy)
        await site.until(200)
        site.tls(authorities("ca", refused.authority()), policy)

        async def told() -> bool:
            return (await site.condition("app", "ResolvedRefs"))[0] == "False"

        await site.portway.until(told, "the refusal is told", seconds=20)
        message = (await site.condition("app", "ResolvedRefs"))[2]
        assert "ConfigMap default/ca was refused by the proxy" in message
        assert refused.AUTHORITY_WORDS in message
        assert (await site.condition("app", "Accepted"))[0] == "True"
        assert await site.get() == 200
        entries = (await site.portway.status())["refused"]
        assert [each["object"] for each in entries] == ["ConfigMap default/ca"]
        site.tls(site.trusted, policy)

        async def mended() -> bool:
            return (await site.condition("app", "ResolvedRefs"))[0] == "True"

        await site.portway.until(mended, "it is mended", seconds=20)


# -- several ports, policies and protocols -----------------------------------------------------


def two_ports(plain: str, secure: str) -> list[Document]:
    """Service app with the ports `main` (80) and `secure` (443), by slices."""
    made: list[Document] = [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "app", "namespace": "default"},
            "spec": {"ports": [{"name": "main", "port": 80}, {"name": "secure", "port": 443}]},
        }
    ]
    for name, endpoint in (("main", plain), ("secure", secure)):
        address, _, port = endpoint.partition(":")
        made.append(
            {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {
                    "name": f"app-{name}",
                    "namespace": "default",
                    "labels": {"kubernetes.io/service-name": "app"},
                },
                "addressType": "IPv4",
                "ports": [{"name": name, "port": int(port)}],
                "endpoints": [{"addresses": [address]}],
            }
        )
    return made


async def test_a_section_is_one_port_and_a_mirror_is_no_exception(site: Site) -> None:
    async with Origin() as plain, site.origin() as secure:
        policy = backend_tls_policy("app", "app", NAME, section="secure")
        await site.begin(plain.endpoint, site.trusted, policy)
        mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": backend("app", 443)}}
        secured = [{"path": {"value": "/secure"}}]
        copied = [{"path": {"value": "/copied"}}]
        rules = [
            rule(backend("app")),
            rule(backend("app", 443), matches=secured),
            rule(backend("app"), matches=copied, filters=[mirror]),
        ]
        documents = [*two_ports(plain.endpoint, secure.endpoint), http_route("app", "web", rules)]
        site.portway.write("app", documents)

        async def served() -> bool:
            # Until it is live, the route before it answers for every path, in plain text.
            answered = await site.get("/secure") == 200
            return answered and "/secure" in [each.target for each in secure.requests]

        await site.portway.until(served, "the port with a policy is served")
        before = len(plain.requests)
        assert await site.get("/secure") == 200
        assert await site.get("/") == 200
        assert [each.target for each in plain.requests][-1] == "/"
        assert await site.get("/copied") == 200

        async def mirrored() -> bool:
            return "/copied" in [each.target for each in secure.requests]

        await site.portway.until(mirrored, "the copy arrives over TLS")
        assert "/secure" not in [each.target for each in plain.requests[before:]]


async def test_of_two_policies_the_first_counts(site: Site) -> None:
    async with site.origin() as origin:
        await site.begin(
            origin.endpoint,
            site.trusted,
            backend_tls_policy("a", "app", NAME),
            backend_tls_policy("b", "app", "wrong.internal"),
        )
        await site.until(200)
        assert set(origin.server_names) == {NAME}
        assert (await site.condition("a", "Accepted"))[:2] == ("True", "Accepted")
        assert (await site.condition("b", "Accepted"))[:2] == ("False", "Conflicted")
        # The beaten one takes over when the other goes.
        site.tls(site.trusted, backend_tls_policy("b", "app", "wrong.internal"))
        await site.until(503)


async def test_http_2_is_agreed_on_where_it_is_spoken(site: Site) -> None:
    certificate = site.authority.certificate(NAME)
    context = certificate.server_context(site.folder, "h2", "http/1.1")
    async with Http2Server(tls=context) as origin:
        policy = backend_tls_policy("app", "app", NAME)
        await site.begin(origin.endpoint, site.trusted, policy, app_protocol="kubernetes.io/h2c")
        await site.until(200)
        assert origin.protocol_errors == []


@pytest.mark.parametrize("app_protocol", [None, "https", "HTTPS"])
async def test_http_1_is_spoken_otherwise_and_said(site: Site, app_protocol: str | None) -> None:
    async with site.origin(alpn=("h2", "http/1.1")) as origin:
        policy = backend_tls_policy("app", "app", NAME)
        await site.begin(origin.endpoint, site.trusted, policy, app_protocol=app_protocol)
        await site.until(200)
        assert set(origin.alpn) == {"http/1.1"}


async def test_https_without_a_policy_is_not_sent_in_any_way(site: Site) -> None:
    async with site.origin() as origin:
        await site.begin(origin.endpoint, app_protocol="https")
        await site.until(500)
        assert origin.server_names == []
        site.tls(site.trusted, backend_tls_policy("app", "app", NAME))
        await site.until(200)


async def test_web_sockets_over_tls(site: Site) -> None:
    context = site.authority.certificate(NAME).server_context(site.folder)
    async with websocket_echo(context) as echo:
        policy = backend_tls_policy("app", "app", NAME)
        await site.begin(echo.endpoint, site.trusted, policy, app_protocol="kubernetes.io/wss")

        async def echoed() -> bool:
            try:
                async with websockets.connect(
                    "ws://app.example.com/chat", host=site.address, port=PORT, proxy=None
                ) as connection:
                    await connection.send("hello")
                    return await connection.recv() == "hello"
            except websockets.InvalidStatus:
                return False

        await site.portway.until(echoed, "the message comes back")
        assert set(echo.paths) == {"/chat"}


async def test_a_backend_with_a_host_name_is_verified_too(site: Site) -> None:
    async with site.origin() as origin:
        await site.begin(origin.endpoint, site.trusted)
        policy = backend_tls_policy("app", "local", NAME)
        ref = {"group": "portway.dev", "kind": "Backend", "name": "local"}
        policy["spec"]["targetRefs"] = [ref]
        local = {
            "apiVersion": "portway.dev/v1alpha1",
            "kind": "Backend",
            "metadata": {"name": "local", "namespace": "default"},
            "spec": {"endpoints": [{"hostname": {"name": "localhost", "port": origin.port}}]},
        }
        route = http_route("app", "web", [{"backendRefs": [ref]}])
        site.portway.write("app", [local, route, policy])
        await site.until(200)
        assert set(origin.server_names) == {NAME}


# -- the machine's own authorities -------------------------------------------------------------


async def test_the_machines_authorities_are_read_again_when_they_are_replaced(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    file = tmp_path / "etc" / "ca.pem"
    file.write_bytes(Authority("x").pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    async with Portway(tmp_path) as portway:
        site = Site(portway, tmp_path, authority)
        async with site.origin() as origin:
            await site.begin(origin.endpoint, backend_tls_policy("app", "app", NAME, trust=()))
            await site.until(503)
            fresh = file.with_name("fresh")
            fresh.write_bytes(authority.pem)
            fresh.replace(file)
            await site.until(200)
            assert (await site.condition("app", "Accepted"))[0] == "True"


async def test_a_machine_without_authorities_says_so(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "absent"))
    async with Portway(tmp_path) as portway:
        site = Site(portway, tmp_path, authority)
        async with site.origin() as origin:
            await site.begin(origin.endpoint, backend_tls_policy("app", "app", NAME, trust=()))
            await site.until(500)
            status, reason, message = await site.condition("app", "Accepted")
            assert (status, reason) == ("False", "Invalid")
            assert "no file with CA certificates was found" in message
            assert origin.server_names == []


# -- certificates that are shown to backends ---------------------------------------------------


def shows(secret: str) -> dict[str, Any]:
    return {"tls": {"backend": {"clientCertificateRef": {"name": secret}}}}


async def test_a_gateway_shows_its_certificate_and_others_do_not(site: Site) -> None:
    ours = site.authority.client_certificate("edge@example.com")
    async with site.origin(clients=site.authority) as origin:
        await site.begin(
            origin.endpoint,
            *(site.trusted, backend_tls_policy("app", "app", NAME), ours.secret("client")),
            gateway=shows("client"),
        )
        await site.until(200)
        assert set(origin.client_certificates) == {ours.der}
        # Another Gateway of the same route has none to show, and this backend wants one.
        listeners = [manifests.listener("http", PORT)]
        site.portway.write("other", [manifests.gateway("other", listeners)])
        site.portway.write("second", [http_route("second", "other", [rule(backend("app"))])])
        other = await site.portway.address("other")
        await site.until(503, other)
        assert await site.get() == 200
        assert set(origin.client_certificates) == {ours.der}


async def test_a_renewed_certificate_is_shown_on_the_next_connection(site: Site) -> None:
    first, second = (site.authority.client_certificate(f"{n}@example.com") for n in "ab")
    policy = backend_tls_policy("app", "app", NAME)
    async with site.origin(clients=site.authority) as origin:
        port = origin.port
        await site.begin(
            origin.endpoint, site.trusted, policy, first.secret("client"), gateway=shows("client")
        )
        await site.until(200)
        async with Load(site.address, PORT, host="app.example.com") as load:
            await load.more(30)
            site.tls(site.trusted, policy, second.secret("client"))
            await load.more(100)
        assert load.result.failures == 0, load.result
    async with TlsOrigin(
        *("again", site.authority.certificate(NAME), site.folder / "again"),
        clients=site.authority,
        port=port,
    ) as again:
        await site.until(200)
        assert set(again.client_certificates) == {second.der}


async def test_an_unusable_certificate_is_told_and_none_is_shown(site: Site) -> None:
    async with site.origin() as origin:
        policy = backend_tls_policy("app", "app", NAME)
        await site.begin(origin.endpoint, site.trusted, policy, gateway=shows("absent"))
        await site.until(200)
        status = await site.portway.object_status("Gateway", "web")
        found = {each["type"]: (each["status"], each["reason"]) for each in status["conditions"]}
        assert found["Accepted"] == ("True", "Accepted")
        assert found["ResolvedRefs"] == ("False", "InvalidClientCertificateRef")
        assert origin.client_certificates == [None]


async def test_connections_that_were_decrypted_are_encrypted_again(site: Site) -> None:
    """A TLSRoute that ends TLS, and a TCPRoute: the backend is asked by the policy's name and
    verified, and without a policy that can be carried out it gets nothing at all."""
    own = site.authority.certificate("ended.test")
    listeners = [
        manifests.listener("ended", TLS, hostname="ended.test", protocol="TLS", secret="ended"),
        manifests.listener("tcp", RAW, protocol="TCP"),
    ]
    routes = [
        l4_route("TLSRoute", "ended", "web", [backend("app")], hostnames=["ended.test"]),
        l4_route("TCPRoute", "raw", "web", [backend("app")], sectionName="tcp"),
    ]
    async with site.origin() as origin:
        target = service("app", origin.endpoint)
        site.tls(site.trusted, backend_tls_policy("app", "app", NAME))
        everything = [manifests.gateway("web", listeners), own.secret("ended"), target, *routes]
        site.portway.write("site", everything)
        address = await site.portway.address("web")
        trust = site.authority.client_context()

        async def asked(port: int, tls: ssl.SSLContext | None) -> str:
            """How an HTTP request in such a connection is answered; empty if it is not."""
            name = "ended.test" if tls else None
            try:
                reader, writer = await asyncio.open_connection(
                    address, port, ssl=tls, server_hostname=name
                )
            except OSError:
                return ""
            writer.write(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            answer = b""
            with contextlib.suppress(OSError, ssl.SSLError):
                async with asyncio.timeout(5):
                    answer = await reader.read(12)
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()
            return answer.decode()

        async def both(wanted: str) -> bool:
            return [await asked(TLS, trust), await asked(RAW, None)] == [wanted] * 2

        await site.portway.until(lambda: both("HTTP/1.1 200"), "both are answered over TLS")
        assert set(origin.server_names) == {NAME}
        site.tls(site.trusted, backend_tls_policy("app", "app", "other.internal"))
        await site.portway.until(lambda: both(""), "another name is not what the certificate says")
        before = len(origin.alpn)
        site.tls(backend_tls_policy("app", "app", NAME))  # and no authority any more
        await site.portway.until(lambda: both(""), "nobody to verify by")
        assert len(origin.alpn) == before
        site.tls(site.trusted, backend_tls_policy("app", "app", NAME))
        await site.portway.until(lambda: both("HTTP/1.1 200"), "and back again")


async def test_a_bundle_of_the_cluster_is_followed_as_it_changes_and_goes(site: Site) -> None:
    """GEP-5075: what it holds now counts, and without it nobody is trusted."""
    stranger = Authority("Stranger")
    policy = backend_tls_policy("app", "app", NAME, trust=(), bundles=("roots",))
    async with site.origin() as origin:
        await site.begin(origin.endpoint, trust_bundle("roots", site.authority.pem), policy)
        await site.until(200)
        assert await site.condition("app", "ResolvedRefs") == (
            "True",
            "ResolvedRefs",
            "BackendTLSPolicy default/app: every reference is resolved.",
        )
        site.tls(trust_bundle("roots", stranger.pem), policy)
        await site.until(503)
        site.tls(trust_bundle("roots", site.authority.pem), policy)
        await site.until(200)
        site.tls(policy)
        await site.until(500)
        assert (await site.condition("app", "ResolvedRefs"))[:2] == (
            "False",
            "InvalidCACertificateRef",
        )
        assert (await site.condition("app", "Accepted"))[:2] == ("False", "NoValidCACertificate")
