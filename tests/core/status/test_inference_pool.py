"""The status of an InferencePool: an entry for every Gateway that has a route to it."""

from typing import Any

from portway.core import api, model
from portway.core.status.inference_pool import inference_pool

KEY = model.ObjectKey("InferencePool", "apps", "llama")
POOL = api.decode(
    {
        "apiVersion": "inference.networking.k8s.io/v1",
        "kind": "InferencePool",
        "metadata": {"name": "llama", "namespace": "apps", "generation": 7},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "targetPorts": [{"number": 1}]},
    }
)


def edge(name: str) -> model.ObjectKey:
    return model.ObjectKey("Gateway", "infra", name)


def made(gateways: dict[model.ObjectKey, bool], *findings: model.Finding, **more: Any) -> list[Any]:
    assert isinstance(POOL, api.InferencePool)
    return list(inference_pool(POOL, findings, gateways, "portway.dev/x", **more)["parents"])


def told(entry: Any) -> list[tuple[str, str, str]]:
    assert {each["observedGeneration"] for each in entry["conditions"]} == {7}
    return [(c["type"], c["status"], c["reason"]) for c in entry["conditions"]]


def test_the_parents_are_gateways_in_order() -> None:
    entries = made({edge("b"): True, edge("a"): False})
    assert [each["parentRef"]["name"] for each in entries] == ["a", "b"]
    assert entries[0]["parentRef"] == {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "namespace": "infra",
        "name": "a",
    }
    assert told(entries[0])[0] == ("Accepted", "False", "HTTPRouteNotAccepted")
    assert told(entries[1]) == [
        ("Accepted", "True", "Accepted"),
        ("ResolvedRefs", "True", "ResolvedRefs"),
    ]


def test_a_picker_that_cannot_be_found_says_so_in_every_entry() -> None:
    finding = model.Finding(KEY, "", "ResolvedRefs", "InvalidExtensionRef", "no such Service")
    for entry in made({edge("a"): True, edge("b"): True}, finding):
        assert told(entry)[1] == ("ResolvedRefs", "False", "InvalidExtensionRef")


def test_the_proxys_words_come_first() -> None:
    (entry,) = made({edge("a"): True}, rejected="no such host")
    assert told(entry)[0] == ("Accepted", "False", "NotSupportedByParent")
    assert "no such host" in entry["conditions"][0]["message"]


def test_no_more_entries_than_the_document_may_have() -> None:
    assert len(made({edge(f"g{number}"): True for number in range(40)})) == 32
