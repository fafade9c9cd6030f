"""The cloud provider's guide, step by step, with its own manifests (requirements E3 to E10)."""

from collections.abc import Awaitable, Sequence
from pathlib import Path

import pytest

from tests.wire import seeds
from tests.wire.harness import manifests, ports, raw
from tests.wire.harness.certificates import Authority
from tests.wire.harness.handshake import RefusedError, handshake
from tests.wire.harness.manifests import Document
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway

pytestmark = pytest.mark.envoy

GATEWAY, ROUTE, HOST = "default/api-gateway", "default/host-route", "app.yourdomain.com"


def guide(endpoint: str) -> list[Document]:
    return seeds.documents("cloud-provider", endpoints={"backend-1": endpoint})


async def test_tables_show_what_kubectl_would(tmp_path: Path) -> None:
    """E3, E4, E5, E6, E7: ACCEPTED, ADDRESS, PROGRAMMED and HOSTNAMES are as the guide says."""
    async with Origin("backend-1") as app, Portway(tmp_path) as portway:
        portway.write("all", guide(app.endpoint))
        await seeds.serving(portway, [GATEWAY], [ROUTE])
        classes = await seeds.table(portway, "gatewayclass")
        mine = next(row for row in classes if row["NAME"] == "envoy-gateway-class")
        assert mine["ACCEPTED"] == "True"
        (gateway,) = await seeds.table(portway, "gateway")
        assert gateway["CLASS"] == "envoy-gateway-class"
        assert gateway["PROGRAMMED"] == "True"
        assert gateway["ADDRESS"] == await portway.address("api-gateway")
        (route,) = await seeds.table(portway, "httproute")
        assert (route["NAME"], route["HOSTNAMES"]) == ("host-route", HOST)


async def test_the_host_of_the_route_is_served_and_others_get_404(tmp_path: Path) -> None:
    """E7, E8, E9: `curl -H Host: ... http://$GATEWAY_IP/`; the 404 is the Gateway's own."""
    async with Origin("backend-1") as app, Portway(tmp_path) as portway:
        portway.write("all", guide(app.endpoint))
        await seeds.serving(portway, [GATEWAY], [ROUTE])
        address, port = await seeds.where(portway, GATEWAY, 80)
        url = f"http://{address}:{port}/"
        answer = await seeds.get(url, host=HOST)
        assert (answer.status, answer.json["service"]) == (200, "backend-1")
        assert answer.json["host"] == HOST
        for unknown in ("unknown.example.com", f"sub.{HOST}", ""):
            assert (await seeds.get(url, host=unknown)).status == 404
        assert len(app.requests) == 1


ORDERS = (
    ("gatewayclass", "gateway", "app", "endpoints"),
    ("endpoints", "app", "gateway", "gatewayclass"),
    ("app", "gatewayclass", "endpoints", "gateway"),
)


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_the_files_may_be_applied_in_any_order(order: Sequence[str], tmp_path: Path) -> None:
    """E6, R26: each file is read before the next one is there, and all converges."""
    files = {
        "gatewayclass": ("GatewayClass",),
        "gateway": ("Gateway",),
        "app": ("Deployment", "Service", "HTTPRoute"),
        "endpoints": ("EndpointSlice",),
    }
    async with Origin("backend-1") as app, Portway(tmp_path) as portway:
        site = guide(app.endpoint)
        for file in order:
            mine = [each for each in site if each["kind"] in files[file]]
            portway.write(file, list(reversed(mine)))
            await seeds.known(portway, files[file][-1], mine[-1]["metadata"]["name"])
        await seeds.serving(portway, [GATEWAY], [ROUTE])
        address, port = await seeds.where(portway, GATEWAY, 80)
        answer = await seeds.get(f"http://{address}:{port}/", host=HOST)
        assert answer.json["service"] == "backend-1"


async def test_a_gateway_waits_for_an_address_and_says_why(tmp_path: Path) -> None:
    """E5: no address left: ADDRESS empty, Programmed=False/AddressNotAssigned with the cause; one
    becomes free: programmed."""
    pool = f"{ports.loopback_range().partition('/')[0]}/32"
    async with Portway(tmp_path, pool=pool) as portway:
        first = manifests.gateway("first", [manifests.listener("http", 8080)])
        portway.write("first", [first])
        await seeds.serving(portway, ["default/first"], [])
        portway.write("second", seeds.documents("cloud-provider"))
        await seeds.until_route(portway, ROUTE, "Accepted", "Accepted")
        seen, _ = await seeds.gateway(portway, GATEWAY)
        assert seen["Programmed"] == ("False", "AddressNotAssigned")
        status = await portway.object_status("Gateway", "api-gateway")
        assert "addresses" not in status or status["addresses"] == []
        assert pool in " ".join(each["message"] for each in status["conditions"])
        rows = await seeds.table(portway, "gateway")
        waiting = next(row for row in rows if row["NAME"] == "api-gateway")
        assert (waiting["ADDRESS"], waiting["PROGRAMMED"]) == ("", "False")
        portway.remove("first")
        await seeds.serving(portway, [GATEWAY], [])
        assert f"{await portway.address('api-gateway')}/32" == pool


