"""Pods and pools in the graph: a Pod costs its own pools, and nothing else."""

from typing import Any

from portway.core import api
from portway.core.schema import Schema
from portway.core.wiring import Core
from tests.core import site

POOL = {"group": "inference.networking.k8s.io", "kind": "InferencePool"}


def pool(name: str, **labels: str) -> api.Event:
    return site.event(
        {
            "apiVersion": "inference.networking.k8s.io/v1",
            "kind": "InferencePool",
            "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": labels}, "targetPorts": [{"number": 8000}]},
        }
    )


def pod(name: str, ip: str, ready: str = "True", **labels: str) -> api.Event:
    return site.event(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "labels": labels},
            "status": {"podIP": ip, "conditions": [{"type": "Ready", "status": ready}]},
        }
    )


def route(name: str, *pools: str, path: str = "/") -> api.Event:
    refs = [{**POOL, "name": each} for each in pools]
    rules = [{"backendRefs": refs, "matches": [{"path": {"value": path}}]}]
    return site.event(
        {
            "apiVersion": site.GATEWAY_API,
            "kind": "HTTPRoute",
            "metadata": {"name": name},
            "spec": {"parentRefs": [{"name": "web"}], "rules": rules},
        }
    )


def endpoints(core: Core) -> dict[str, list[str]]:
    return {key.name: [e.address for e in found.endpoints] for key, found in core.endpoints.items()}


def test_a_pod_touches_the_endpoints_of_its_own_pools(schema: Schema) -> None:
    many = [pool(f"p{number}", model=f"m{number}", app="vllm") for number in range(200)]
    routes = [route(f"r{number}", f"p{number}", path=f"/{number}") for number in range(200)]
    core = site.core(schema, *many, *routes)
    core.apply([pod("a", "10.0.0.1", model="m7", app="vllm")])
    turn = core.settle()
    assert [each.name for each in turn.resources] == ["inferencepool/default/p7/0/http"]
    assert turn.recomputed < 10
    assert endpoints(core)["p7"] == ["10.0.0.1"]
    core.apply([pod("a", "10.0.0.1", "False", model="m7", app="vllm")])
    assert [each.name for each in core.settle().resources] == ["inferencepool/default/p7/0/http"]
    assert endpoints(core)["p7"] == []
    core.apply([pod("stranger", "10.0.0.2", app="web")])
    assert core.settle().resources == ()


def test_a_pod_moves_with_its_labels_and_a_pool_with_its_selector(schema: Schema) -> None:
    core = site.core(schema, pool("a", m="a"), pool("b", m="b"), route("r", "a", "b"))
    core.apply([pod("x", "10.0.0.1", m="a")])
    core.settle()
    assert endpoints(core) == {"a": ["10.0.0.1"], "b": []}
    core.apply([pod("x", "10.0.0.1", m="b")])
    core.settle()
    assert endpoints(core) == {"a": [], "b": ["10.0.0.1"]}
    core.apply([pool("a", m="b")])
    core.settle()
    assert endpoints(core) == {"a": ["10.0.0.1"], "b": ["10.0.0.1"]}
    core.apply([site.gone("Pod", "x")])
    core.settle()
    assert endpoints(core) == {"a": [], "b": []}


def status(core: Core, name: str) -> list[Any]:
    found = {key.name: value for key, value in core.statuses().items() if "Pool" in key.kind}
    return [each["parentRef"]["name"] for each in found.get(name, {}).get("parents", [])]


def test_the_entry_of_a_gateway_goes_with_the_last_route(schema: Schema) -> None:
    core = site.core(schema, pool("a", m="a"), route("r", "a"), route("s", "a"))
    assert status(core, "a") == ["web"]
    core.apply([site.gone("HTTPRoute", "r")])
    core.settle()
    assert status(core, "a") == ["web"]
    core.apply([site.gone("HTTPRoute", "s")])
    core.settle()
    assert status(core, "a") == []
