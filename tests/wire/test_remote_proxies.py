"""Proxies of each Gateway, configured over mutual TLS: a cluster, a controller, real Envoys.

The cluster is the API of another instance, which is no controller of these Gateways.
Must not import the product.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.wire.harness import ports
from tests.wire.harness.manifests import backend, gateway, gateway_class, http_route, listener, rule
from tests.wire.harness.manifests import service as service_of
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway, condition
from tests.wire.harness.proxy import Mounted, Proxy, until
from tests.wire.test_controller import Cluster, Counted, named
from tests.wire.test_embedded_api import PORT, api_of, asked, create

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

CONTROLLER = "example.com/fleet"
CLASS = "fleet"
SECRETS = "/api/v1/namespaces/default/secrets"
HOSTS = {"web": "web.example.com", "other": "other.example.com"}


class Site:
    """Two Gateways with a route each, a controller of their proxies, and no proxy yet."""

    listens, called = "127.0.0.1", "localhost"

    def __init__(self, folder: Path, cluster: Cluster, http: httpx.AsyncClient) -> None:
        self.folder = folder
        self.cluster = cluster
        self.http = http
        self.xds = ports.free_port()
        # All replicas give a Gateway the same address, as a cluster's Service does.
        self.pool = ports.loopback_range()
        self.controller = self.made("controller", self.xds, cluster.kubeconfig)

    def made(self, name: str, port: int, kubeconfig: Path) -> Portway:
        options = (
            *("--write-status", "default", "--xds-name", f"{self.called}:{port}"),
            *("--controller-name", CONTROLLER),
            *("--xds-address", f"{self.listens}:{port}"),
        )
        return Portway(
            self.folder / name,
            name=name,
            kubeconfig=kubeconfig,
            pool=self.pool,
            options=options,
        )

    async def secret(self, name: str) -> dict[str, str]:
        """What the controller gives the proxies of a Gateway, once it has."""
        found: dict[str, str] = {}

        async def there() -> bool:
            answer = await self.http.get(f"{SECRETS}/{name}-{CLASS}-xds")
            found.update(answer.json().get("data", {}))
            return answer.status_code == 200

        await until(there)
        return found

    async def mounted(self, name: str) -> Mounted:
        folder = Mounted()
        folder.show(await self.secret(name))
        return folder

    async def proxy(self, name: str, label: str = "", port: int = 0) -> Proxy:
        mounted = await self.mounted(name)
        where = f"{self.called}:{port or self.xds}"
        return Proxy(self.folder, f"default/{name}", where, mounted, name=label or name)

    async def programmed(self, name: str) -> str:
        """The status of the condition, as the controller says it."""
        return condition(await self.controller.object_status("Gateway", name), "Programmed") or ""

    async def becomes(self, name: str, wanted: str) -> None:
        async def so() -> bool:
            return await self.programmed(name) == wanted

        await until(so)


@asynccontextmanager
async def site(folder: Path, origin: Origin, kind: type[Site] = Site) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(Cluster(folder / "cluster"))
        http = await stack.enter_async_context(api_of(cluster))
        await create(http, gateway_class(CLASS, CONTROLLER))
        for name, host in HOSTS.items():
            await create(http, gateway(name, [listener("http", PORT)], gateway_class=CLASS))
            await create(http, service_of(f"{name}-app", origin.endpoint))
            routed = http_route(name, name, [rule(backend(f"{name}-app"))], hostnames=[host])
            await create(http, routed)
        made = kind(folder, cluster, http)
        await stack.enter_async_context(made.controller)
        yield made


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[Site, Proxy]]:
    """The same, with a proxy of one of the Gateways."""
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(Origin("app"))
        made = await stack.enter_async_context(site(folder, origin))
        web = await stack.enter_async_context(await made.proxy("web"))
        await web.ready()
        await made.becomes("web", "True")
        yield made, web


async def test_each_proxy_gets_its_own_gateway_and_no_other(tmp_path: Path) -> None:
    async with Origin("app") as origin, site(tmp_path, origin) as made:
        assert await made.programmed("web") == "False"
        async with await made.proxy("web") as web:
            await web.ready()
            await made.becomes("web", "True")
            assert await made.programmed("other") == "False"
            async with await made.proxy("other") as other:
                await other.ready()
                await made.becomes("other", "True")
                for name, proxy in (("web", web), ("other", other)):
                    assert await proxy.listeners() == [f"default/{name}/{PORT}"]
                    assert await proxy.clusters() == [f"service/default/{name}-app/80/http"]
                    address = await made.controller.address(name)
                    assert await asked(address, HOSTS[name]) == 200
                    assert await asked(address, "elsewhere.example.com") == 404
            await made.becomes("other", "False")
            assert await made.programmed("web") == "True"


async def test_a_proxy_is_what_its_certificate_says(tmp_path: Path) -> None:
    async with Origin("app") as origin, site(tmp_path, origin) as made:
        mounted = await made.mounted("web")
        where = f"localhost:{made.xds}"
        async with Proxy(tmp_path, "default/other", where, mounted) as liar:
            await liar.ready()
            assert await liar.listeners() == [f"default/web/{PORT}"]
            assert await made.programmed("other") == "False"


async def test_programmed_waits_for_every_proxy_and_survives_one(tmp_path: Path) -> None:
    async with Origin("app") as origin, site(tmp_path, origin) as made:
        async with await made.proxy("web", "one") as one, await made.proxy("web", "two") as two:
            await one.ready()
            await two.ready()
            await made.becomes("web", "True")
            address = await made.controller.address("web")
            two.kill()
            await asyncio.sleep(0.5)
            assert await made.programmed("web") == "True"
            await create(made.http, named("late", "late.example.com", "web-app"))

            async def late() -> bool:
                return await asked(address, "late.example.com") == 200

            await until(late)
        await made.becomes("web", "False")


async def test_nothing_is_lost_while_the_control_plane_is_away(tmp_path: Path) -> None:
    async with served(tmp_path) as (made, web):
        counted = Counted(await made.controller.address("web"), HOSTS["web"])
        async with counted.asking():
            await made.controller.kill()
            await asyncio.sleep(1.0)
            assert await web.probed() == 200
            await made.controller.start()
            await made.becomes("web", "True")
            await create(made.http, named("late", "late.example.com", "web-app"))

            async def late() -> bool:
                return await asked(counted.address, "late.example.com") == 200

            await until(late)
        assert counted.answers == {200: counted.total}
        assert counted.total > 50


async def test_credentials_come_back_and_nonsense_is_not_used(tmp_path: Path) -> None:
    """See test_replicas for ones that are read again."""
    async with Origin("app") as origin, site(tmp_path, origin) as made:
        folder = await made.mounted("web")
        where = f"localhost:{made.xds}"
        before = await made.secret("web")
        async with Proxy(tmp_path, "default/web", where, folder) as web:
            await web.ready()
            path = f"{SECRETS}/web-{CLASS}-xds"
            assert (await made.http.delete(path)).status_code == 200
            # Whoever comes to write next sees that it is missing.
            await made.controller.stop()
            assert await web.probed() == 200
            await made.controller.start()
            after = await made.secret("web")
            assert after["tls.crt"] != before["tls.crt"]
            assert after["ca.crt"] == before["ca.crt"]
            folder.show({**before, "tls.crt": before["ca.crt"]})
            await made.controller.stop()
            await made.controller.start()
            await made.becomes("web", "True")
            await create(made.http, named("late", "late.example.com", "web-app"))
            address = await made.controller.address("web")

            async def late() -> bool:
                return await asked(address, "late.example.com") == 200

            await until(late)


async def test_a_proxy_says_that_it_ends_before_it_does(tmp_path: Path) -> None:
    async with served(tmp_path) as (made, web):
        address = await made.controller.address("web")
        headers = {"host": HOSTS["web"]}
        async with httpx.AsyncClient(verify=False, trust_env=False, timeout=10.0) as http:
            slow = asyncio.ensure_future(
                http.get(f"http://{address}:{PORT}/slow?head=2", headers=headers)
            )
            await asyncio.sleep(0.3)
            web.ask_to_end()

            async def not_ready() -> bool:
                return await web.probed() == 503

            await until(not_ready, 1.0)
            assert await asked(address, HOSTS["web"]) == 200
            assert (await slow).status_code == 200
        assert await web.end() == 0
        assert await web.probed() == 0


async def test_a_proxy_without_a_control_plane_lives_and_is_not_ready(tmp_path: Path) -> None:
    async with Origin("app") as origin, site(tmp_path, origin) as made:
        await made.secret("web")
        await made.controller.stop()
        async with await made.proxy("web") as web:

            async def lives() -> bool:
                return await web.probed("/healthz") == 200

            await until(lives)
            await asyncio.sleep(1.0)
            assert await web.probed() == 503
            await made.controller.start()
            await web.ready()
            assert await web.probed("/metrics") == 200
