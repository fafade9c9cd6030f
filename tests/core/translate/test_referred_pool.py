"""What references to a pool depend on, and what they do not."""

from typing import Any

import msgspec

from portway.core import api, translate
from tests.core.api.test_inference_pool import pool


def test_pods_and_ports_are_not_the_references_business() -> None:
    one = translate.referred_pool(pool())
    other = pool(selector={"matchLabels": {"x": "y"}}, targetPorts=[{"number": 1}])
    assert translate.referred_pool(other) == one


def test_protocol_and_picker_are() -> None:
    assert translate.referred_pool(pool()).protocol == "http"
    assert translate.referred_pool(pool(appProtocol="kubernetes.io/h2c")).protocol == "h2c"
    ref = {"name": "epp", "port": {"number": 9002}}
    assert translate.referred_pool(pool(endpointPickerRef=ref)).picker


def test_the_short_form_is_read_once(world: Any) -> None:
    world.add(
        """
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: a, namespace: apps, annotations: {portway.dev/endpoints: "localhost:1"}}
spec: {selector: {matchLabels: {a: b}}, targetPorts: [{number: 1}]}
"""
    )
    found = world.whole_pool("apps", "a")
    assert isinstance(found, api.InferencePool)
    assert "has the entry 'localhost:1'" in translate.referred_pool(found).endpoints_problem


def test_what_the_picker_is_shown_is_an_annotation() -> None:
    def light(**annotations: str) -> bool:
        named = {f"portway.dev/{name}-mode": value for name, value in annotations.items()}
        made = pool()
        metadata = msgspec.structs.replace(made.metadata, annotations=named)
        return translate.referred_pool(msgspec.structs.replace(made, metadata=metadata)).light

    assert light(picker="light")
    assert not light(picker="full")
    assert not light(picker="lite")
    assert not light()
