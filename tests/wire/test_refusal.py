"""What the live Envoy refuses: the culprit is named in Envoy's words, and nobody else pays.

Every refusal here is a real one, of manifests that pass all checks: a pattern too large for the
proxy, a certificate its TLS library does not take, an address that somebody else has.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.wire.harness import http, manifests, refused
from tests.wire.harness.certificates import Authority
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.handshake import RefusedError, handshake
from tests.wire.harness.load import Load
from tests.wire.harness.manifests import Document, backend, http_route, rule, service
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway, condition, find_status

pytestmark = pytest.mark.envoy

HTTP, HTTPS = 8080, 8443


@dataclass
class Running:
    """An instance with one Gateway, and what to ask of it."""

    portway: Portway
    origin: Origin
    address: str = ""

    async def begin(self, listeners: Sequence[Document], *others: Document) -> None:
        self.portway.write("gateway", [manifests.gateway("web", listeners), *others])
        self.portway.write("app", [service("app", self.origin.endpoint)])
        self.address = await self.portway.address("web")

    async def get(self, host: str, path: str = "/") -> int:
        async with http.client(self.address, ports={80: HTTP}) as client:
            return (await client.get(f"http://{host}{path}")).status_code

    async def refused(self) -> dict[str, str]:
        entries = (await self.portway.status())["refused"]
        return {entry["object"]: entry["reason"] for entry in entries}

    async def until_refused(self, *names: str) -> dict[str, str]:
        """Waits until exactly these objects are refused."""

        async def so() -> bool:
            return set(await self.refused()) == set(names)

        await self.portway.until(so, f"refused: {', '.join(names) or 'nothing'}", seconds=20)
        return await self.refused()

    async def until_served(self, host: str, path: str = "/") -> None:
        async def so() -> bool:
            return await self.get(host, path) == 200

        await self.portway.until(so, f"{host}{path} is served")


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with Origin() as origin, Portway(tmp_path) as portway:
        yield Running(portway, origin)


def route(name: str, *paths: str, pattern: bool = False) -> Document:
    matches = [{"path": {"type": "PathPrefix", "value": path}} for path in paths]
    if pattern:
        matches.append(refused.huge_match())
    rules = [rule(backend("app"), matches=matches)]
    return http_route(name, "web", rules, hostnames=[f"{name}.example.com"])


def accepted(status: Any) -> dict[str, Any]:
    """The condition Accepted of a route's only parent."""
    conditions = status["parents"][0]["conditions"]
    found: dict[str, Any] = next(each for each in conditions if each["type"] == "Accepted")
    return found


def of_listener(status: Any, listener: str, kind: str) -> dict[str, Any]:
    entry = next(each for each in status["listeners"] if each["name"] == listener)
    found: dict[str, Any] = next(each for each in entry["conditions"] if each["type"] == kind)
    return found


async def test_a_bad_edit_is_named_and_what_worked_goes_on(running: Running) -> None:
    await running.begin([manifests.listener("http", HTTP)])
    names = [f"r{number}" for number in range(12)]
    running.portway.write("routes", [route(name, "/old") for name in names])
    await running.until_served("r0.example.com", "/old")
    async with (
        Load(running.address, HTTP, host="r5.example.com", path="/old", clients=2) as edited,
        Load(running.address, HTTP, host="r6.example.com", path="/old", clients=2) as neighbour,
    ):
        edits = [route(name, "/old", "/new", pattern=name in ("r5", "r9")) for name in names]
        running.portway.write("routes", edits)
        found = await running.until_refused("HTTPRoute default/r5", "HTTPRoute default/r9")
        await asyncio.gather(edited.more(50), neighbour.more(50))
    assert edited.result.failures == neighbour.result.failures == 0
    assert all(refused.PATTERN_WORDS in words for words in found.values())

    document = await running.portway.status()
    for name in names:
        verdict = accepted(find_status(document, "HTTPRoute", name, "default"))
        if name in ("r5", "r9"):
            assert (verdict["status"], verdict["reason"]) == ("False", "RejectedByProxy")
            assert refused.PATTERN_WORDS in verdict["message"]
        else:
            assert verdict["status"] == "True"
    for name in names:
        assert await running.get(f"{name}.example.com", "/old") == 200
        live = await running.get(f"{name}.example.com", "/new")
        assert live == (404 if name in ("r5", "r9") else 200)

    running.portway.write("routes", [route(name, "/old", "/new") for name in names])
    await running.until_refused()
    await running.until_served("r5.example.com", "/new")


async def test_a_restart_finds_the_culprit_held_and_neighbours_untouched(
    running: Running,
) -> None:
    await running.begin([manifests.listener("http", HTTP)])
    running.portway.write("routes", [route("good", "/"), route("bad", "/old")])
    await running.until_served("bad.example.com", "/old")
    running.portway.write("routes", [route("good", "/"), route("bad", "/new", pattern=True)])
    await running.until_refused("HTTPRoute default/bad")
    async with (
        Load(running.address, HTTP, host="good.example.com", clients=2) as good,
        Load(running.address, HTTP, host="bad.example.com", path="/old", clients=2) as bad,
    ):
        await running.portway.kill()
        await running.portway.start()
        await running.until_refused("HTTPRoute default/bad")
        assert await running.portway.address("web") == running.address
        await asyncio.gather(good.more(50), bad.more(50))
    assert good.result.failures == bad.result.failures == 0


