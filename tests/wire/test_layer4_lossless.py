"""Connections of layer 4 outlive every change around them (decision 0013)."""

import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.wire.harness import layer4, manifests
from tests.wire.harness.certificates import Authority
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.layer4 import CLOSED, SILENT, Datagrams, Line
from tests.wire.harness.manifests import Document, backend, l4_route, listener, service
from tests.wire.harness.portway import DRAIN_SECONDS, Portway

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

TLS, TCP, UDP = 9443, 9000, 9053


class Site:
    """What is written, by file, and what is held open."""

    def __init__(self, portway: Portway, trusted: ssl.SSLContext, ends: dict[str, str]) -> None:
        self.portway, self.trusted, self.ends = portway, trusted, ends
        self.address = ""
        self.held: dict[str, Line] = {}

    def services(self, **endpoints: str) -> None:
        """Every Service, at its own endpoint unless another is given."""
        there = {**self.ends, **endpoints}
        udp = ("d", "e")
        self.portway.write(
            "services",
            [
                service(
                    name,
                    at,
                    port=53 if name in udp else 80,
                    protocol="UDP" if name in udp else None,
                )
                for name, at in there.items()
            ],
        )

    def routes(self, *documents: Document) -> None:
        self.portway.write("routes", documents)

    async def hold(self, name: str, port: int, sni: str | None = None) -> None:
        line = await layer4.dial(self.address, port, self.trusted if sni else None, sni)
        assert line is not None
        self.held[name] = line

    async def answers(self, **expected: str) -> None:
        """Connections that are held are answered by whom they always were."""
        for name, who in expected.items():
            assert await self.held[name].ask() == who, name

    async def until(self, who: Callable[[], Awaitable[str]], wanted: str) -> None:
        async def has() -> bool:
            return await who() == wanted

        await self.portway.until(has, f"{wanted} answers")

    async def until_tcp(self, wanted: str) -> None:
        await self.until(lambda: layer4.who(self.address, TCP), wanted)

    async def until_tls(self, sni: str, wanted: str) -> None:
        await self.until(lambda: layer4.who(self.address, TLS, self.trusted, sni), wanted)

    async def until_udp(self, wanted: str) -> None:
        await self.until(lambda: layer4.who_udp(self.address, UDP), wanted)


def gateway(*more: Document) -> Document:
    ended = listener("end", TLS, protocol="TLS", hostname="*.ended.test", secret="ended")
    return manifests.gateway(
        "web",
        [
            ended,
            listener("tcp", TCP, protocol="TCP"),
            listener("udp", UDP, protocol="UDP"),
            *more,
        ],
    )


def tcp(*backends: Document, name: str = "tcp", created: str = "2026-01-01T00:00:00Z") -> Document:
    return l4_route("TCPRoute", name, "web", backends, sectionName="tcp", created=created)


def udp(*backends: Document) -> Document:
    return l4_route("UDPRoute", "udp", "web", backends)


def tls(name: str, *backends: Document) -> Document:
    return l4_route("TLSRoute", name, "web", backends, hostnames=[f"{name}.ended.test"])


@pytest_asyncio.fixture
async def site(authority: Authority, tmp_path: Path) -> AsyncIterator[Site]:
    certificate = authority.certificate("*.ended.test")
    async with AsyncExitStack() as stack:
        ends = {
            name: await stack.enter_async_context(layer4.lines(name)) for name in ("a", "b", "c")
        }
        for name in ("d", "e"):
            ends[name] = await stack.enter_async_context(layer4.datagrams(name))
        portway = await stack.enter_async_context(Portway(tmp_path))
        site = Site(portway, authority.client_context(), ends)
        portway.write("certificate", [certificate.secret("ended")])
        portway.write("gateway", [gateway()])
        site.services()
        site.routes(tcp(backend("a")), udp(backend("d", 53)), tls("one", backend("a")))
        site.address = await portway.address("web")
        await site.until_tcp("a")
        await site.until_tls("one.ended.test", "a")
        await site.until_udp("d")
        await site.hold("tcp", TCP)
        await site.hold("one", TLS, "one.ended.test")
        yield site
        for line in site.held.values():
            line.close()


async def drains(site: Site) -> dict[str, int]:
    """How often a listener or a filter chain was replaced."""
    found = await EnvoyAdmin(site.portway.data).stats(
        r"listener_manager\.(listener_(added|modified|removed|in_place_updated)"
        r"|total_(listeners|filter_chains)_draining)"
    )
    return {name.removeprefix("listener_manager."): int(value) for name, value in found.items()}


async def test_weights_backends_endpoints_and_routes_change_no_listener(site: Site) -> None:
    before = await drains(site)

    site.routes(tcp(backend("a", weight=0), backend("b")), udp(backend("e", 53)))
    await site.until_tcp("b")
    await site.until_udp("e")
    await site.answers(tcp="a")
    await site.hold("second", TCP)

    site.services(b=site.ends["c"])
    await site.until_tcp("c")
    await site.answers(tcp="a", second="b")

    older = tcp(backend("b"), name="older", created="2025-01-01T00:00:00Z")
    site.services()
    site.routes(tcp(backend("a")), older, udp(backend("e", 53)))
    await site.until_tcp("b")
    await site.answers(tcp="a", second="b")

    site.routes(tls("one", backend("a")))
    await site.until_tcp(CLOSED)
    await site.until_udp(SILENT)
    await site.answers(tcp="a", second="b")
    after = await drains(site)
    # The TLSRoute went and came again, which is a filter chain and the only one that was touched.
    assert after["listener_added"] == before["listener_added"]
    assert after["listener_removed"] == before["listener_removed"]
    assert after["total_listeners_draining"] == 0
    in_place = after["listener_in_place_updated"] - before["listener_in_place_updated"]
    assert after["listener_modified"] - before["listener_modified"] == in_place


