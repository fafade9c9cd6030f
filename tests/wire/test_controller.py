"""`portway controller`: a cluster in one process, the gateway in another, a real Envoy.

The cluster is the API of another instance, which has an Envoy of its own that nobody asks.
Must not import the product: it is a client like any other.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire.harness import ports
from tests.wire.harness.manifests import (
    Document,
    backend,
    gateway,
    gateway_class,
    http_route,
    listener,
    rule,
)
from tests.wire.harness.manifests import service as service_of
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway
from tests.wire.pools import pool, to
from tests.wire.test_embedded_api import HOST, PATHS, PORT, api_of, asked, create, route

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

OTHER = "example.com/other"
POOLS = "/apis/inference.networking.k8s.io/v1/namespaces/default/inferencepools"


class Cluster(Portway):
    """An instance whose API is always at the same place."""

    def __init__(self, root: Path) -> None:
        super().__init__(
            root, name="cluster", options=("--api-address", f"127.0.0.1:{ports.free_port()}")
        )

    @property
    def kubeconfig(self) -> Path:
        return self.data / "kubeconfig"


@asynccontextmanager
async def both(folder: Path) -> AsyncIterator[tuple[Cluster, Portway]]:
    async with (
        Cluster(folder / "cluster") as cluster,
        Portway(folder / "gateway", name="gateway", kubeconfig=cluster.kubeconfig) as portway,
    ):
        yield cluster, portway


async def until_asked(portway: Portway, address: str, host: str, answer: int) -> None:
    async def answers() -> bool:
        return await asked(address, host) == answer

    await portway.until(answers, f"{host} is answered with {answer}")


async def test_the_cluster_is_served_and_its_api_may_go_and_come_back(tmp_path: Path) -> None:
    async with Origin("app") as origin, both(tmp_path) as (cluster, portway):
        async with api_of(cluster) as http:
            await create(http, gateway("web", [listener("http", PORT)]))
            await create(http, service_of("app", origin.endpoint))
            await create(http, route())
        address = await portway.address("web")
        await until_asked(portway, address, HOST, 200)
        assert address != await cluster.address("web")

        counted = Counted(address)
        async with counted.asking():
            await cluster.kill()
            await asyncio.sleep(1.5)
            assert "cannot be reached" in portway.log
            await cluster.start()
            async with api_of(cluster) as http:
                await create(http, named("late", "late.example.com"))
                await until_asked(portway, address, "late.example.com", 200)
                assert (await http.delete(f"{PATHS['HTTPRoute']}/late")).status_code == 200
                await until_asked(portway, address, "late.example.com", 404)
        assert counted.answers == {200: counted.total}
        assert counted.total > 50
        assert "is back" in portway.log


async def test_it_starts_before_the_cluster_and_says_what_it_waits_for(tmp_path: Path) -> None:
    async with Origin("app") as origin, both(tmp_path) as (cluster, portway):
        async with api_of(cluster) as http:
            await create(http, gateway("web", [listener("http", PORT)]))
            await create(http, service_of("app", origin.endpoint))
            await create(http, route())
        address = await portway.address("web")
        await until_asked(portway, address, HOST, 200)
        # Both control planes die; Envoy knows what it knew, and nothing is taken from it.
        await cluster.kill()
        await portway.kill()
        starting = asyncio.ensure_future(portway.start())
        try:
            said = f"the API server {server_of(cluster)} has not answered yet"
            await _reason(portway, said)
            assert await asked(address) == 200
            await cluster.start()
            await starting
        finally:
            starting.cancel()
        await until_asked(portway, address, HOST, 200)


async def test_a_cluster_gives_what_the_same_objects_elsewhere_give(tmp_path: Path) -> None:
    async with Origin("app") as origin, both(tmp_path) as (cluster, portway):
        documents = [
            gateway("web", [listener("http", PORT)]),
            service_of("app", origin.endpoint),
            route(),
            named("other", "*.example.org"),
        ]
        async with api_of(cluster) as http:
            for each in documents:
                await create(http, each)
        address = await portway.address("web")
        other = await cluster.address("web")
        await until_asked(portway, address, "a.example.org", 200)
        await until_asked(cluster, other, "a.example.org", 200)

        def comparable(config: Any, own: str) -> Any:
            text = json.dumps(config, sort_keys=True).replace(own, "ADDRESS")
            found = [(each["type"], each["resource"]) for each in json.loads(text)["resources"]]
            return sorted(found, key=json.dumps)

        ours = comparable(await portway.config(), address)
        assert len(ours) >= 4
        assert ours == comparable(await cluster.config(), other)


async def test_statuses_are_written_by_one_and_by_the_next_when_it_dies(tmp_path: Path) -> None:
    def instance(cluster: Cluster, name: str) -> Portway:
        options = ("--write-status", "default", "--controller-name", OTHER)
        return Portway(tmp_path / name, name=name, kubeconfig=cluster.kubeconfig, options=options)

    lease = "/apis/coordination.k8s.io/v1/namespaces/default/leases/portway"
    async with Cluster(tmp_path / "cluster") as cluster, api_of(cluster) as http:
        await create(http, gateway_class("other", OTHER))
        await create(http, gateway("web", [listener("http", PORT)], gateway_class="other"))
        await create(http, route())

        async def shown() -> list[str]:
            found = (await http.get(f"{PATHS['Gateway']}/web")).json().get("status", {})
            if "listeners" not in found:
                return []
            assert len(found["listeners"]) == 1
            return [each["value"] for each in found["addresses"]]

        async def holder() -> str:
            return str((await http.get(lease)).json()["spec"].get("holderIdentity"))

        async with instance(cluster, "one") as first:
            one = await first.address("web")

            async def first_is() -> bool:
                return await shown() == [one]

            await first.until(first_is, "the first one's address stands there")
            async with instance(cluster, "two") as second:
                two = await second.address("web")
                held = await holder()
                await asyncio.sleep(1)
                assert await shown() == [one]
                assert await holder() == held
                await first.kill()

                async def second_is() -> bool:
                    return await shown() == [two]

                await second.until(second_is, "the second one's stands there", seconds=40)
                assert await holder() != held
                parents = (await http.get(f"{PATHS['HTTPRoute']}/app")).json()["status"]["parents"]
                assert len(parents) == 1


async def test_where_the_api_is_a_controller_of_that_name_it_alone_writes(tmp_path: Path) -> None:
    async with Cluster(tmp_path / "cluster") as cluster, api_of(cluster) as http:
        await create(http, gateway("web", [listener("http", PORT)]))
        own = await cluster.address("web")
        options = ("--write-status", "default")
        async with Portway(
            tmp_path / "second", name="second", kubeconfig=cluster.kubeconfig, options=options
        ) as second:
            assert await second.address("web") != own

            async def told() -> bool:
                return "is the controller portway.dev/gateway-controller itself" in second.log

            await second.until(told, "it says that it writes nothing")
            await asyncio.sleep(1)
            status = (await http.get(f"{PATHS['Gateway']}/web")).json()["status"]
            assert [each["value"] for each in status["addresses"]] == [own]
            lease = "/apis/coordination.k8s.io/v1/namespaces/default/leases/portway"
            assert (await http.get(lease)).status_code == 404


def named(name: str, host: str, service: str = "app") -> Document:
    return http_route(name, "web", [rule(backend(service))], hostnames=[host])


def server_of(cluster: Cluster) -> str:
    document = json.loads(cluster.kubeconfig.read_text())
    return str(document["clusters"][0]["cluster"]["server"])


async def _reason(portway: Portway, said: str) -> None:
    async with asyncio.timeout(20), httpx.AsyncClient(trust_env=False, verify=False) as http:
        while True:
            try:
                answer = await http.get(f"http://127.0.0.1:{portway.admin}/readyz")
            except httpx.TransportError:
                answer = None
            if answer is not None and said in answer.text:
                assert answer.status_code == 503
                return
            await asyncio.sleep(0.02)


class Counted:
    """Requests one after the other for as long as a block lasts, and how each was answered."""

    def __init__(self, address: str, host: str = HOST, port: int = PORT) -> None:
        self.address = address
        self.port = port
        self._host = host
        self.answers: dict[int, int] = {}

    @property
    def total(self) -> int:
        return sum(self.answers.values())

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self._ask())
            yield
            task.cancel()

    async def _ask(self) -> None:
        while True:
            answer = await asked(self.address, self._host, self.port)
            self.answers[answer] = self.answers.get(answer, 0) + 1
            await asyncio.sleep(0.005)


async def test_a_pool_that_wants_a_picker_started_is_told_that_nobody_does(tmp_path: Path) -> None:
    """In a cluster; and it is served all the same."""
    async with Origin("app") as origin, both(tmp_path) as (cluster, portway):
        made = pool("llama", "", origin.endpoint)
        made["metadata"]["annotations"]["portway.dev/picker"] = "process"
        models = http_route("models", "web", [rule(to("llama"))], hostnames=[HOST])
        async with api_of(cluster) as http:
            for each in (gateway("web", [listener("http", PORT)]), models):
                await create(http, each)
            assert (await http.post(POOLS, json=made)).status_code == 201
        address = await portway.address("web")
        await until_asked(portway, address, HOST, 200)

        async def told() -> bool:
            status = await portway.object_status("InferencePool", "llama")
            (parent,) = status["parents"] if status else ({"conditions": []},)
            return any(
                (each["type"], each["status"]) == ("Accepted", "False")
                and "install the chart portway-picker for this pool" in each["message"]
                for each in parent["conditions"]
            )

        await portway.until(told, "the pool says what to do")
        # The cluster itself is an instance that starts one.
        status = await cluster.object_status("InferencePool", "llama")
        assert {e["status"] for e in status["parents"][0]["conditions"]} == {"True"}
