"""A pool of a cluster that asks for a picker: one is made for it, runs, and is asked by the proxies
that were made for its Gateway.

What the harness stands in for is what runs Pods, and what tells a Service's endpoints.
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire.harness import ports
from tests.wire.harness.kubelet import Kubelet, Pod
from tests.wire.harness.manifests import gateway, gateway_class, http_route, listener, rule
from tests.wire.harness.model_server import ModelServer
from tests.wire.harness.portway import Portway
from tests.wire.harness.proxy import until
from tests.wire.pools import pool, to
from tests.wire.test_controller import POOLS, Cluster
from tests.wire.test_embedded_api import api_of, create
from tests.wire.test_platform_contracts import SLICES
from tests.wire.test_provisioning import WHERE

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

CONTROLLER = "example.com/fleet"
PICKER = "llama-picker"
PORT = 9002


class Site:
    """A Gateway, a pool of Pods on two ports, and what was made for both."""

    def __init__(
        self, http: httpx.AsyncClient, kubelet: Kubelet, engines: list[ModelServer]
    ) -> None:
        self.http = http
        self.kubelet = kubelet
        self.engines = engines

    async def get(self, kind: str, name: str) -> Any:
        answer = await self.http.get(f"{WHERE[kind]}/{name}")
        return answer.json() if answer.status_code == 200 else None

    async def picker(self) -> Pod:
        """The Pod of the picker, once it is ready; its Service has it as its endpoint then."""

        async def ready() -> bool:
            pods = self.kubelet.pods.get(PICKER, [])
            return len(pods) == 1 and await pods[0].ready()

        await until(ready, 60.0)
        (found,) = self.kubelet.pods[PICKER]
        document = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": PICKER, "labels": {"kubernetes.io/service-name": PICKER}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": True}}],
            "ports": [{"name": "grpc", "port": found.ports[PORT]}],
        }
        answer = await self.http.post(SLICES, json=document)
        assert answer.status_code == 201, answer.text
        return found

    async def asked(self, prompt: str) -> int:
        """A request as whoever is in front of the proxies passes it on."""
        service = await self.get("Service", "web-fleet")
        (port,) = service["spec"]["ports"]
        body = json.dumps({"model": "m", "prompt": prompt})
        url = f"http://127.0.0.1:{port['targetPort']}/v1/completions"
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            return (await http.post(url, content=body)).status_code

    async def resolved(self) -> tuple[str, str]:
        status = (await self.http.get(f"{POOLS}/llama")).json().get("status", {})
        found = {
            each["type"]: (each["status"], each["reason"])
            for parent in status.get("parents", ())
            for each in parent["conditions"]
        }
        return found.get("ResolvedRefs", ("", ""))

    async def annotate(self, value: str | None) -> None:
        change = {"metadata": {"annotations": {"portway.dev/picker": value}}}
        headers = {"content-type": "application/merge-patch+json"}
        answer = await self.http.patch(f"{POOLS}/llama", json=change, headers=headers)
        assert answer.status_code == 200, answer.text


async def picks(of: Pod) -> float:
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        page = (await http.get(f"http://127.0.0.1:{of.probe}/metrics")).text
    found = (each for each in page.splitlines() if each.startswith("portway_picker_picks_total"))
    return sum(float(each.split()[-1]) for each in found)


@asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        engines = [await stack.enter_async_context(ModelServer(name)) for name in "ab"]
        cluster = await stack.enter_async_context(Cluster(folder / "cluster"))
        http = await stack.enter_async_context(api_of(cluster))
        await create(http, gateway_class("fleet", CONTROLLER))
        await create(http, gateway("web", [listener("http", 80)], gateway_class="fleet"))
        await create(http, http_route("models", "web", [rule(to("llama"))]))
        numbers = [{"number": int(each.endpoint.split(":")[1])} for each in engines]
        made = pool("llama", "", targetPorts=numbers)
        made["metadata"]["annotations"] = {}
        assert (await http.post(POOLS, json=made)).status_code == 201
        await _engine(http)
        xds = ports.free_port()
        options = (
            *("--write-status", "default", "--controller-name", CONTROLLER),
            *("--xds-address", f"127.0.0.1:{xds}", "--xds-name", f"localhost:{xds}"),
            *("--provision", "portway:test", "--picker-role", "portway-picker"),
        )
        controller = Portway(folder / "c", name="c", kubeconfig=cluster.kubeconfig, options=options)
        await stack.enter_async_context(controller)
        kubelet = Kubelet(folder, http, kubeconfig=cluster.kubeconfig)
        yield Site(http, await stack.enter_async_context(kubelet), engines)


async def _engine(http: httpx.AsyncClient) -> None:
    """A Pod of the pool; its ports are those of the engines."""
    document = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "engine", "namespace": "default", "labels": {"app": "llama"}},
        "spec": {"containers": [{"name": "engine", "image": "engine"}]},
    }
    assert (await http.post(WHERE["Pod"], json=document)).status_code == 201
    ready = [{"type": "Ready", "status": "True"}]
    status = {"status": {"phase": "Running", "podIP": "127.0.0.1", "conditions": ready}}
    headers = {"content-type": "application/merge-patch+json"}
    path = f"{WHERE['Pod']}/engine/status"
    assert (await http.patch(path, json=status, headers=headers)).status_code == 200


async def test_a_pool_gets_a_picker_loses_it_and_never_a_request(tmp_path: Path) -> None:
    async with site(tmp_path) as made:

        async def served() -> bool:
            try:
                return await made.asked("first") == 200
            except (httpx.HTTPError, TypeError):
                return False

        # Without one the proxies decide by themselves.
        await until(served, 60.0)
        assert await made.get("Deployment", PICKER) is None
        await made.annotate("process")
        picker = await made.picker()

        async def asks() -> bool:
            assert await made.asked("second") == 200
            return await picks(picker) > 0

        await until(asks, 30.0)
        assert await made.resolved() == ("True", "ResolvedRefs")
        before = await picks(picker)
        assert {await made.asked(f"{number}" + "x" * 2_000) for number in range(40)} == {200}
        assert await picks(picker) > before
        assert all(each.bodies for each in made.engines)

        # Its container ends and comes back. What is sent to it in that moment is lost with it, so
        # requests begin when it has gone; the pool fails open.
        await picker.restart({})
        assert {await made.asked(f"third {number}") for number in range(40)} == {200}
        await until(picker.ready, 60.0)

        async def asks_again() -> bool:
            assert await made.asked("fourth") == 200
            return await picks(picker) > 0

        await until(asks_again, 30.0)
        await made.annotate(None)

        async def gone() -> bool:
            assert await made.asked("fifth") == 200
            kinds = ("Deployment", "Service", "ServiceAccount")
            return not any([await made.get(kind, PICKER) for kind in kinds])

        await until(gone, 30.0)
