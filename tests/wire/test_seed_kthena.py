"""Kthena's inference guide: the Gateway half (T9, T10, T11, T14, T19) and a pool of Pods (T3, T5,
T16, T17), balanced by the proxy itself.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.wire import seeds
from tests.wire.harness import manifests
from tests.wire.harness.manifests import Document
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway

pytestmark = pytest.mark.envoy

GATEWAY, ROUTE = "default/inference-gateway", "default/kthena-demo-route"
CLASS = {
    "apiVersion": manifests.GATEWAY_API,
    "kind": "GatewayClass",
    "metadata": {"name": "kthena-router"},
    "spec": {"controllerName": "portway.dev/gateway-controller"},
}
POOL = {"group": "inference.networking.k8s.io", "kind": "InferencePool", "name": "kthena-demo"}


def pool(model: Origin, **more: Any) -> Document:
    """The guide's pool; its one port is where the model is."""
    port = int(model.endpoint.rpartition(":")[2])
    spec = {
        "selector": {"matchLabels": {"workload.serving.volcano.sh/model-name": "demo"}},
        "targetPorts": [{"number": port}],
        **more,
    }
    metadata = {"name": "kthena-demo", "namespace": "default"}
    return {
        "apiVersion": "inference.networking.k8s.io/v1",
        "kind": "InferencePool",
        "metadata": metadata,
        "spec": spec,
    }


def pod(model: Origin, *, ready: bool = True) -> Document:
    """A Pod of the pool, where the model is."""
    labels = {"workload.serving.volcano.sh/model-name": "demo", "app": "vllm"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "demo-0", "namespace": "default", "labels": labels},
        "status": {
            "podIP": model.endpoint.rpartition(":")[0],
            "conditions": [{"type": "Ready", "status": str(ready)}],
        },
    }


def guide(parent_namespace: str) -> list[Document]:
    """The guide's Gateway and route; it names the parent's namespace in one of its two variants."""
    gateway = manifests.gateway(
        "inference-gateway",
        [{"name": "http", "port": 8080, "protocol": "HTTP"}],
        gateway_class="kthena-router",
    )
    rule = {
        "backendRefs": [POOL],
        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
        "timeouts": {"request": "300s"},
    }
    route = manifests.http_route(
        "kthena-demo-route", "inference-gateway", [rule], parent_namespace=parent_namespace
    )
    return [CLASS, gateway, route]


async def test_pods_of_the_pool_answer_and_the_pool_says_who_uses_it(tmp_path: Path) -> None:
    """T3, T5, T9, T10, T14 to T17, T19: port 8080 opens; without the pool 500, without a ready Pod
    503; deleted in any order, the port closes."""
    async with Origin("model") as model, Portway(tmp_path) as portway:
        site = guide("default")
        portway.write("guide", site)
        await seeds.serving(portway, [GATEWAY], [])
        (row,) = await seeds.table(portway, "gateway")
        assert (row["CLASS"], row["PROGRAMMED"]) == ("kthena-router", "True")
        await seeds.until_route(portway, ROUTE, "ResolvedRefs", "BackendNotFound")
        address, port = await seeds.where(portway, GATEWAY, 8080)
        url = f"http://{address}:{port}/v1/completions"
        assert (await seeds.get(url, data="{}")).status == 500
        portway.write("guide", [*site, pool(model), pod(model, ready=False)])
        await seeds.serving(portway, [GATEWAY], [ROUTE])
        await seeds.until_reply(portway, lambda: seeds.get(url, data="{}"), 503)
        portway.write("guide", [*site, pool(model), pod(model)])
        await seeds.until_reply(portway, lambda: seeds.get(url, data="{}"), 200, "model")
        assert model.requests[-1].body == b"{}"
        status = await portway.object_status("InferencePool", "kthena-demo")
        (parent,) = status["parents"]
        assert parent["parentRef"]["name"] == "inference-gateway"
        assert seeds.conditions(parent) == {
            "Accepted": ("True", "Accepted"),
            "ResolvedRefs": ("True", "ResolvedRefs"),
        }
        portway.write("guide", [*site, pool(model)])
        await seeds.until_reply(portway, lambda: seeds.get(url, data="{}"), 503)
        portway.write("guide", [*site[2:], pool(model)])
        await seeds.until_reply(portway, lambda: seeds.get(url), 0)
        assert await portway.object_status("Gateway", "inference-gateway") is None
        assert await seeds.route(portway, ROUTE) == {}
        assert await portway.object_status("InferencePool", "kthena-demo") is None


async def test_a_pool_whose_picker_is_missing_gets_nothing(tmp_path: Path) -> None:
    """T12: nothing is sent where a picker should be asked, in the status and on the wire."""
    async with Origin("model") as model, Portway(tmp_path) as portway:
        picked = pool(model, endpointPickerRef={"name": "epp", "port": {"number": 9002}})
        portway.write("guide", [*guide("default"), picked, pod(model)])
        await seeds.serving(portway, [GATEWAY], [ROUTE])
        address, port = await seeds.where(portway, GATEWAY, 8080)
        url = f"http://{address}:{port}/v1/completions"
        await seeds.until_reply(portway, lambda: seeds.get(url, data="{}"), 500)
        status = await portway.object_status("InferencePool", "kthena-demo")
        assert seeds.conditions(status["parents"][0]) == {
            "Accepted": ("True", "Accepted"),
            "ResolvedRefs": ("False", "InvalidExtensionRef"),
        }
        assert model.requests == []


async def test_check_finds_the_gateway_in_the_other_namespace(tmp_path: Path) -> None:
    """T11, S7: the route names `kthena-system`, the Gateway is made in the current namespace."""
    file = tmp_path / "guide.yaml"
    manifests.write(file, guide("kthena-system"))
    code, text = await seeds.portway_command("check", str(file), "-o", "json")
    found = {each["code"]: each for each in json.loads(text)}
    assert code == 1
    assert "kthena-system/inference-gateway" in found["PW010"]["message"]
    assert "inference-gateway in default" in found["PW010"]["cure"]
    assert "InferencePool default/kthena-demo does not exist" in found["PW020"]["message"]
