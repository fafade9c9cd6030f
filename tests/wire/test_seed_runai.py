"""Run:ai's Gateway API page: host mode, path mode, inference, live changes (R4 to R28)."""

import functools
import itertools
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.wire import seeds
from tests.wire.harness import http, http2, manifests, raw
from tests.wire.harness.certificates import Authority
from tests.wire.harness.handshake import RefusedError, handshake
from tests.wire.harness.load import Load
from tests.wire.harness.manifests import Document
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway
from tests.wire.harness.websocket_echo import websocket_echo

pytestmark = pytest.mark.envoy

GATEWAY = "runai/runai-gateway"
DOMAIN = "runai.mycorp.local"
NOTEBOOK, INFERENCE = f"vision-notebook.{DOMAIN}", f"model-p.runai-inference.{DOMAIN}"
PLANE, WORKLOADS, MODELS = "https-cluster-domain", "https-workloads", "https-inference"
SECRETS = {
    "runai-cluster-domain-tls-secret": DOMAIN,
    "runai-cluster-domain-star-tls-secret": f"*.{DOMAIN}",
    "runai-cluster-inference-tls-secret": f"*.runai-inference.{DOMAIN}",
}


def secret(authority: Authority, name: str) -> Document:
    return authority.certificate(SECRETS[name]).secret(name, "runai")


def listeners(site: Sequence[Document], *names: str) -> list[Document]:
    """The site with these listeners of its Gateway only."""
    gateway = seeds.pick(site, "Gateway")
    kept = [each for each in gateway["spec"]["listeners"] if each["name"] in names]
    spec = {**gateway["spec"], "listeners": kept}
    return [{**each, "spec": spec} if each is gateway else each for each in site]