async def test_a_certificate_that_envoy_refuses(
    running: Running, authority: Authority, tmp_path: Path
) -> None:
    """First of all certificates, then by rotation: neither changes a listener."""
    listeners = [
        manifests.listener("http", HTTP),
        manifests.listener("a", HTTPS, protocol="HTTPS", hostname="a.example.com", secret="a"),
        manifests.listener("b", HTTPS, protocol="HTTPS", hostname="b.example.com", secret="b"),
    ]
    good = authority.certificate("b.example.com")
    await running.begin(listeners, refused.secret("a", "a.example.com"), good.secret("b"))
    found = await running.until_refused("Secret default/a")
    assert refused.CERTIFICATE_WORDS in found["Secret default/a"]
    status = await running.portway.object_status("Gateway", "web")
    resolved = of_listener(status, "a", "ResolvedRefs")
    assert (resolved["status"], resolved["reason"]) == ("False", "InvalidCertificateRef")
    assert refused.CERTIFICATE_WORDS in resolved["message"]
    assert of_listener(status, "a", "Programmed")["status"] == "False"
    for kind in ("ResolvedRefs", "Programmed"):
        assert of_listener(status, "b", kind)["status"] == "True"
    with pytest.raises(RefusedError):
        await handshake(running.address, HTTPS, sni="a.example.com")
    await handshake(running.address, HTTPS, sni="b.example.com")

    mended = authority.certificate("a.example.com")
    running.portway.write(
        "gateway", [manifests.gateway("web", listeners), mended.secret("a"), good.secret("b")]
    )
    await running.until_refused()
    shown = await handshake(running.address, HTTPS, sni="a.example.com")
    serial = x509.load_pem_x509_certificate(mended.chain).serial_number
    assert shown.serial == serial

    rotated = refused.secret("a", "a.example.com")
    running.portway.write(
        "gateway", [manifests.gateway("web", listeners), rotated, good.secret("b")]
    )
    await running.until_refused("Secret default/a")
    shown = await handshake(running.address, HTTPS, sni="a.example.com")
    assert shown.serial == serial
    status = await running.portway.object_status("Gateway", "web")
    assert "still served" in of_listener(status, "a", "ResolvedRefs")["message"]
    assert of_listener(status, "a", "Programmed")["status"] == "True"
    stats = await EnvoyAdmin(running.portway.data).stats("listener_manager")
    assert stats["listener_manager.listener_modified"] == 0
    assert stats["listener_manager.total_filter_chains_draining"] == 0


async def test_a_port_that_somebody_has_heals_when_it_is_free(running: Running) -> None:
    """Beside a culprit of another kind, and a Gateway edited in the same moment."""
    await running.begin([manifests.listener("http", HTTP)])
    running.portway.write("routes", [route("r", "/")])
    await running.until_served("r.example.com")
    with socket.socket() as somebody:
        somebody.bind((running.address, 9090))
        somebody.listen()
        listeners = [manifests.listener("http", HTTP), manifests.listener("more", 9090)]
        running.portway.write("gateway", [manifests.gateway("web", listeners)])
        running.portway.write("other", [manifests.gateway("other", [listeners[0]])])
        running.portway.write("routes", [route("r", "/"), route("bad", "/", pattern=True)])
        found = await running.until_refused("Gateway default/web", "HTTPRoute default/bad")
        assert "Address already in use" in found["Gateway default/web"]
        await running.portway.address("other")
        status = await running.portway.object_status("Gateway", "web")
        assert condition(status, "Programmed") == "False"
        assert await running.get("r.example.com") == 200
    await running.until_refused("HTTPRoute default/bad")
    assert await running.portway.address("web") == running.address
    async with http.client(running.address, ports={80: 9090}) as client:
        assert (await client.get("http://r.example.com/")).status_code == 200
    lines = [line for line in running.portway.log.splitlines() if "suspects=1" in line]
    assert sum("cannot bind" in line for line in lines) == 1


async def test_two_gateways_that_share_an_address_cannot_share_a_port(tmp_path: Path) -> None:
    shared = "127.64.0.9"
    async with Origin() as origin, Portway(tmp_path, options=["--bind", shared]) as portway:
        running = Running(portway, origin)
        await running.begin([manifests.listener("http", HTTP)])
        assert running.address == shared
        portway.write("late", [manifests.gateway("late", [manifests.listener("http", HTTP)])])
        found = await running.until_refused("Gateway default/late")
        assert "duplicate address" in found["Gateway default/late"]
        assert await portway.address("web") == shared
        portway.remove("gateway")
        await running.until_refused()
        assert await portway.address("late") == shared
