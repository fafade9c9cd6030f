"""Who is in a pool."""

from typing import Any

from portway.app.picker.members import Members, endpoint
from portway.core import api
from portway.core.pick import Target


def pod(name: str, ip: str = "10.0.0.1", ready: bool = True, **labels: str) -> api.Pod:
    found = api.decode(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "labels": {"app": "llama", **labels}},
            "status": {
                "podIP": ip,
                "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            },
        }
    )
    assert isinstance(found, api.Pod)
    return found


def pool(*ports: int, **annotations: str) -> api.InferencePool:
    metadata: dict[str, Any] = {"name": "llama"}
    if annotations:
        metadata["annotations"] = {"portway.dev/endpoints": annotations["endpoints"]}
    found = api.decode(
        {
            "apiVersion": "inference.networking.k8s.io/v1",
            "kind": "InferencePool",
            "metadata": metadata,
            "spec": {
                "selector": {"matchLabels": {"app": "llama"}},
                "targetPorts": [{"number": each} for each in ports or (8000,)],
            },
        }
    )
    assert isinstance(found, api.InferencePool)
    return found


def addresses(members: Members) -> list[str]:
    return [each.address for each in members.targets()]


def test_every_port_of_every_ready_pod() -> None:
    members = Members()
    pods = {"a": pod("a", gpu="x"), "b": pod("b", "fd00::1"), "c": pod("c", ready=False)}
    members.pool_is(pool(8000, 8001), pods)
    assert addresses(members) == [
        "10.0.0.1:8000",
        "10.0.0.1:8001",
        "[fd00::1]:8000",
        "[fd00::1]:8001",
    ]
    assert members.targets()[0] == Target("10.0.0.1:8000", {"app": "llama", "gpu": "x"})


def test_pods_come_go_and_change() -> None:
    members = Members()
    assert not members.pod_is("a", pod("a"))
    members.pool_is(pool(), {})
    assert members.pod_is("a", pod("a"))
    assert not members.pod_is("a", pod("a"))
    assert not members.pod_is("b", pod("b", app="other"))
    assert addresses(members) == ["10.0.0.1:8000"]
    assert members.pod_is("a", pod("a", ready=False))
    assert not members.pod_is("a", None)
    assert addresses(members) == []


def test_a_pool_that_is_gone_has_nobody() -> None:
    members = Members()
    members.pool_is(pool(), {"a": pod("a")})
    members.pool_is(None, {"a": pod("a")})
    assert addresses(members) == []


def test_the_short_form_stands_in_for_pods() -> None:
    members = Members()
    members.pool_is(pool(endpoints="127.0.0.1:2,127.0.0.1:1"), {"a": pod("a")})
    assert addresses(members) == ["127.0.0.1:1", "127.0.0.1:2"]
    members.pool_is(pool(endpoints="nonsense"), {"a": pod("a")})
    assert addresses(members) == []


def test_endpoints_as_the_protocol_writes_them() -> None:
    assert (endpoint("::1", 80), endpoint("10.0.0.1", 80)) == ("[::1]:80", "10.0.0.1:80")
