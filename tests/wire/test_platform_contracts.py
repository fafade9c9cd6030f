"""How KServe and Knative find out whether a route is served, by proxies of a Gateway's own.

Each asks in its own way, and believes the answer: a route that counts as ready is sent requests the
next moment. Both are done here as they do it (reference: KServe's reconciler of routes, Knative's
prober of net-gateway-api). Must not import the product.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire.harness.apart import impossible
from tests.wire.harness.kubelet import Pod
from tests.wire.harness.manifests import Document, backend, http_route, rule
from tests.wire.harness.proxy import until
from tests.wire.harness.service import Service
from tests.wire.test_embedded_api import create
from tests.wire.test_provisioning import MADE, NAME, WHERE, Site, site

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

ISVC = "sklearn-v2-iris"
PREDICTOR = f"{ISVC}-predictor"
ISVC_HOST = f"{ISVC}-default.example.com"
REVISION = "/.well-known/knative/revision/default/hello"
HELLO = "hello.default.example.com"
HASH = "K-Network-Hash"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"


@asynccontextmanager
async def programmed(folder: Path) -> AsyncIterator[tuple[Site, Service]]:
    if reason := impossible():
        pytest.skip(f"proxies cannot have networks of their own: {reason}")
    service = Service()
    async with service.served(), site(folder, service) as made:
        await made.there(*MADE)
        await made.give_address()
        await made.becomes(("True", "Programmed"))
        await until(service.known, 30.0)
        yield made, service


def setting(**headers: str) -> Document:
    """A filter that sets headers of a request."""
    found = [{"name": name, "value": value} for name, value in headers.items()]
    return {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": found}}


async def parents(made: Site, name: str) -> list[Any]:
    route = await made.get("HTTPRoute", name)
    found: list[Any] = route.get("status", {}).get("parents", [])
    return found


# -- KServe ------------------------------------------------------------------------------------


def ready(status: Sequence[Any]) -> bool:
    """KServe: some parent has spoken, and no condition of any is False."""
    return bool(status) and not any(
        each["status"] == "False" for parent in status for each in parent["conditions"]
    )


def isvc_route(*backends: Document) -> Document:
    """What KServe makes for an InferenceService in Standard mode."""
    told = setting(**{"KServe-Isvc-Name": ISVC, "KServe-Isvc-Namespace": "default"})
    match = {"path": {"type": "RegularExpression", "value": "^/.*$"}}
    rules = [rule(*backends, matches=[match], filters=[told], timeouts={"request": "60s"})]
    return http_route(ISVC, "web", rules, hostnames=[ISVC_HOST], parent_namespace="default")


async def predict(made: Site, name: str, port: int) -> None:
    """A Service of KServe's without an address, and where its Pod is."""
    metadata = {"name": name, "namespace": "default"}
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    spec = {"clusterIP": "None", "ports": ports}
    labels = {"kubernetes.io/service-name": name}
    slice_ = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**metadata, "name": f"{name}-1", "labels": labels},
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": port}],
        "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": True}}],
    }
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    for path, document in ((SLICES, slice_), (WHERE["Service"], service)):
        answer = await made.http.post(path, json=document)
        assert answer.status_code == 201, answer.text


async def infer(service: Service, host: str = ISVC_HOST) -> int:
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        path = f"/v2/models/{ISVC}/infer"
        url = f"http://127.0.0.1:{service.port}{path}"
        return (await http.post(url, json={}, headers={"host": host})).status_code


