"""Which Pods are in a pool, where they are, and what is wrong with its picker."""

from typing import Any

import pytest

from portway.core import model, translate

KEY = model.ClusterKey("InferencePool", "apps", "llama", 0, "http")


def pod(name: str, ip: str, labels: str = "app: llama", ready: str = "True") -> str:
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: apps, labels: {{{labels}}}}}
status: {{podIP: "{ip}", conditions: [{{type: Ready, status: "{ready}"}}]}}
"""


def pool(more: str = "", annotations: str = "", ports: str = "{number: 8000}") -> str:
    return f"""
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {{name: llama, namespace: apps, annotations: {{{annotations}}}}}
spec: {{selector: {{matchLabels: {{app: llama}}}}, targetPorts: [{ports}]{more}}}
"""


def found(world: Any) -> list[str]:
    return [f"{e.address}:{e.port}" for e in translate.endpoints(KEY, world).endpoints]


def test_ready_pods_with_all_labels_and_each_port(world: Any) -> None:
    world.add(pool(ports="{number: 8000}, {number: 8001}"))
    world.add(pod("a", "10.0.0.1", "app: llama, more: x")).add(pod("b", "10.0.0.2", "app: other"))
    world.add(pod("c", "10.0.0.3", ready="False")).add(pod("d", "")).add(pod("e", "::1"))
    assert found(world) == ["10.0.0.1:8000", "10.0.0.1:8001", "::1:8000", "::1:8001"]


def test_the_short_form_stands_in_for_pods(world: Any) -> None:
    world.add(pool(annotations="portway.dev/endpoints: '127.0.0.1:1,127.0.0.1:2'"))
    world.add(pod("a", "10.0.0.1"))
    assert found(world) == ["127.0.0.1:1", "127.0.0.1:2"]


def test_a_pool_that_vanished_has_no_endpoints(world: Any) -> None:
    assert found(world) == []


SERVICES = """
apiVersion: v1
kind: Service
metadata: {name: epp, namespace: apps}
spec: {ports: [{port: 9002}]}
---
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: apps}
spec: {type: ExternalName, externalName: example.com, ports: [{port: 9002}]}
"""


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("{name: epp, port: {number: 9002}}", ""),
        ("{name: absent, port: {number: 9002}}", "Service apps/absent does not exist"),
        ("{name: epp, port: {number: 1}}", "has no TCP port 1; its ports are 9002"),
        ("{name: outside, port: {number: 9002}}", "is of type ExternalName"),
        ("{group: x.io, kind: Plugin, name: epp}", "kind Plugin of group 'x.io' cannot be used"),
    ],
)
def test_the_picker_is_a_service_of_the_namespace_with_that_port(
    world: Any, ref: str, words: str
) -> None:
    world.add(SERVICES).add(pool(f", endpointPickerRef: {ref}"))
    findings = translate.pool_findings(world.whole_pool("apps", "llama"), world)
    lost = [each for each in findings if each.condition == "ResolvedRefs"]
    assert [each.reason for each in lost] == (["InvalidExtensionRef"] if words else [])
    assert all(words in each.message for each in lost)


def test_a_pool_without_a_picker_is_well(world: Any) -> None:
    world.add(pool())
    assert translate.pool_findings(world.whole_pool("apps", "llama"), world) == ()


@pytest.mark.parametrize(("mode", "well"), [("light", True), ("full", True), ("lite", False)])
def test_a_mode_that_does_not_exist_is_told(world: Any, mode: str, well: bool) -> None:
    world.add(pool(annotations=f"portway.dev/picker-mode: {mode}"))
    findings = translate.pool_findings(world.whole_pool("apps", "llama"), world)
    words = [f"{each.condition} {each.reason} {each.message}" for each in findings]
    expected = (
        "Accepted NotSupportedByParent InferencePool apps/llama: portway.dev/picker-mode is "
        "'lite'; use light or full, which it is taken for."
    )
    assert words == ([] if well else [expected])


@pytest.mark.parametrize("word", ["allowed", "yes", "true"])
def test_who_may_ask_is_one_word(world: Any, word: str) -> None:
    world.add(pool(annotations=f"portway.dev/explain-pick: '{word}'"))
    found = translate.pool_findings(world.whole_pool("apps", "llama"), world)
    assert [each.reason for each in found] == (
        [] if word == "allowed" else ["NotSupportedByParent"]
    )
    assert all("so no client may ask; use allowed" in each.message for each in found)
    assert world.pool("apps", "llama").explains == (word == "allowed")


@pytest.mark.parametrize(
    ("word", "ref", "told"),
    [
        ("process", "", True),
        ("proces", "", True),
        ("process", ", endpointPickerRef: {name: epp, port: {number: 9002}}", False),
    ],
)
def test_a_picker_that_nobody_starts_is_told_with_the_cure(
    world: Any, word: str, ref: str, told: bool
) -> None:
    world.add(SERVICES).add(pool(ref, annotations=f"portway.dev/picker: {word}"))
    found = translate.pool_findings(world.whole_pool("apps", "llama"), world)
    assert [(each.condition, each.reason) for each in found] == (
        [("Accepted", "NotSupportedByParent")] if told else []
    )
    assert all("install the chart portway-picker" in each.message for each in found)
    assert all(f"{word!r}, and nobody starts" in each.message for each in found)
