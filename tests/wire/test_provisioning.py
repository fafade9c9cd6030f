"""A cluster where nothing runs yet: proxies are made for Gateways, and run from what was made.

The cluster is the API of another instance, which is no controller of these Gateways; what runs Pods
is the harness. Must not import the product.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire.harness import ports
from tests.wire.harness.apart import impossible
from tests.wire.harness.kubelet import Front, Kubelet
from tests.wire.harness.manifests import backend, gateway, gateway_class, http_route, listener, rule
from tests.wire.harness.manifests import service as service_of
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway
from tests.wire.harness.proxy import until
from tests.wire.harness.service import Service
from tests.wire.test_controller import Cluster, Counted
from tests.wire.test_embedded_api import PATHS, api_of, create

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

CONTROLLER = "example.com/fleet"
HOST = "app.example.com"
LABEL = "serving.kserve.io/gateway"
NAME = "web-fleet"
WHERE = {
    "Service": "/api/v1/namespaces/default/services",
    "ServiceAccount": "/api/v1/namespaces/default/serviceaccounts",
    "Secret": "/api/v1/namespaces/default/secrets",
    "Pod": "/api/v1/namespaces/default/pods",
    "Deployment": "/apis/apps/v1/namespaces/default/deployments",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
    "ProxyConfig": "/apis/portway.dev/v1alpha1/namespaces/default/proxyconfigs",
    **PATHS,
}
MADE = ("Service", "ServiceAccount", "Deployment", "PodDisruptionBudget")


class Site:
    """A Gateway with a route, a controller that makes proxies, and what runs them."""

    def __init__(
        self, http: httpx.AsyncClient, kubelet: Kubelet, controller: Portway, origin: Origin
    ) -> None:
        self.http = http
        self.kubelet = kubelet
        self.controller = controller
        self.origin = origin

    async def get(self, kind: str, name: str = NAME) -> Any:
        """The object; None where there is none."""
        answer = await self.http.get(f"{WHERE[kind]}/{name}")
        return answer.json() if answer.status_code == 200 else None

    async def patch(self, kind: str, name: str, change: Any, sub: str = "") -> None:
        headers = {"content-type": "application/merge-patch+json"}
        path = f"{WHERE[kind]}/{name}{sub}"
        answer = await self.http.patch(path, json=change, headers=headers)
        assert answer.status_code == 200, answer.text

    async def delete(self, kind: str, name: str = NAME) -> None:
        assert (await self.http.delete(f"{WHERE[kind]}/{name}")).status_code == 200

    async def give_address(self, ip: str = "192.0.2.1") -> None:
        """What a balancer of a cloud does."""
        status = {"status": {"loadBalancer": {"ingress": [{"ip": ip}]}}}
        await self.patch("Service", NAME, status, "/status")

    async def condition(self, kind: str = "Programmed") -> tuple[str, str]:
        status = (await self.get("Gateway", "web")).get("status", {})
        found = [each for each in status.get("conditions", ()) if each["type"] == kind]
        return (found[0]["status"], found[0]["reason"]) if found else ("", "")

    async def becomes(self, wanted: tuple[str, str], kind: str = "Programmed") -> None:
        async def so() -> bool:
            return await self.condition(kind) == wanted

        await until(so, 20.0)

    async def there(self, *kinds: str) -> None:
        async def all_are() -> bool:
            return all([await self.get(kind) is not None for kind in kinds])

        await until(all_are, 20.0)

    async def serves(self) -> bool:
        with suppress(httpx.HTTPError):
            return await self.asked() == 200
        return False

    async def asked(self, port: int = 80, host: str = HOST) -> int:
        """By the port of the Service, as whoever is in front of Pods would."""
        service = await self.get("Service")
        (target,) = [p["targetPort"] for p in service["spec"]["ports"] if p["port"] == port]
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            answer = await http.get(f"http://127.0.0.1:{target}/", headers={"host": host})
            return answer.status_code


@asynccontextmanager
async def site(folder: Path, service: Service | None = None, **fields: Any) -> AsyncIterator[Site]:
    """With `service`, Pods have networks of their own, and it is in front of them."""
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(Origin("app"))
        cluster = await stack.enter_async_context(Cluster(folder / "cluster"))
        http = await stack.enter_async_context(api_of(cluster))
        await create(http, gateway_class("fleet", CONTROLLER))
        labels = {"infrastructure": {"labels": {LABEL: "web"}}, **fields}
        listeners = [listener("http", 80)]
        await create(http, gateway("web", listeners, gateway_class="fleet", **labels))
        await create(http, service_of("app", origin.endpoint))
        await create(http, http_route("app", "web", [rule(backend("app"))], hostnames=[HOST]))
        xds = ports.free_port()
        options = (
            *("--write-status", "default", "--controller-name", CONTROLLER),
            *("--xds-address", f"127.0.0.1:{xds}", "--xds-name", f"localhost:{xds}"),
            *("--provision", "portway:test"),
        )
        controller = Portway(folder / "c", name="c", kubeconfig=cluster.kubeconfig, options=options)
        await stack.enter_async_context(controller)
        outward = (xds, origin.port)
        front = None if service is None else Front(service, 10080, outward)
        kubelet = await stack.enter_async_context(Kubelet(folder, http, front=front))
        yield Site(http, kubelet, controller, origin)


async def test_a_gateway_gets_proxies_an_address_and_traffic(tmp_path: Path) -> None:
    async with site(tmp_path) as made:
        await made.there(*MADE)
        # E5: until somebody gives an address there is none, and it is said why.
        await made.becomes(("False", "AddressNotAssigned"))
        assert (await made.get("Gateway", "web"))["status"].get("addresses", []) == []
        await made.give_address()
        await made.becomes(("True", "Programmed"))
        found = (await made.get("Gateway", "web"))["status"]["addresses"]
        assert found == [{"type": "IPAddress", "value": "192.0.2.1"}]
        assert await made.asked() == 200
        # K3, K4, K13: found by the label, with the port that is looked for.
        selector = {"labelSelector": f"{LABEL}=web"}
        for kind, count in (("Pod", 2), ("Service", 1)):
            answer = (await made.http.get(WHERE[kind], params=selector)).json()
            assert len(answer["items"]) == count
        (port,) = (await made.get("Service"))["spec"]["ports"]
        assert (port["name"], port["port"], port["targetPort"]) == ("http2", 80, 10080)


async def test_a_new_listener_needs_no_new_proxy(tmp_path: Path) -> None:
    async with site(tmp_path) as made:
        await made.there(*MADE)
        await made.give_address()
        await made.becomes(("True", "Programmed"))
        before = [each.name for each in made.kubelet.pods[NAME]]
        more = [listener("http", 80), listener("other", 8080)]
        await made.patch("Gateway", "web", {"spec": {"listeners": more}})

        async def both() -> bool:
            service = await made.get("Service")
            return [each["port"] for each in service["spec"]["ports"]] == [80, 8080]

        await until(both)
        await made.becomes(("True", "Programmed"))
        assert await made.asked(8080) == 200
        assert [each.name for each in made.kubelet.pods[NAME]] == before


async def test_what_somebody_takes_away_comes_back(tmp_path: Path) -> None:
    async with site(tmp_path) as made:
        await made.there(*MADE)
        await made.give_address()
        await made.becomes(("True", "Programmed"))
        await made.delete("Service")
        await made.there("Service")
        # Its address is gone with it, and that is said; the proxies serve on.
        await made.becomes(("False", "AddressNotAssigned"))
        assert await made.asked() == 200
        await made.give_address("192.0.2.2")
        await made.becomes(("True", "Programmed"))
        await made.delete("Deployment")
        await made.there("Deployment")
        await made.patch("Deployment", NAME, {"spec": {"replicas": 5}})

        async def two() -> bool:
            return bool((await made.get("Deployment"))["spec"]["replicas"] == 2)

        await until(two)


async def test_parameters_are_followed_and_mistakes_are_not(tmp_path: Path) -> None:
    ref = {"group": "portway.dev", "kind": "ProxyConfig", "name": "own"}
    infrastructure = {"parametersRef": ref}
    async with site(tmp_path, infrastructure=infrastructure) as made:
        await made.becomes(("False", "InvalidParameters"), "Accepted")
        assert await made.get("Deployment") is None
        document = {
            "apiVersion": "portway.dev/v1alpha1",
            "kind": "ProxyConfig",
            "metadata": {"name": "own"},
            "spec": {"replicas": 1, "service": {"type": "NodePort"}, "drainSeconds": 5},
        }
        answer = await made.http.post(WHERE["ProxyConfig"], json=document)
        assert answer.status_code == 201, answer.text
        await made.there("Deployment", "Service")
        assert (await made.get("Deployment"))["spec"]["replicas"] == 1
        assert (await made.get("Service"))["spec"]["type"] == "NodePort"
        assert await made.get("PodDisruptionBudget") is None
        await made.becomes(("True", "Accepted"), "Accepted")
        # One that is wrong now changes nothing that runs, and nothing that is served.
        await until(made.serves, 20.0)
        await made.delete("ProxyConfig", "own")
        await made.becomes(("False", "InvalidParameters"), "Accepted")
        assert (await made.get("Deployment"))["spec"]["replicas"] == 1
        await create(
            made.http, http_route("late", "web", [rule(backend("app"))], hostnames=["b.c"])
        )

        async def late() -> bool:
            return await made.asked(host="b.c") == 200

        await until(late)
        assert await made.asked() == 200


async def test_it_all_goes_with_the_gateway(tmp_path: Path) -> None:
    async with site(tmp_path) as made:
        await made.there(*MADE, "ServiceAccount")
        await made.delete("Gateway", "web")

        async def gone() -> bool:
            return not any([await made.get(kind) for kind in MADE])

        await until(gone, 20.0)
        assert await made.get("Service", "app") is not None


async def test_proxies_are_replaced_one_by_one_and_nobody_notices(tmp_path: Path) -> None:
    if reason := impossible():
        pytest.skip(f"proxies cannot have networks of their own: {reason}")
    ref = {"group": "portway.dev", "kind": "ProxyConfig", "name": "own"}
    service = Service()
    async with (
        service.served(),
        site(tmp_path, service, infrastructure={"parametersRef": ref}) as made,
    ):
        config = {
            "apiVersion": "portway.dev/v1alpha1",
            "kind": "ProxyConfig",
            "metadata": {"name": "own"},
            "spec": {"replicas": 2, "delaySeconds": 1, "drainSeconds": 5},
        }
        answer = await made.http.post(WHERE["ProxyConfig"], json=config)
        assert answer.status_code == 201, answer.text
        await made.there(*MADE)
        await made.give_address()
        await made.becomes(("True", "Programmed"))
        before = {each.name for each in made.kubelet.pods[NAME]}
        await until(service.known)
        counted = Counted("127.0.0.1", HOST, service.port)
        async with counted.asking():
            await made.patch("ProxyConfig", "own", {"spec": {"drainSeconds": 6}})

            async def replaced() -> bool:
                names = {each.name for each in made.kubelet.pods[NAME]}
                return len(names) == 2 and not names & before

            await until(replaced, 40.0)
        assert counted.answers == {200: counted.total}
        assert counted.total > 30
        assert await made.condition() == ("True", "Programmed")
