"""Kthena's inference guide as far as Portway serves it: the Gateway half (T9, T10, T11, T14, T19).

An InferencePool as a backend is told to be not served, in the status and on the wire.
"""

import json
from pathlib import Path

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


async def test_the_gateway_is_programmed_and_the_pool_is_told_to_be_unserved(
    tmp_path: Path,
) -> None:
    """T9, T14: port 8080 opens; ResolvedRefs=False/InvalidKind and 500, no silent 200; a Service
    in the pool's place is served; deleted in any order, the port closes."""
    async with Origin("model") as model, Portway(tmp_path) as portway:
        site = guide("default")
        portway.write("guide", site)
        await seeds.serving(portway, [GATEWAY], [])
        (row,) = await seeds.table(portway, "gateway")
        assert (row["CLASS"], row["PROGRAMMED"]) == ("kthena-router", "True")
        await seeds.until_route(portway, ROUTE, "ResolvedRefs", "InvalidKind")
        address, port = await seeds.where(portway, GATEWAY, 8080)
        url = f"http://{address}:{port}/v1/completions"
        assert (await seeds.get(url, data="{}")).status == 500
        rules = [manifests.rule(manifests.backend("model"))]
        served = manifests.http_route("kthena-demo-route", "inference-gateway", rules)
        portway.write("guide", [*site[:2], served, manifests.service("model", model.endpoint)])
        await seeds.until_reply(portway, lambda: seeds.get(url, data="{}"), 200, "model")
        assert model.requests[-1].body == b"{}"
        portway.write("guide", [served])
        await seeds.until_reply(portway, lambda: seeds.get(url), 0)
        assert await portway.object_status("Gateway", "inference-gateway") is None
        assert await seeds.route(portway, ROUTE) == {}


async def test_check_finds_the_gateway_in_the_other_namespace(tmp_path: Path) -> None:
    """T11, S7: the route names `kthena-system`, the Gateway is made in the current namespace."""
    file = tmp_path / "guide.yaml"
    manifests.write(file, guide("kthena-system"))
    code, text = await seeds.portway_command("check", str(file), "-o", "json")
    found = {each["code"]: each for each in json.loads(text)}
    assert code == 1
    assert "kthena-system/inference-gateway" in found["PW010"]["message"]
    assert "inference-gateway in default" in found["PW010"]["cure"]
    assert "InferencePool is not yet served" in found["PW022"]["message"]