@dataclass
class Cluster:
    """A running Portway with the page's Gateway, and what a client on it needs."""

    portway: Portway
    site: list[Document]
    tls: ssl.SSLContext
    trust: Path
    address: str = ""
    port: int = 0

    async def serving(self, *routes: str) -> None:
        await seeds.serving(self.portway, [GATEWAY], routes)
        self.address, self.port = await seeds.where(self.portway, GATEWAY, 443)

    def get(self, host: str, path: str = "/") -> Awaitable[seeds.Reply]:
        return seeds.get(f"https://{host}{path}", at=self.address, port=self.port, trust=self.trust)

    async def seen(self, listener: str) -> tuple[seeds.Conditions, int]:
        """A listener's conditions and how many routes are attached."""
        _, found = await seeds.gateway(self.portway, GATEWAY)
        return seeds.conditions(found[listener]), found[listener]["attachedRoutes"]

    async def names(self, sni: str | None) -> tuple[str, ...]:
        """The names of the certificate that a server name gets. Raises RefusedError."""
        return (await handshake(self.address, self.port, sni=sni)).names

    def load(self, host: str) -> Load:
        return Load(self.address, self.port, host=host, tls=self.tls, clients=2)

    @asynccontextmanager
    async def held(self, host: str, origin: Origin) -> AsyncIterator[raw.RawConnection]:
        """A request that a backend holds; at the end it is answered on the same connection."""
        async with raw.connect(self.address, self.port, tls=self.tls, sni=host) as connection:
            await connection.send(f"GET /hold HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            await origin.held.acquire()
            yield connection
            origin.released.set()
            assert (await connection.answer()).status == 200
            await connection.send(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert (await connection.answer()).status == 200


@asynccontextmanager
async def cluster(tmp_path: Path, authority: Authority, site: list[Document]) -> Any:
    """A Portway without any manifest yet."""
    trust = tmp_path / "ca.pem"
    trust.write_bytes(authority.pem)
    async with Portway(tmp_path) as portway:
        yield Cluster(portway, site, authority.client_context(), trust)


def host_mode(**endpoints: str) -> list[Document]:
    named = {name.replace("_", "-"): endpoint for name, endpoint in endpoints.items()}
    return seeds.documents("runai-host-mode", endpoints=named)


async def test_host_mode_as_the_page_has_it(tmp_path: Path, authority: Authority) -> None:
    """R4, R7, R8, R9, R10, R27: three listeners on one address and port, certificates by SNI,
    workloads by subdomain, the wildcard not for the domain itself, tables as in kubectl."""
    async with Origin("control-plane") as plane, Origin("notebook") as notebook:
        site = host_mode(control_plane=plane.endpoint, vision_notebook=notebook.endpoint)
        async with cluster(tmp_path, authority, site) as on:
            portway = on.portway
            portway.write("secrets", [secret(authority, name) for name in SECRETS])
            workload = [each for each in site if each["metadata"]["name"] == "vision-notebook"]
            portway.write("site", [each for each in site if each not in workload])
            await on.serving("runai/control-plane")
            for listener in (PLANE, WORKLOADS, MODELS):
                await well(on, listener)
            assert (await on.seen(WORKLOADS))[1] == 0
            portway.write("workload", workload)
            await on.serving("runai/control-plane", "runai/vision-notebook")
            counts = [(await on.seen(each))[1] for each in (PLANE, WORKLOADS, MODELS)]
            assert counts == [1, 1, 0]
            await certificates_follow_the_server_name(on)
            answer = await on.get(NOTEBOOK, "/any?x=1")
            told = answer.json
            assert (answer.status, told["service"]) == (200, "notebook")
            assert (told["path"], told["host"]) == ("/any?x=1", NOTEBOOK)
            assert (await on.get(DOMAIN)).json["service"] == "control-plane"
            assert (await on.get(f"unknown.{DOMAIN}")).status == 404
            await tables(portway, on.address)


async def well(on: Cluster, listener: str) -> None:
    found, _ = await on.seen(listener)
    assert [found[kind][0] for kind in ("Accepted", "Programmed", "ResolvedRefs")] == ["True"] * 3
    assert found["Conflicted"][0] == "False"


async def certificates_follow_the_server_name(on: Cluster) -> None:
    assert await on.names(DOMAIN) == (DOMAIN,)
    assert await on.names(NOTEBOOK) == (f"*.{DOMAIN}",)
    assert await on.names(INFERENCE) == (f"*.runai-inference.{DOMAIN}",)
    for refused in ("www.example.com", "mycorp.local", None):
        with pytest.raises(RefusedError):
            await on.names(refused)


async def tables(portway: Portway, address: str) -> None:
    """R27: `kubectl get gateway -n runai`, `kubectl get httproute -A`."""
    (row,) = await seeds.table(portway, "gateway", "-n", "runai")
    seen = (row["NAME"], row["CLASS"], row["ADDRESS"], row["PROGRAMMED"])
    assert seen == ("runai-gateway", "portway", address, "True")
    rows = await seeds.table(portway, "httproute", "-A")
    ours = {row["NAME"]: row for row in rows if row["NAMESPACE"] == "runai"}
    assert set(ours) == {"control-plane", "vision-notebook"}
    assert all((r["ACCEPTED"], r["RESOLVEDREFS"]) == ("True", "True") for r in ours.values())


async def test_the_wildcard_is_not_for_the_domain_itself(
    tmp_path: Path, authority: Authority
) -> None:
    """R10: with the wildcard listener alone, the domain's own name gets no certificate; and a
    route for the wildcard does not answer for the domain."""
    async with Origin("control-plane") as plane:
        site = host_mode(control_plane=plane.endpoint)
        seeds.pick(site, "HTTPRoute", "control-plane")["spec"]["hostnames"] = [f"*.{DOMAIN}"]
        async with cluster(tmp_path, authority, site) as on:
            on.portway.write("secrets", [secret(authority, name) for name in SECRETS])
            on.portway.write("site", listeners(site, WORKLOADS))
            await on.serving("runai/control-plane")
            assert (await on.get(f"any.{DOMAIN}")).json["service"] == "control-plane"
            with pytest.raises(RefusedError):
                await on.names(DOMAIN)
            on.portway.write("site", listeners(site, PLANE, WORKLOADS))
            await seeds.until_listener(on.portway, GATEWAY, PLANE, Programmed="True")
            await seeds.until_reply(on.portway, lambda: on.get(DOMAIN), 404)
            assert (await on.seen(PLANE))[1] == 0


async def test_a_missing_or_renewed_certificate_concerns_its_listener_only(
    tmp_path: Path, authority: Authority
) -> None:
    """R5: the others serve on; the Secret heals the listener, and rotation reaches new
    connections while a held request and a running load notice nothing."""
    star = "runai-cluster-domain-star-tls-secret"
    async with Origin("control-plane") as plane, Origin("notebook") as notebook:
        site = host_mode(control_plane=plane.endpoint, vision_notebook=notebook.endpoint)
        async with cluster(tmp_path, authority, listeners(site, PLANE, WORKLOADS)) as on:
            portway = on.portway
            portway.write("domain", [secret(authority, "runai-cluster-domain-tls-secret")])
            portway.write("site", on.site)
            await on.serving("runai/control-plane", "runai/vision-notebook")
            found, _ = await on.seen(WORKLOADS)
            assert found["ResolvedRefs"] == ("False", "InvalidCertificateRef")
            assert found["Programmed"][0] == "False"
            with pytest.raises(RefusedError):
                await on.names(NOTEBOOK)
            await well(on, PLANE)
            async with on.load(DOMAIN) as load, on.held(DOMAIN, plane):
                portway.write("star", [secret(authority, star)])
                await seeds.until_listener(portway, GATEWAY, WORKLOADS, Programmed="True")
                assert (await on.get(NOTEBOOK)).status == 200
                before = (await handshake(on.address, on.port, sni=NOTEBOOK)).serial
                async with on.held(NOTEBOOK, notebook):
                    portway.write("star", [secret(authority, star)])

                    async def renewed() -> bool:
                        return (await handshake(on.address, on.port, sni=NOTEBOOK)).serial != before

                    await portway.until(renewed, "the new certificate is shown")
                portway.write(
                    "star", [{**secret(authority, star), "data": {"tls.crt": "", "tls.key": ""}}]
                )
                await seeds.until_listener(portway, GATEWAY, WORKLOADS, ResolvedRefs="False")
                portway.write("star", [secret(authority, star)])
                await seeds.until_listener(
                    portway, GATEWAY, WORKLOADS, ResolvedRefs="True", Programmed="True"
                )
                assert (await on.get(NOTEBOOK)).status == 200
                await load.more(50)
            assert load.result.failures == 0, load.result.breaks


async def test_workloads_come_and_go_beside_a_neighbour(
    tmp_path: Path, authority: Authority
) -> None:
    """R11: 60 hosts created and deleted; each is reachable, then 404, its status goes with it,
    and the neighbour loses no request."""
    async with Origin("control-plane") as plane, Origin("notebook") as notebook:
        site = host_mode(control_plane=plane.endpoint, vision_notebook=notebook.endpoint)
        async with cluster(tmp_path, authority, listeners(site, PLANE, WORKLOADS)) as on:
            portway = on.portway
            portway.write("secrets", [secret(authority, name) for name in SECRETS])
            portway.write("site", on.site)
            await on.serving("runai/control-plane", "runai/vision-notebook")
            async with on.load(NOTEBOOK) as load:
                for start in range(0, 60, 20):
                    names = [f"team-job{number}" for number in range(start, start + 20)]
                    for name in names:
                        portway.write(name, [workload(name, "vision-notebook")])
                    await on.serving(*(f"runai/{name}" for name in names))
                    await answers(on, names, 200)
                    await load.more(20)
                    for name in names:
                        portway.remove(name)
                    await answers(on, names, 404)
                assert (await on.seen(WORKLOADS))[1] == 1
                left = {row["NAME"] for row in await seeds.table(portway, "httproute")}
                assert not any(name.startswith("team-") for name in left)
            assert load.result.failures == 0, load.result.breaks
            assert load.result.requests > 60


async def answers(on: Cluster, names: Sequence[str], status: int) -> None:
    """Waits until each workload's host answers with a status."""
    async with http.client(on.address, ports={443: on.port}, tls=on.tls) as client:

        async def has(url: str) -> bool:
            return (await client.get(url)).status_code == status

        for name in names:
            url = f"https://{name}.{DOMAIN}/"
            await on.portway.until(functools.partial(has, url), f"{url}: {status}")


def workload(name: str, service: str) -> Document:
    """What the platform makes of a workload in host mode."""
    rule = manifests.rule(manifests.backend(service, 8888))
    host = f"{name}.{DOMAIN}"
    return manifests.http_route(name, "runai-gateway", [rule], namespace="runai", hostnames=[host])


async def test_path_mode_as_the_page_has_it(tmp_path: Path, authority: Authority) -> None:
    """R13, R14: one listener, no wildcard; paths by whole segments, nothing is cut off, the
    longest wins across routes, everything else is the control plane's."""
    async with Origin("plane") as plane, Origin("one") as one, Origin("two") as two:
        ends = {"control-plane": plane, "vision-notebook": one, "vision-notebook2": two}
        endpoints = {name: origin.endpoint for name, origin in ends.items()}
        site = seeds.documents("runai-path-mode", endpoints=endpoints)
        async with cluster(tmp_path, authority, site) as on:
            on.portway.write("secret", [secret(authority, "runai-cluster-domain-tls-secret")])
            on.portway.write("site", site)
            await on.serving(*(f"runai/{name}" for name in ends))
            await well(on, PLANE)
            assert (await on.seen(PLANE))[1] == 3
            for path, service in (
                ("/vision/notebook", "one"),
                ("/vision/notebook/lab/tree?token=1", "one"),
                ("/vision/notebook2/lab", "two"),
                ("/vision/notebook3", "plane"),
                ("/vision", "plane"),
                ("/", "plane"),
            ):
                told = (await on.get(DOMAIN, path)).json
                assert (told["service"], told["path"]) == (service, path)
            with pytest.raises(RefusedError):
                await on.names(NOTEBOOK)


async def test_a_switch_to_path_mode_withdraws_the_workloads(
    tmp_path: Path, authority: Authority
) -> None:
    """R15: the wildcard listener goes: its routes say so and are gone from the data plane, the
    domain's traffic does not notice; the switch back brings them again."""
    async with Origin("control-plane") as plane, Origin("notebook") as notebook:
        site = host_mode(control_plane=plane.endpoint, vision_notebook=notebook.endpoint)
        named = workload("by-section", "vision-notebook")
        named["spec"]["parentRefs"][0]["sectionName"] = WORKLOADS
        async with cluster(tmp_path, authority, listeners(site, PLANE, WORKLOADS)) as on:
            portway = on.portway
            portway.write("secrets", [secret(authority, name) for name in SECRETS])
            portway.write("named", [named])
            portway.write("site", on.site)
            routes = ("runai/control-plane", "runai/vision-notebook", "runai/by-section")
            await on.serving(*routes)
            async with on.load(DOMAIN) as load, on.held(DOMAIN, plane):
                portway.write("site", listeners(site, PLANE))
                no_host, no_parent = "NoMatchingListenerHostname", "NoMatchingParent"
                await seeds.until_route(portway, routes[1], "Accepted", no_host)
                await seeds.until_route(portway, routes[2], "Accepted", no_parent)
                for gone in (NOTEBOOK, f"by-section.{DOMAIN}"):
                    await until_refused(on, gone)
                portway.write("site", on.site)
                await on.serving(*routes)
                await seeds.until_reply(portway, lambda: on.get(NOTEBOOK), 200, "notebook")
                await load.more(20)
            assert load.result.failures == 0, load.result.breaks


async def until_refused(on: Cluster, sni: str) -> None:
    async def refused() -> bool:
        try:
            await on.names(sni)
        except RefusedError:
            return True
        return False

    await on.portway.until(refused, f"the handshake for {sni} is refused")


async def test_websockets_reach_the_control_plane(tmp_path: Path, authority: Authority) -> None:
    """R16: over HTTPS, by HTTP/1.1 upgrade and by HTTP/2 extended CONNECT; a change elsewhere
    does not disturb them."""
    async with websocket_echo() as echo:
        site = host_mode(control_plane=echo.endpoint)
        async with cluster(tmp_path, authority, listeners(site, PLANE)) as on:
            on.portway.write("secrets", [secret(authority, name) for name in SECRETS])
            on.portway.write("site", on.site)
            await on.serving("runai/control-plane")
            at = {"host": on.address, "port": on.port}
            url = f"wss://{DOMAIN}/api/terminal?id=1"
            async with (
                connect(url, ssl=on.tls, server_hostname=DOMAIN, proxy=None, **at) as socket,
                http2.connect(on.address, on.port, tls=h2_context(authority), sni=DOMAIN) as second,
                second.websocket(DOMAIN, "/api/h2") as stream,
            ):
                await socket.send("one")
                assert await socket.recv() == "one"
                on.portway.write("site", listeners(site, PLANE, WORKLOADS))
                await seeds.until_listener(on.portway, GATEWAY, WORKLOADS, Programmed="True")
                await socket.send("two")
                assert await socket.recv() == "two"
                await stream.send("three")
                assert await stream.receive() == "three"
            assert echo.paths == ["/api/terminal?id=1", "/api/h2"]
            assert echo.hosts == [DOMAIN, DOMAIN]


def h2_context(authority: Authority) -> ssl.SSLContext:
    return authority.client_context("h2")


async def test_the_inference_listener_is_added_live(tmp_path: Path, authority: Authority) -> None:
    """R17, R18, R19, R20: no request is lost and no connection closed; overlapping wildcards are
    told, the most specific one wins; Knative's route is let in by allowedRoutes only; a reused
    connection for the other listener's host gets 421."""
    async with Origin("plane") as plane, Origin("notebook") as book, Origin("kourier") as kourier:
        site = host_mode(
            control_plane=plane.endpoint, vision_notebook=book.endpoint, kourier=kourier.endpoint
        )
        async with cluster(tmp_path, authority, listeners(site, PLANE, WORKLOADS)) as on:
            portway = on.portway
            portway.write("secrets", [secret(authority, name) for name in SECRETS])
            portway.write("site", on.site)
            await on.serving("runai/control-plane", "runai/vision-notebook")
            async with on.load(DOMAIN) as load, on.load(NOTEBOOK) as other, on.held(DOMAIN, plane):
                portway.write("site", site)
                await seeds.until_listener(portway, GATEWAY, MODELS, Programmed="True")
                await inference_is_let_in(on, site)
                await load.more(30)
                await other.more(30)
            assert load.result.failures + other.result.failures == 0
            for listener in (WORKLOADS, MODELS):
                found, _ = await on.seen(listener)
                assert found["OverlappingTLSConfig"] == ("True", "OverlappingHostnames")
            assert "OverlappingTLSConfig" not in (await on.seen(PLANE))[0]
            assert await on.names(INFERENCE) == (f"*.runai-inference.{DOMAIN}",)
            await reused_connections_are_sent_away(on, authority)


async def inference_is_let_in(on: Cluster, site: list[Document]) -> None:
    """S1: refused as the page has it, served once the listener says so, with the Host kept."""
    route = "knative-serving/knative-serving-httproute"
    await seeds.until_route(on.portway, route, "Accepted", "NotAllowedByListeners")
    await seeds.until_reply(on.portway, lambda: on.get(INFERENCE), 404)
    opened = listeners(site, PLANE, WORKLOADS, MODELS)
    gateway = seeds.pick(opened, "Gateway")
    gateway["spec"]["listeners"][-1]["allowedRoutes"] = {"namespaces": {"from": "All"}}
    on.portway.write("site", opened)
    await seeds.until_reply(on.portway, lambda: on.get(INFERENCE), 200, "kourier")
    told = (await on.get(INFERENCE, "/v1/models/m:predict")).json
    assert (told["host"], told["path"]) == (INFERENCE, "/v1/models/m:predict")
    assert told["headers"]["x-forwarded-proto"] == ["https"]
    assert "x-forwarded-for" in told["headers"]
    on.portway.write("site", [each for each in opened if each["metadata"]["name"] != "kourier"])
    await seeds.until_route(on.portway, route, "ResolvedRefs", "BackendNotFound")
    await seeds.until_reply(on.portway, lambda: on.get(INFERENCE), 500)
    on.portway.write("site", opened)
    await seeds.until_reply(on.portway, lambda: on.get(INFERENCE), 200, "kourier")


async def reused_connections_are_sent_away(on: Cluster, authority: Authority) -> None:
    context = authority.client_context("h2")
    async with http2.connect(on.address, on.port, tls=context, sni=NOTEBOOK) as client:
        assert (await client.get(NOTEBOOK, "/")).status == 200
        assert (await client.get(INFERENCE, "/")).status == 421
        assert (await client.get(DOMAIN, "/")).status == 421
        assert (await client.get(NOTEBOOK, "/")).status == 200


PIECES = ("route", "gateway", "secret", "backend")
ORDERS = [order for number, order in enumerate(itertools.permutations(PIECES)) if number % 4 == 1]


async def test_order_never_matters(tmp_path: Path, authority: Authority) -> None:
    """R26: route, Gateway, Secret and backend, one read after the other, in different orders."""
    async with Origin("control-plane") as plane:
        site = listeners(host_mode(control_plane=plane.endpoint), PLANE)
        pieces = {
            "route": seeds.pick(site, "HTTPRoute", "control-plane"),
            "gateway": seeds.pick(site, "Gateway"),
            "secret": secret(authority, "runai-cluster-domain-tls-secret"),
            "backend": seeds.pick(site, "Service", "control-plane"),
        }
        async with cluster(tmp_path, authority, site) as on:
            for order in ORDERS:
                for piece in order:
                    on.portway.write(piece, [pieces[piece]])
                    wanted = pieces[piece]
                    await seeds.known(on.portway, wanted["kind"], wanted["metadata"]["name"])
                await on.serving("runai/control-plane")
                await seeds.until_reply(on.portway, lambda: on.get(DOMAIN), 200, "control-plane")
                for piece in order:
                    on.portway.remove(piece)
                await until_refused(on, DOMAIN)


NAMES_OF_PLANE = ("runai-gateway", "control-plane")


async def test_the_pages_curl_needs_a_server_name(tmp_path: Path, authority: Authority) -> None:
    """R28, S4: `curl -H Host: ... https://<ip>/` sends no server name and is refused; the command
    that `portway check` prints instead works."""
    async with Origin("control-plane") as plane:
        whole = listeners(host_mode(control_plane=plane.endpoint), PLANE)
        site = [each for each in whole if each["metadata"]["name"] in NAMES_OF_PLANE]
        async with cluster(tmp_path, authority, site) as on:
            on.portway.write("site", [secret(authority, name) for name in SECRETS] + on.site)
            await on.serving("runai/control-plane")
            at = f"https://{on.address}:{on.port}/"
            with pytest.raises((OSError, httpx.TransportError)):
                await seeds.get(at, host=DOMAIN, trust=on.trust)
            assert plane.requests == []
            words = ("check", str(on.portway.folder), "-o", "json")
            code, text = await seeds.portway_command(*words)
            found = {each["code"]: each for each in json.loads(text)}
            assert code == 0
            assert f"--resolve {DOMAIN}:443:" in found["PW060"]["cure"]
            assert (await on.get(DOMAIN)).status == 200


async def test_requests_of_many_clients_survive_every_live_change(
    tmp_path: Path, authority: Authority
) -> None:
    """R11, R18: listeners, certificates, routes and endpoints change one after the other."""
    async with Origin("a") as first, Origin("b") as second:
        site = host_mode(control_plane=first.endpoint, vision_notebook=second.endpoint)
        async with cluster(tmp_path, authority, listeners(site, PLANE, WORKLOADS)) as on:
            portway = on.portway
            portway.write("secrets", [secret(authority, name) for name in SECRETS])
            portway.write("site", on.site)
            await on.serving("runai/control-plane", "runai/vision-notebook")
            async with on.load(DOMAIN) as load:
                for _ in range(3):
                    portway.write("site", site)
                    await seeds.until_listener(portway, GATEWAY, MODELS, Programmed="True")
                    await load.more(10)
                    seeds.put(site, "control-plane", second.endpoint)
                    portway.write("site", listeners(site, PLANE))
                    await seeds.until_reply(portway, lambda: on.get(DOMAIN), 200, "b")
                    portway.write("secrets", [secret(authority, name) for name in SECRETS])
                    seeds.put(site, "control-plane", first.endpoint)
                    portway.write("site", listeners(site, PLANE, WORKLOADS))
                    await seeds.until_reply(portway, lambda: on.get(DOMAIN), 200, "a")
                    await load.more(10)
            assert load.result.failures == 0, load.result.breaks
