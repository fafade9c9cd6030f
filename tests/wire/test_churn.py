"""Thousands of changes under load, and nobody who is served notices.

Each round rewrites every route of a table: backends move to Services that did not exist a moment
ago (and leave ones that go), filters, weights and matches come and go, neighbours are deleted and
come back, the certificate is rotated. Clients hold connections, clients open one per request, and
WebSockets stay open from before the first change to after the last.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import websockets
from cryptography import x509

from tests.wire.harness import http, manifests
from tests.wire.harness.certificates import Authority, Certificate
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.handshake import handshake
from tests.wire.harness.load import Load, Result
from tests.wire.harness.manifests import Document, backend, http_route, rule, service
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway
from tests.wire.harness.websocket_echo import WebSocketEcho, websocket_echo

pytestmark = pytest.mark.envoy

ROUTES = 25
ROUNDS = 80  # times ROUTES: 2,000 changed routes
ROTATE_EVERY = 8  # rounds
HTTP, HTTPS = 8080, 8443


class Site:
    """The manifests of any round; every route differs from the round before."""

    def __init__(self, origins: list[Origin], echo: WebSocketEcho) -> None:
        self._endpoints = [origin.endpoint for origin in origins]
        self._echo = echo.endpoint

    def gateway(self) -> Document:
        return manifests.gateway(
            "web",
            [
                manifests.listener("http", HTTP),
                manifests.listener("https", HTTPS, protocol="HTTPS", secret="site"),
            ],
        )

    def documents(self, turn: int) -> list[Document]:
        found = [self.gateway(), self._marker(turn)]
        for number in range(ROUTES):
            found += self._route(number, turn)
            if (turn + number) % 2:
                found.append(self._neighbour(number, turn))
        return [*found, *self._sockets(turn)]

    def _route(self, number: int, turn: int) -> list[Document]:
        """A route and its Services; at every turn one of the two Services is a new one."""
        names = [f"app-{number}-{turn - back}" for back in (0, 1)]
        weights = (1 + turn % 3, turn % 4)
        backends = [backend(n, weight=w) for n, w in zip(names, weights, strict=True)]
        fields: dict[str, Any] = {}
        if turn % 3:
            edit = {"set": [{"name": "x-turn", "value": str(turn)}]}
            fields["filters"] = [
                {"type": "ResponseHeaderModifier", "responseHeaderModifier": edit},
                {"type": "RequestHeaderModifier", "requestHeaderModifier": edit},
            ]
        rules = [rule(*backends, **fields)]
        if turn % 2:
            header = {"name": "x-other", "value": str(turn)}
            rules.append(rule(backend(names[0]), matches=[{"headers": [header]}]))
        ends = (self._endpoints[turn % 2], self._endpoints[1 - turn % 2])
        return [
            http_route(f"r{number}", "web", rules, hostnames=[f"h{number}.example.com"]),
            *(service(name, end) for name, end in zip(names, ends, strict=True)),
        ]

    def _neighbour(self, number: int, turn: int) -> Document:
        """Shares its host with a route that is under load; here in one round, gone in the next."""
        to = rule(
            backend(f"app-{number}-{turn}"),
            matches=[{"path": {"type": "PathPrefix", "value": "/neighbour"}}],
        )
        return http_route(f"n{number}", "web", [to], hostnames=[f"h{number}.example.com"])

    def _sockets(self, turn: int) -> list[Document]:
        """A WebSocket backend that stays while its route changes, and one that is replaced."""
        edit = {"set": [{"name": "x-turn", "value": str(turn)}]}
        changing = {"type": "RequestHeaderModifier", "requestHeaderModifier": edit}
        return [
            http_route(
                "stays", "web", [rule(backend("echo"), filters=[changing])], hostnames=["ws.a"]
            ),
            http_route("moves", "web", [rule(backend(f"echo-{turn}"))], hostnames=["ws.b"]),
            service("echo", self._echo),
            service(f"echo-{turn}", self._echo),
        ]

    def _marker(self, turn: int) -> Document:
        """Answers with the number of the round by itself, so that the round can be seen live."""
        to = {"hostname": f"turn-{turn}.example.com"}
        filters = [{"type": "RequestRedirect", "requestRedirect": to}]
        return http_route("marker", "web", [rule(filters=filters)], hostnames=["marker.a"])


class Running:
    """A settled site, and the means to go on to another round of it."""

    def __init__(self, portway: Portway, site: Site, authority: Authority) -> None:
        self.portway, self.site, self._authority = portway, site, authority
        self.address = ""
        self.certificate: Certificate | None = None
        self._seen = False

    async def go_to(self, turn: int) -> None:
        """Writes a round's manifests and waits until it is live."""
        if turn % ROTATE_EVERY == 0:
            names = [f"h{number}.example.com" for number in range(ROUTES)]
            self.certificate = self._authority.certificate(*names)
            self.portway.write("secret", [self.certificate.secret("site")])
        self.portway.write("site", self.site.documents(turn))
        self.address = self.address or await self.portway.address("web")
        async with http.client(self.address, ports={80: HTTP}) as client:

            async def live() -> bool:
                answer = await client.get("http://marker.a/")
                seen: str = answer.headers.get("location", "")
                return seen == f"http://turn-{turn}.example.com:{HTTP}/"

            await self.portway.until(live, f"round {turn} is live")

    @property
    def envoy(self) -> EnvoyAdmin:
        return EnvoyAdmin(self.portway.data)