async def test_what_kserve_takes_for_ready_is_served(tmp_path: Path) -> None:
    """Platforms 2.4, K11, K16; and 2.5 for what it asks of the Gateway."""
    async with programmed(tmp_path) as (made, service):
        await create(made.http, isvc_route(backend(PREDICTOR, namespace="default")))

        async def refused() -> bool:
            found = await parents(made, ISVC)
            return bool(found) and not ready(found)

        await until(refused)
        origin = made.origin
        before = len(origin.requests)
        await predict(made, PREDICTOR, origin.port)
        # Polled like KServe does, but more often: the first yes has to be true already.
        async with asyncio.timeout(20.0):
            while not ready(await parents(made, ISVC)):  # noqa: ASYNC110 - that is how it is done
                await asyncio.sleep(0.01)
        assert await infer(service) == 200
        received = origin.requests[before]
        assert received.target == f"/v2/models/{ISVC}/infer"
        assert received.header("kserve-isvc-name") == (ISVC,)
        # A canary comes: at no moment is the route not ready, nor is a request lost.
        await predict(made, f"{PREDICTOR}-canary", origin.port)
        stable = backend(PREDICTOR, namespace="default", weight=90)
        canary = backend(f"{PREDICTOR}-canary", namespace="default", weight=10)
        change = {"spec": isvc_route(stable, canary)["spec"]}
        await made.patch("HTTPRoute", ISVC, change)
        for _ in range(40):
            assert ready(await parents(made, ISVC))
            assert await infer(service) == 200
        gateway = await made.get("Gateway", "web")
        (told,) = [e for e in gateway["status"]["conditions"] if e["type"] == "Programmed"]
        assert told["status"] == "True"
        assert told["observedGeneration"] == gateway["metadata"]["generation"]
        assert gateway["status"]["addresses"]
        selector = {"labelSelector": "gateway.networking.k8s.io/gateway-name=web"}
        (found,) = (await made.http.get(WHERE["Service"], params=selector)).json()["items"]
        assert 80 in [each["port"] for each in found["spec"]["ports"]]


# -- Knative -----------------------------------------------------------------------------------


def kingress_route(network_hash: str) -> Document:
    """What net-gateway-api makes of a KIngress: a rule for its probe, and one for everybody."""
    probe = {
        "path": {"type": "PathPrefix", "value": REVISION},
        "headers": [{"type": "Exact", "name": HASH, "value": "override"}],
    }
    whole = {"path": {"type": "PathPrefix", "value": "/"}}
    split = setting(**{"Knative-Serving-Namespace": "default", "Knative-Serving-Revision": "hello"})
    # A split without headers of its own has an empty list of them.
    bare = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": []}}
    rules = [
        rule(
            backend("app", filters=[bare]),
            matches=[probe],
            filters=[setting(**{HASH: network_hash})],
            timeouts={"request": "0s"},
        ),
        rule(backend("app", weight=100, filters=[split]), matches=[whole]),
    ]
    return http_route(HELLO, "web", rules, hostnames=[HELLO])


async def probed(made: Site, pod: Pod, port: int) -> str:
    """What the hash is by this Pod, asked as Knative asks each; empty where it is not served."""
    assert pod.apart is not None
    before = len(made.origin.requests)
    reader, writer = await pod.apart.connect("127.0.0.1", port)
    writer.write(
        f"GET {REVISION} HTTP/1.1\r\nHost: {HELLO}\r\n{HASH}: override\r\n"
        "User-Agent: Knative-Ingress-Probe\r\nConnection: close\r\n\r\n".encode()
    )
    async with asyncio.timeout(10.0):
        answer = await reader.read()
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200 "):
        return ""
    (received,) = [each for each in made.origin.requests[before:] if each.target == REVISION]
    (found,) = received.header(HASH)
    return found


async def accepted(made: Site, generation: int) -> None:
    async def so() -> bool:
        return any(
            each["type"] == "Accepted"
            and each["status"] == "True"
            and each["observedGeneration"] == generation
            for parent in await parents(made, HELLO)
            for each in parent["conditions"]
        )

    await until(so, 20.0)


async def test_knatives_probe_of_each_proxy_sees_what_is_accepted(tmp_path: Path) -> None:
    """Platforms 3: every Pod behind the port called `http2` is asked, and has to know the hash."""
    async with programmed(tmp_path) as (made, _):
        document = await made.get("Service")
        (port,) = [e["targetPort"] for e in document["spec"]["ports"] if e["name"] == "http2"]
        pods = made.kubelet.pods[NAME]
        assert [await probed(made, each, port) for each in pods] == ["", ""]
        await create(made.http, kingress_route("first"))
        await accepted(made, 1)

        async def all_know(network_hash: str) -> bool:
            return {await probed(made, each, port) for each in pods} == {network_hash}

        await until(lambda: all_know("first"))
        await made.patch("HTTPRoute", HELLO, {"spec": kingress_route("second")["spec"]})
        # One or the other at every moment, and never nothing.
        async with asyncio.timeout(20.0):
            while not await all_know("second"):
                assert {await probed(made, each, port) for each in pods} <= {"first", "second"}
        await accepted(made, 2)
        # Another Pod, as after an eviction: it is ready only when it knows.
        gone = pods.pop()
        await gone.end()

        async def another() -> bool:
            return len(pods) == 2 and await pods[1].ready()

        await until(another, 60.0)
        assert await probed(made, pods[1], port) == "second"