async def test_https_is_added_live_and_waits_for_its_certificate(
    tmp_path: Path, authority: Authority
) -> None:
    """E10: a listener whose Secret cert-manager has yet to write; requests on port 80 under way
    do not notice, and the Secret heals it without a restart."""
    secret = authority.certificate(HOST).secret("app-tls")
    async with Origin("backend-1") as app, Portway(tmp_path) as portway:
        portway.write("all", guide(app.endpoint))
        await seeds.serving(portway, [GATEWAY], [ROUTE])
        address, port = await seeds.where(portway, GATEWAY, 80)
        envoy = (await portway.status())["proxy"]["pid"]
        async with raw.connect(address, port) as held:
            await held.send(f"GET /hold HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            await app.held.acquire()
            portway.write("all", with_https(app.endpoint))
            await seeds.until_listener(portway, GATEWAY, "https", ResolvedRefs="False")
            seen, listeners = await seeds.gateway(portway, GATEWAY)
            assert seen["Programmed"][0] == "True"
            refs = seeds.conditions(listeners["https"])["ResolvedRefs"]
            assert refs == ("False", "InvalidCertificateRef")
            assert seeds.conditions(listeners["http"])["Programmed"][0] == "True"
            with pytest.raises((RefusedError, ConnectionError)):
                await handshake(address, port + 363, sni=HOST)
            portway.write("secret", [secret])
            await seeds.until_listener(
                portway, GATEWAY, "https", ResolvedRefs="True", Programmed="True"
            )
            https = (await seeds.where(portway, GATEWAY, 443))[1]
            assert (await handshake(address, https, sni=HOST)).names == (HOST,)
            app.released.set()
            assert (await held.answer()).status == 200
        trust = tmp_path / "ca.pem"
        trust.write_bytes(authority.pem)
        answer = await seeds.get(f"https://{HOST}/", at=address, port=https, trust=trust)
        assert answer.json["service"] == "backend-1"
        assert (await portway.status())["proxy"]["pid"] == envoy


def with_https(endpoint: str) -> list[Document]:
    """As section 7 of the guide: a listener, and cert-manager's annotation."""
    site = guide(endpoint)
    gateway = seeds.pick(site, "Gateway")
    gateway["metadata"]["annotations"] = {"cert-manager.io/cluster-issuer": "letsencrypt"}
    listener = manifests.listener("https", 443, protocol="HTTPS", hostname=HOST, secret="app-tls")
    gateway["spec"]["listeners"].append(listener)
    return site


async def test_the_solver_of_a_challenge_is_reached_beside_the_application(tmp_path: Path) -> None:
    """E10: the HTTPRoute that cert-manager makes for HTTP-01 attaches to port 80 and wins its
    path; when it is gone the application has the path again."""
    path = "/.well-known/acme-challenge/token-1"
    solver = "cm-acme-http-solver-x7k2p"
    async with Origin("backend-1") as app, Origin("solver") as acme, Portway(tmp_path) as portway:
        portway.write("all", guide(app.endpoint))
        exact = {"path": {"type": "Exact", "value": path}}
        rule = manifests.rule(manifests.backend(solver, 8089, weight=1), matches=[exact])
        solving = [
            manifests.http_route(solver, "api-gateway", [rule], hostnames=[HOST]),
            manifests.service(solver, acme.endpoint, port=8089),
        ]
        portway.write("solver", solving)
        await seeds.serving(portway, [GATEWAY], [ROUTE, f"default/{solver}"])
        address, port = await seeds.where(portway, GATEWAY, 80)

        def ask(where: str) -> Awaitable[seeds.Reply]:
            return seeds.get(f"http://{address}:{port}{where}", host=HOST)

        await seeds.until_reply(portway, lambda: ask(path), 200, "solver")
        for other in ("/.well-known/acme-challenge/token-2", "/"):
            assert (await ask(other)).json["service"] == "backend-1"
        portway.remove("solver")
        await seeds.until_reply(portway, lambda: ask(path), 200, "backend-1")


async def test_annotations_of_other_vendors_change_nothing(tmp_path: Path) -> None:
    """E12: Ingress annotations on a standard kind have no effect."""
    async with Origin("backend-1") as app, Portway(tmp_path) as portway:
        site = guide(app.endpoint)
        seeds.pick(site, "HTTPRoute")["metadata"]["annotations"] = {
            "nginx.ingress.kubernetes.io/rewrite-target": "/other",
            "nginx.ingress.kubernetes.io/ssl-redirect": "true",
            "kubernetes.io/ingress.class": "nginx",
        }
        portway.write("all", site)
        await seeds.serving(portway, [GATEWAY], [ROUTE])
        address, port = await seeds.where(portway, GATEWAY, 80)
        answer = await seeds.get(f"http://{address}:{port}/kept?x=1", host=HOST)
        assert (answer.status, answer.json["path"]) == (200, "/kept?x=1")
