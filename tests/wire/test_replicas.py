"""Three control planes, a Gateway's proxies behind all of them, and what can befall any of them.

Must not import the product.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.wire.harness import ports
from tests.wire.harness.apart import Apart, impossible
from tests.wire.harness.balancer import at_ports
from tests.wire.harness.manifests import backend, gateway, gateway_class, http_route, listener, rule
from tests.wire.harness.manifests import service as service_of
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway
from tests.wire.harness.proxy import Mounted, Proxy, until
from tests.wire.harness.service import Member, Service
from tests.wire.test_controller import Cluster, Counted, named
from tests.wire.test_embedded_api import PATHS, PORT, api_of, asked, create
from tests.wire.test_remote_proxies import CLASS, CONTROLLER, HOSTS, SECRETS, Site

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

LEADS = "this is the one that writes"
# What another one needs to be sure that the holder of the lease is dead, and to look at everything.
TAKEOVER_SECONDS = 25.0


class Replicas(Site):
    """Three of them, behind one port."""

    def __init__(self, folder: Path, cluster: Cluster, http: Any) -> None:
        super().__init__(folder, cluster, http)
        self.cluster = cluster
        numbers = [self.xds, ports.free_port(), ports.free_port()]
        others = [
            self.made(f"c{n}", port, cluster.kubeconfig) for n, port in enumerate(numbers[1:])
        ]
        self.replicas = [self.controller, *others]
        self.balancer = at_ports(*numbers)

    def leader(self) -> Portway:
        """The one that was last to say so."""
        return max(
            (each for each in self.replicas if LEADS in each.log),
            key=lambda each: [line for line in each.log.splitlines() if LEADS in line][-1],
        )

    async def written(self, kind: str, name: str) -> Any:
        """The status as it stands in the API."""
        return (await self.http.get(f"{PATHS[kind]}/{name}")).json().get("status", {})

    async def accepted(self, name: str) -> bool:
        """Whether the status of a route speaks of its newest state."""
        parents = (await self.written("HTTPRoute", name)).get("parents", ())
        return any(
            each["type"] == "Accepted" and each["status"] == "True"
            for parent in parents
            for each in parent["conditions"]
        )

    async def programmed_for(self, name: str, generation: int) -> bool:
        status = await self.written("Gateway", name)
        return any(
            each["type"] == "Programmed"
            and each["status"] == "True"
            and each["observedGeneration"] == generation
            for each in status.get("conditions", ())
        )


@asynccontextmanager
async def planes(folder: Path) -> AsyncIterator[tuple[Replicas, Origin]]:
    """Three replicas and the Gateway `web`, which no proxy serves yet."""
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(Origin("app"))
        cluster = await stack.enter_async_context(Cluster(folder / "cluster"))
        http = await stack.enter_async_context(api_of(cluster))
        await create(http, gateway_class(CLASS, CONTROLLER))
        await create(http, gateway("web", [listener("http", PORT)], gateway_class=CLASS))
        await create(http, service_of("web-app", origin.endpoint))
        routed = http_route("web", "web", [rule(backend("web-app"))], hostnames=[HOSTS["web"]])
        await create(http, routed)
        made = Replicas(folder, cluster, http)
        for each in made.replicas:
            await stack.enter_async_context(each)
        await stack.enter_async_context(made.balancer)
        yield made, origin


@asynccontextmanager
async def replicas(folder: Path) -> AsyncIterator[tuple[Replicas, list[Proxy]]]:
    """Three replicas and two proxies of the Gateway `web`, which is programmed."""
    async with AsyncExitStack() as stack:
        made, _ = await stack.enter_async_context(planes(folder))
        proxies = []
        for label in ("one", "two"):
            proxy = await made.proxy("web", label, made.balancer.port)
            proxies.append(await stack.enter_async_context(proxy))
        for proxy in proxies:
            await proxy.ready()
        for each in made.replicas:
            await each.address("web")
        yield made, proxies


class Pods:
    """Proxies of `web`, each in a network of its own, and the Service in front of them."""

    def __init__(self, made: Replicas, origin: Origin, mounted: Mounted) -> None:
        self._made = made
        self._mounted = mounted
        self._ports = (made.balancer.port, origin.port)
        self._address = ""
        self.service = Service()

    @asynccontextmanager
    async def one(self, label: str) -> AsyncIterator[Proxy]:
        """One more, once it is ready and the Service knows it."""
        async with Apart(*self._ports) as apart:
            where = f"localhost:{self._ports[0]}"
            folder, mounted = self._made.folder, self._mounted
            proxy = Proxy(folder, "default/web", where, mounted, name=label, apart=apart)
            async with proxy:
                await proxy.ready()
                self._address = self._address or await self._made.controller.address("web")
                opened = partial(apart.connect, self._address, PORT)
                self.service.members.append(Member(proxy.probed, opened))
                await self.service.looked()
                yield proxy


@asynccontextmanager
async def pods(folder: Path) -> AsyncIterator[tuple[Replicas, Pods, Counted]]:
    """Three replicas, and what proxies and whoever asks them need."""
    if reason := impossible():
        pytest.skip(f"proxies cannot have networks of their own: {reason}")
    async with planes(folder) as (made, origin):
        service = Pods(made, origin, await made.mounted("web"))
        async with service.service.served():
            counted = Counted("127.0.0.1", HOSTS["web"], service.service.port)
            yield made, service, counted


async def live(made: Replicas, counted: Counted, name: str) -> None:
    """A new route is served, by all proxies, where the requests go that are counted."""
    await create(made.http, named(name, f"{name}.example.com", "web-app"))

    async def served() -> bool:
        ask = (counted.address, f"{name}.example.com", counted.port)
        return [await asked(*ask) for _ in range(10)] == [200] * 10

    await until(served)


async def test_every_replica_knows_of_all_proxies(tmp_path: Path) -> None:
    """Each is programmed by what proxies of others have taken: with two, one replica has none."""
    async with replicas(tmp_path) as (made, _):
        streams = [each.log.count("connected") for each in made.replicas]
        assert len(streams) == 3
        counted = Counted(await made.controller.address("web"))
        await live(made, counted, "late")
        for each in made.replicas:
            status = await each.object_status("Gateway", "web")
            assert [c["status"] for c in status["conditions"] if c["type"] == "Programmed"] == [
                "True"
            ]


async def test_the_leader_dies_and_nothing_else_does(tmp_path: Path) -> None:
    async with replicas(tmp_path) as (made, proxies):
        counted = Counted(await made.controller.address("web"), HOSTS["web"])
        async with counted.asking():
            leader = made.leader()
            await leader.kill()
            await live(made, counted, "late")
            began = time.monotonic()

            async def written() -> bool:
                return await made.accepted("late")

            await until(written, TAKEOVER_SECONDS)
            assert made.leader() is not leader
            print(f"the next leader wrote after {time.monotonic() - began:.1f} s")
            for proxy in proxies:
                assert await proxy.probed() == 200
            await leader.start()
        assert counted.answers == {200: counted.total}
        assert counted.total > 200


async def test_the_control_plane_is_rolled_one_by_one(tmp_path: Path) -> None:
    async with replicas(tmp_path) as (made, _):
        counted = Counted(await made.controller.address("web"), HOSTS["web"])
        unprogrammed: list[Any] = []

        async def watching() -> None:
            while True:
                status = await made.written("Gateway", "web")
                unprogrammed.extend(
                    each
                    for each in status.get("conditions", ())
                    if each["type"] == "Programmed" and each["status"] != "True"
                )
                await asyncio.sleep(0.02)

        async with counted.asking(), asyncio.TaskGroup() as group:
            watch = group.create_task(watching())
            for number, each in enumerate(made.replicas):
                assert await each.stop() == 0
                await each.start()
                await live(made, counted, f"late{number}")
            watch.cancel()
        assert counted.answers == {200: counted.total}
        assert unprogrammed == []


async def test_the_api_is_away_and_comes_back(tmp_path: Path) -> None:
    async with pods(tmp_path) as (made, web, counted), web.one("one"), web.one("two") as two:
        async with counted.asking():
            await made.cluster.kill()
            await asyncio.sleep(5.0)
            # A proxy that is started meanwhile is configured all the same.
            async with web.one("three") as three:
                assert await two.end() == 0
                await made.cluster.start()
                async with api_of(made.cluster) as http:
                    made.http = http
                    await live(made, counted, "late")

                    async def written() -> bool:
                        return await made.accepted("late")

                    await until(written, TAKEOVER_SECONDS)
                assert three.log.count("envoy died") == 0
        assert counted.answers == {200: counted.total}
        assert counted.total > 100


async def test_the_proxies_are_rolled(tmp_path: Path) -> None:
    """One more is ready before each that goes; none that asks meets the gap."""
    async with (
        pods(tmp_path) as (made, web, counted),
        web.one("one") as one,
        web.one("two") as two,
        AsyncExitStack() as stack,
    ):
        async with counted.asking():
            for number, old in enumerate((one, two)):
                new = await stack.enter_async_context(web.one(f"new{number}"))
                assert await old.end() == 0
                assert new.log.count("envoy died") == 0
            await live(made, counted, "late")
        assert counted.answers == {200: counted.total}
        assert counted.total > 100


async def test_every_certificate_is_made_anew(tmp_path: Path) -> None:
    """Somebody deletes the authority: new ones for all, and nobody notices at the Gateway."""
    async with replicas(tmp_path) as (made, proxies):
        counted = Counted(await made.controller.address("web"), HOSTS["web"])
        async with counted.asking():
            before = await made.secret("web")
            path = f"{SECRETS}/portway-xds-authority"
            assert (await made.http.delete(path)).status_code == 200
            for each in made.replicas:
                await each.stop()
                await each.start()

            async def renewed() -> bool:
                return (await made.secret("web"))["ca.crt"] != before["ca.crt"]

            await until(renewed, TAKEOVER_SECONDS)
            for proxy in proxies:
                proxy.mounted.show(await made.secret("web"))
            await live(made, counted, "late")
        assert counted.answers == {200: counted.total}