@pytest.fixture
async def running(tmp_path: Path, authority: Authority) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        origins = [await stack.enter_async_context(Origin(name)) for name in ("a", "b")]
        echo = await stack.enter_async_context(websocket_echo())
        portway = await stack.enter_async_context(Portway(tmp_path))
        made = Running(portway, Site(origins, echo), authority)
        await made.go_to(0)
        yield made


async def hold_websocket(address: str, host: str, ready: asyncio.Event, done: asyncio.Event) -> int:
    """Talks over one connection from the start to the end; returns how many echoes came."""
    echoes = 0
    async with websockets.connect(f"ws://{host}/", host=address, port=HTTP) as connection:
        while not done.is_set():
            await connection.send(str(echoes))
            assert await connection.recv() == str(echoes)
            echoes += 1
            ready.set()
            await asyncio.sleep(0.01)  # The pace of a fast chat; nothing waits for it.
    return echoes


def loads(running: Running, authority: Authority) -> list[Load]:
    trust = authority.client_context("http/1.1")
    hosts = [f"h{number}.example.com" for number in range(ROUTES)]
    kinds: list[dict[str, Any]] = [
        {"port": HTTP, "host": hosts[0], "clients": 2},
        {"port": HTTP, "host": hosts[7], "clients": 2, "path": "/slow?head=0.01&chunks=3"},
        {"port": HTTP, "host": hosts[1], "clients": 1, "keep_alive": False},
        {"port": HTTPS, "host": hosts[2], "clients": 1, "tls": trust},
        {"port": HTTPS, "host": hosts[3], "clients": 1, "tls": trust, "keep_alive": False},
    ]
    return [Load(running.address, **each) for each in kinds]


def failures(results: list[Result]) -> list[Any]:
    return [(dict(each.statuses), each.breaks[:5]) for each in results if each.failures]


async def test_two_thousand_changes_cost_nobody_anything(
    running: Running, authority: Authority
) -> None:
    before = await running.envoy.stats("listener_manager|drain_close")
    done = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        begun = [asyncio.Event(), asyncio.Event()]
        sockets = [
            group.create_task(hold_websocket(running.address, host, ready, done))
            for host, ready in zip(("ws.a", "ws.b"), begun, strict=True)
        ]
        for ready in begun:
            await ready.wait()
        async with AsyncExitStack() as stack:
            all_loads = loads(running, authority)
            for load in all_loads:
                await stack.enter_async_context(load)
            for turn in range(1, ROUNDS + 1):
                await running.go_to(turn)
                # A round is live within milliseconds; everybody is to see each of them.
                await asyncio.gather(*(load.more(1) for load in all_loads))
        done.set()
    results = [load.result for load in all_loads]
    assert failures(results) == []
    assert all(each.requests >= ROUNDS for each in results)
    assert all(task.result() > ROUNDS for task in sockets)

    after = await running.envoy.stats("listener_manager|drain_close")
    assert after["listener_manager.total_filter_chains_draining"] == 0
    assert after["listener_manager.total_listeners_draining"] == 0
    for counter in ("listener_modified", "listener_removed", "listener_in_place_updated"):
        name = f"listener_manager.{counter}"
        assert after[name] == before[name] == 0
    assert sum(n for name, n in after.items() if name.endswith("drain_close")) == 0

    assert running.certificate is not None
    shown = await handshake(running.address, HTTPS, sni="h0.example.com")
    leaf = x509.load_pem_x509_certificates(running.certificate.chain)[0]
    assert shown.serial == leaf.serial_number
    # What is no longer referred to is gone: the clusters of the last round and the fixed ones.
    left = len(await running.envoy.config("dynamic_active_clusters"))
    assert left == ROUTES * 2 + 2