async def test_a_client_of_datagrams_stays_with_its_endpoint(site: Site) -> None:
    held = Datagrams(site.address, UDP)
    assert await held.ask() == "d"
    kept = (tcp(backend("a")), tls("one", backend("a")))
    site.routes(*kept, udp(backend("d", 53, weight=1), backend("e", 53, weight=1_000_000)))
    await site.until_udp("e")
    assert [await held.ask() for _ in range(5)] == ["d"] * 5
    held.close()


async def test_a_route_on_another_server_name_leaves_connections_of_the_port_alone(
    site: Site,
) -> None:
    kept = [tcp(backend("a")), tls("one", backend("a"))]
    site.routes(*kept, tls("two", backend("b")))
    await site.until_tls("two.ended.test", "b")
    await site.answers(one="a", tcp="a")
    await site.hold("two", TLS, "two.ended.test")

    site.routes(*kept, tls("two", backend("c")))
    await site.until_tls("two.ended.test", "c")
    await site.answers(one="a", two="b")

    site.routes(*kept)
    await site.until_tls("two.ended.test", CLOSED)
    await site.answers(one="a", two="b", tcp="a")
    seen = await drains(site)
    assert seen["total_listeners_draining"] == 0
    assert seen["listener_in_place_updated"] >= 2


async def test_a_listener_beside_leaves_connections_of_the_port_alone(site: Site) -> None:
    passing: Document = {"tls": {"mode": "Passthrough"}, "protocol": "TLS"}
    site.portway.write("gateway", [gateway(listener("more", TLS, hostname="more.test", **passing))])

    async def there() -> bool:
        found = await site.portway.object_status("Gateway", "web")
        return len(found["listeners"]) == 4 and all(
            each["status"] == "True"
            for one in found["listeners"]
            for each in one["conditions"]
            if each["type"] == "Programmed"
        )

    await site.portway.until(there, "the new listener is programmed")
    await site.answers(one="a", tcp="a")
    assert (await drains(site))["total_listeners_draining"] == 0


async def test_a_grant_that_is_deleted_stops_new_traffic_at_once(site: Site) -> None:
    away = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "away"}},
        service("far", site.ends["b"], namespace="away"),
        service("dns", site.ends["e"], namespace="away", port=53, protocol="UDP"),
    ]
    kinds = ("TCPRoute", "UDPRoute", "TLSRoute")
    grant = {
        "apiVersion": "gateway.networking.k8s.io/v1beta1",
        "kind": "ReferenceGrant",
        "metadata": {"name": "grant", "namespace": "away"},
        "spec": {
            "from": [
                {"group": "gateway.networking.k8s.io", "kind": each, "namespace": "default"}
                for each in kinds
            ],
            "to": [{"group": "", "kind": "Service"}],
        },
    }
    far = backend("far", namespace="away")
    site.portway.write("away", [*away, grant])
    site.routes(tcp(far), udp(backend("dns", 53, namespace="away")), tls("one", far))
    await site.until_tcp("b")
    await site.until_udp("e")
    await site.until_tls("one.ended.test", "b")
    held = Datagrams(site.address, UDP)
    assert await held.ask() == "e"
    site.portway.write("away", away)
    await site.until_tcp(CLOSED)
    await site.until_udp(SILENT)
    # There is nothing to end in UDP: a client that goes on sending is a new one.
    assert await held.ask() == SILENT
    held.close()
    await site.until_tls("one.ended.test", CLOSED)
    status = await site.portway.object_status("TCPRoute", "tcp")
    resolved = status["parents"][0]["conditions"][1]
    assert (resolved["status"], resolved["reason"]) == ("False", "RefNotPermitted")
    await site.answers(tcp="a", one="a")


async def test_a_pool_of_names_changes_as_a_cluster_and_its_connections_live(site: Site) -> None:
    """Names are in the cluster itself, so that a weight replaces it; in TCP and in UDP."""
    port = int(site.ends["b"].rpartition(":")[2])
    named = {
        "apiVersion": "portway.dev/v1alpha1",
        "kind": "Backend",
        "metadata": {"name": "named", "namespace": "default"},
        "spec": {"endpoints": [{"hostname": {"name": "localhost", "port": port}}]},
    }
    ref = {"group": "portway.dev", "kind": "Backend", "name": "named"}
    kept = tls("one", backend("a"))
    site.routes(named, kept, tcp(ref))
    await site.until_tcp("b")
    await site.hold("named", TCP)
    await site.answers(named="b", tcp="a")
    site.routes(named, kept, tcp({**ref, "weight": 0}, backend("c"), backend("gone", weight=0)))
    await site.until_tcp("c")
    await site.answers(named="b", tcp="a")
    assert (await drains(site))["total_listeners_draining"] == 0


async def test_a_name_without_its_route_is_closed_and_its_connections_drain(site: Site) -> None:
    """A route that is gone takes its filter chain with it; what is open gets the drain time."""
    site.routes(tcp(backend("a")))
    await site.until_tls("one.ended.test", CLOSED)
    await site.answers(one="a")

    async def ended() -> bool:
        return await site.held["one"].ask() == CLOSED

    start = time.monotonic()
    await site.portway.until(ended, "the connection is closed")
    assert DRAIN_SECONDS / 2 <= time.monotonic() - start <= DRAIN_SECONDS + 5
    await site.answers(tcp="a")
