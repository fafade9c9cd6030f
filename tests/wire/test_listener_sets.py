"""Listeners of several owners on one Gateway, as clients meet them (GEP-1713)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.wire.harness import manifests, raw
from tests.wire.harness.certificates import Authority
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.handshake import RefusedError, handshake
from tests.wire.harness.load import Load
from tests.wire.harness.manifests import Document, backend, http_route, listener, rule, service
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway

pytestmark = pytest.mark.envoy

HTTP, HTTPS, OWN = 8080, 9443, 9090


class Site:
    """A Gateway that anybody may add listeners to, and a team in each of two namespaces."""

    def __init__(
        self, portway: Portway, authority: Authority, origins: dict[str, Origin], address: str
    ) -> None:
        self.portway, self.authority, self.origins = portway, authority, origins
        self.address = address

    def team(self, name: str, *listeners: Document, created: str = "2026-01-01T00:00:00Z") -> None:
        """A namespace with a ListenerSet, a backend and a route to all listeners of the set."""
        added = manifests.listener_set("set", "web", listeners, namespace=name, created=created)
        to = rule(backend("app"))
        self.portway.write(
            name,
            [
                added,
                service("app", self.origins[name].endpoint, namespace=name),
                http_route("app", "set", [to], namespace=name, kind="ListenerSet"),
            ],
        )

    async def who(self, host: str, port: int = HTTP, secure: bool = False) -> str:
        """Which backend answers for a host, else the status or that nobody listens."""
        tls = self.authority.client_context() if secure else None
        request = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        try:
            async with raw.connect(self.address, port, tls=tls, sni=host) as connection:
                await connection.send(request)
                answer = await connection.answer()
        except (OSError, asyncio.IncompleteReadError):
            return "nobody"
        if answer.status != 200:
            return str(answer.status)
        return answer.body.decode().partition('"service": "')[2].partition('"')[0] or "?"

    async def until(self, wanted: str, host: str, port: int = HTTP, secure: bool = False) -> None:
        async def has() -> bool:
            return await self.who(host, port, secure) == wanted

        await self.portway.until(has, f"{host}:{port} is answered by {wanted}")


async def drained(site: Site) -> dict[str, int]:
    """How often the proxy replaced, took away and extended a listener."""
    names = "modified|removed|in_place_updated"
    found = await EnvoyAdmin(site.portway.data).stats(rf"listener_manager\.listener_({names})")
    return {name.removeprefix("listener_manager."): int(value) for name, value in found.items()}


@pytest_asyncio.fixture
async def site(authority: Authority, tmp_path: Path) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        names = ("own", "red", "blue")
        origins = {name: await stack.enter_async_context(Origin(name)) for name in names}
        portway = await stack.enter_async_context(Portway(tmp_path))
        portway.write(
            "gateway",
            [
                manifests.gateway(
                    "web",
                    [
                        listener("http", HTTP, hostname="own.test"),
                        listener(
                            "https", HTTPS, protocol="HTTPS", hostname="own.test", secret="own"
                        ),
                    ],
                    allowedListeners={"namespaces": {"from": "All"}},
                ),
                authority.certificate("own.test").secret("own"),
                service("own", origins["own"].endpoint),
                http_route("own", "web", [rule(backend("own"))]),
            ],
        )
        found = Site(portway, authority, origins, await portway.address("web"))
        await found.until("own", "own.test")
        await found.until("own", "own.test", HTTPS, secure=True)
        yield found


async def test_two_teams_add_listeners_to_one_gateway(site: Site) -> None:
    site.team("red", listener("web", HTTP, hostname="red.test"), listener("own", OWN))
    site.team("blue", listener("web", HTTP, hostname="blue.test"))
    await site.until("red", "red.test")
    await site.until("blue", "blue.test")
    await site.until("red", "any.test", OWN)
    assert await site.who("own.test") == "own"
    # Everybody's route is for the listeners of the object that it names.
    assert await site.who("else.test") == "404"
    status = await site.portway.object_status("Gateway", "web")
    assert status["attachedListenerSets"] == 2


async def test_a_host_is_the_older_teams_until_that_goes(site: Site) -> None:
    site.team("blue", listener("web", HTTP, hostname="shared.test"), created="2026-01-02T00:00:00Z")
    await site.until("blue", "shared.test")
    site.team("red", listener("web", HTTP, hostname="shared.test"), created="2026-01-01T00:00:00Z")
    await site.until("red", "shared.test")
    site.portway.remove("red")
    await site.until("blue", "shared.test")


async def test_nothing_of_others_is_lost_or_drained_while_a_set_comes_and_goes(site: Site) -> None:
    secret = site.authority.certificate("red.test").secret("cert", namespace="red")
    site.portway.write("red-certificate", [secret])
    before = await drained(site)
    tls = site.authority.client_context()
    async with (
        Load(site.address, HTTP, host="own.test", clients=2) as plain,
        Load(site.address, HTTPS, host="own.test", clients=2, tls=tls) as secure,
    ):
        await plain.more(50)
        for _ in range(5):
            site.team(
                "red",
                listener("web", HTTP, hostname="red.test"),
                listener("tls", HTTPS, protocol="HTTPS", hostname="red.test", secret="cert"),
                listener("own", OWN),
            )
            await site.until("red", "red.test", HTTPS, secure=True)
            await site.until("red", "red.test", OWN)
            await plain.more(100)
            site.portway.remove("red")
            await site.until("404", "red.test")
            await site.until("nobody", "red.test", HTTPS, secure=True)
            await secure.more(100)
    assert plain.result.failures == 0, plain.result
    assert secure.result.failures == 0, secure.result
    # Whatever changed about a shared port changed in place: chains of others were left alone. Only
    # the set's own port went with it.
    gone = {key: value - before[key] for key, value in (await drained(site)).items()}
    assert gone == {"listener_modified": 10, "listener_removed": 5, "listener_in_place_updated": 10}


async def test_a_certificate_of_a_set_is_renewed_in_place(site: Site) -> None:
    first = site.authority.certificate("red.test")
    site.portway.write("red-certificate", [first.secret("cert", namespace="red")])
    site.team("red", listener("tls", HTTPS, protocol="HTTPS", hostname="red.test", secret="cert"))
    await site.until("red", "red.test", HTTPS, secure=True)
    before = (await handshake(site.address, HTTPS, sni="red.test")).serial
    renewed = site.authority.certificate("red.test").secret("cert", namespace="red")
    site.portway.write("red-certificate", [renewed])

    async def shown() -> bool:
        return (await handshake(site.address, HTTPS, sni="red.test")).serial != before

    await site.portway.until(shown, "the renewed certificate is shown")
    assert await site.who("own.test", HTTPS, secure=True) == "own"


async def test_a_certificate_of_another_namespace_needs_a_grant_for_listener_sets(
    site: Site,
) -> None:
    reference = {"certificateRefs": [{"name": "cert", "namespace": "vault"}]}
    secret = site.authority.certificate("red.test").secret("cert", namespace="vault")
    site.portway.write("vault", [secret])
    site.team(
        "red",
        listener("tls", HTTPS, protocol="HTTPS", hostname="red.test", tls=reference),
        listener("web", HTTP, hostname="red.test"),
    )
    await site.until("red", "red.test")
    with pytest.raises(RefusedError):
        await handshake(site.address, HTTPS, sni="red.test")
    grant = {
        "apiVersion": "gateway.networking.k8s.io/v1beta1",
        "kind": "ReferenceGrant",
        "metadata": {"name": "red", "namespace": "vault"},
        "spec": {
            "from": [
                {"group": "gateway.networking.k8s.io", "kind": "ListenerSet", "namespace": "red"}
            ],
            "to": [{"group": "", "kind": "Secret", "name": "cert"}],
        },
    }
    site.portway.write("vault", [secret, grant])
    await site.until("red", "red.test", HTTPS, secure=True)
    site.portway.write("vault", [secret])
    await site.until("nobody", "red.test", HTTPS, secure=True)


async def test_a_route_without_parents_is_at_every_default_gateway(site: Site) -> None:
    """GEP-3793. It leaves a Gateway when that is no default any longer."""

    def second(scope: str) -> None:
        gateway = manifests.gateway(
            "second", [listener("web", HTTP, allowedRoutes={"namespaces": {"from": "All"}})]
        )
        gateway["spec"]["defaultScope"] = scope
        site.portway.write("second", [gateway])

    route = http_route("app", "", [rule(backend("app"))], namespace="red", hostnames=["app.test"])
    route["spec"] = {**route["spec"], "useDefaultGateways": "All"}
    del route["spec"]["parentRefs"]
    site.portway.write(
        "red", [service("app", site.origins["red"].endpoint, namespace="red"), route]
    )
    second("All")
    other = await site.portway.address("second")
    assert await site.who("app.test") == "404"
    mine, site.address = site.address, other
    await site.until("red", "app.test")
    status = await site.portway.object_status("HTTPRoute", "app", "red")
    (parent,) = status["parents"]
    assert parent["parentRef"]["name"] == "second"
    second("None")
    await site.until("404", "app.test")
    site.address = mine
