"""TLSRoute, TCPRoute and UDPRoute through a real `portway run`, with clients of each protocol."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.wire.harness import layer4, manifests, raw
from tests.wire.harness.certificates import Authority
from tests.wire.harness.layer4 import CLOSED, SILENT
from tests.wire.harness.manifests import Document, backend, l4_route, listener, rule, service
from tests.wire.harness.portway import Portway
from tests.wire.stage import assert_shares

pytestmark = [
    pytest.mark.envoy,
    pytest.mark.shapeless,
    pytest.mark.asyncio(loop_scope="module"),
]

TLS, TCP, WEIGHTED, EMPTY, ENDED, SHARED, UDP, QUIET = (
    9443,
    9000,
    9001,
    9002,
    9444,
    9003,
    9000,
    9005,
)
OLD, YOUNG = "2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"


@dataclass(frozen=True)
class Site:
    portway: Portway
    address: str
    trusted: ssl.SSLContext

    async def tls(self, sni: str, port: int = TLS) -> str:
        return await layer4.who(self.address, port, self.trusted, sni)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("layer4")
    own = authority.certificate("*.pass.test", "narrow.deep.pass.test")
    ended, web = (
        authority.certificate("ended.test", "*.ended.test"),
        authority.certificate("web.test"),
    )
    async with AsyncExitStack() as stack:
        there = {
            name: await stack.enter_async_context(layer4.lines(name)) for name in ("a", "b", "c")
        }
        secure = await stack.enter_async_context(layer4.lines("secure", own.server_context(folder)))
        dns = {name: await stack.enter_async_context(layer4.datagrams(name)) for name in ("d", "e")}
        portway = await stack.enter_async_context(Portway(folder))
        passing: Document = {"tls": {"mode": "Passthrough"}, "protocol": "TLS"}
        portway.write(
            "site",
            [
                ended.secret("ended"),
                web.secret("web"),
                manifests.gateway(
                    "web",
                    [
                        listener("pass", TLS, hostname="*.pass.test", **passing),
                        listener("narrow", TLS, hostname="*.deep.pass.test", **passing),
                        listener(
                            "end", TLS, hostname="*.ended.test", protocol="TLS", secret="ended"
                        ),
                        listener("https", TLS, hostname="web.test", protocol="HTTPS", secret="web"),
                        listener(
                            "lost", TLS, hostname="lost.pass.test", protocol="TLS", secret="no"
                        ),
                        listener("ended-tcp", ENDED, protocol="TLS", secret="ended"),
                        listener("tcp", TCP, protocol="TCP"),
                        listener("weighted", WEIGHTED, protocol="TCP"),
                        listener("empty", EMPTY, protocol="TCP"),
                        listener("shared", SHARED, protocol="TCP"),
                        listener("udp", UDP, protocol="UDP"),
                        listener("quiet", QUIET, protocol="UDP"),
                    ],
                ),
                *(service(name, where) for name, where in there.items()),
                service("ab", there["a"], there["b"]),
                service("nobody"),
                service("secure", secure, port=443, app_protocol="https"),
                *(service(name, where, port=53, protocol="UDP") for name, where in dns.items()),
                l4_route(
                    *("TLSRoute", "pass", "web", [backend("secure", 443)]),
                    hostnames=["*.pass.test", "lost.pass.test"],
                ),
                l4_route(
                    *("TLSRoute", "young", "web", [backend("a")]),
                    hostnames=["x.ended.test"],
                    created=YOUNG,
                ),
                l4_route(
                    *("TLSRoute", "old", "web", [backend("b")]),
                    hostnames=["x.ended.test", "y.ended.test"],
                    created=OLD,
                ),
                l4_route("TCPRoute", "ended", "web", [backend("c")], sectionName="ended-tcp"),
                l4_route("TCPRoute", "tcp", "web", [backend("a")], port=TCP),
                l4_route(*("TCPRoute", "later", "web", [backend("b")]), port=TCP, created=YOUNG),
                l4_route(
                    "TCPRoute",
                    "weighted",
                    "web",
                    [
                        backend("a", weight=40),
                        backend("b", weight=20),
                        backend("c", weight=0),
                        backend("absent", weight=30),
                        backend("nobody", weight=10),
                    ],
                    sectionName="weighted",
                ),
                l4_route(
                    "TCPRoute",
                    "shared",
                    "web",
                    [backend("ab", weight=1), backend("b", weight=1), backend("gone", weight=2)],
                    sectionName="shared",
                ),
                l4_route(
                    "UDPRoute",
                    "udp",
                    "web",
                    [
                        backend("d", 53, weight=70),
                        backend("e", 53, weight=20),
                        backend("a", 80, weight=10),
                    ],
                    sectionName="udp",
                ),
                manifests.http_route(
                    *("web", "web", [rule(filters=[_redirect()])]), sectionName="https"
                ),
            ],
        )
        site = Site(portway, await portway.address("web"), authority.client_context())
        yield site


def _redirect() -> dict[str, object]:
    return {"type": "RequestRedirect", "requestRedirect": {"hostname": "told.test"}}


async def test_a_connection_passes_through_to_the_backends_own_certificate(site: Site) -> None:
    line = await layer4.dial(site.address, TLS, site.trusted, "a.pass.test")
    assert line is not None
    assert await line.ask() == "secure"
    assert line.certificate_names() == ["*.pass.test", "narrow.deep.pass.test"]
    line.close()


async def test_a_name_of_a_more_specific_listener_is_not_answered_by_a_wider_one(
    site: Site,
) -> None:
    """The route attaches to the narrow listener as well, and its wildcard is cut down to it; a
    listener that cannot be served keeps its name and closes."""
    assert await site.tls("narrow.deep.pass.test") == "secure"
    assert await site.tls("lost.pass.test") == CLOSED
    assert await site.tls("nowhere.test") == CLOSED
    assert await layer4.who(site.address, TLS, site.trusted) == CLOSED


async def test_tls_ends_here_and_the_oldest_route_has_the_name(site: Site) -> None:
    assert await site.tls("x.ended.test") == "b"
    assert await site.tls("y.ended.test") == "b"
    assert await site.tls("z.ended.test") == CLOSED
    context = site.trusted
    line = await layer4.dial(site.address, TLS, context, "x.ended.test")
    assert line is not None
    assert line.certificate_names() == ["ended.test", "*.ended.test"]
    assert line.alpn() is None
    line.close()


async def test_https_is_served_beside_tls(site: Site) -> None:
    async with raw.connect(site.address, TLS, tls=site.trusted, sni="web.test") as connection:
        await connection.send(b"GET / HTTP/1.1\r\nhost: web.test\r\n\r\n")
        assert (await connection.answer()).status == 302


async def test_a_tcp_route_may_have_what_a_tls_listener_decrypted(site: Site) -> None:
    assert await site.tls("anything.ended.test", ENDED) == "c"


async def test_tcp_and_udp_of_one_number_are_two_ports_and_the_oldest_route_has_each(
    site: Site,
) -> None:
    assert await layer4.count(20, site.address, TCP) == {"b": 20}
    assert await layer4.who_udp(site.address, UDP) in ("d", "e", SILENT)


async def test_shares_follow_weights_and_invalid_ones_are_refused(site: Site) -> None:
    found = await layer4.count(500, site.address, WEIGHTED)
    assert_shares(found, {"a": 0.4, "b": 0.2, CLOSED: 0.4})


async def test_services_that_share_endpoints_keep_their_shares(site: Site) -> None:
    """Half of `ab` is b, so b has three parts of eight, a one, and half is refused."""
    found = await layer4.count(400, site.address, SHARED)
    assert_shares(found, {"a": 1 / 8, "b": 3 / 8, CLOSED: 1 / 2})


async def test_shares_of_datagrams_and_a_service_without_udp(site: Site) -> None:
    found = await layer4.count_udp(300, site.address, UDP)
    assert_shares(found, {"d": 0.7, "e": 0.2, SILENT: 0.1})


async def test_ports_without_a_route_are_bound_and_turn_everything_away(site: Site) -> None:
    assert await layer4.who(site.address, EMPTY) == CLOSED
    assert await layer4.who_udp(site.address, QUIET) == SILENT


async def test_statuses_say_what_is_served(site: Site) -> None:
    gateway = await site.portway.object_status("Gateway", "web")
    attached = {each["name"]: each["attachedRoutes"] for each in gateway["listeners"]}
    assert attached["tcp"] == 2
    assert attached["udp"] == 1
    assert attached["end"] == 2
    assert attached["empty"] == 0
    for each in gateway["listeners"]:
        said = {one["type"]: one["status"] for one in each["conditions"]}
        assert said["Programmed"] == ("False" if each["name"] == "lost" else "True"), each
    waiting = await site.portway.object_status("TCPRoute", "tcp")
    (accepted, resolved) = waiting["parents"][0]["conditions"]
    assert (accepted["status"], resolved["status"]) == ("True", "True")
    assert "TCPRoute default/later" in accepted["message"]
    udp = await site.portway.object_status("UDPRoute", "udp")
    (accepted, resolved) = udp["parents"][0]["conditions"]
    assert accepted["status"] == "True"
    assert (resolved["status"], resolved["reason"]) == ("False", "UnsupportedProtocol")
