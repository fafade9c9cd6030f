"""InferenceObjectives."""

import json
from typing import Any

from portway.core.pick.objective import priorities, read


def document(name: str, pool: str, namespace: str = "default", **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": namespace, "uid": "x"},
        "spec": {"poolRef": {"name": pool, "group": "inference.networking.k8s.io"}, **spec},
    }


def test_a_priority_is_that_of_a_pool_of_the_same_namespace() -> None:
    found = [
        read(document("high", "llama", priority=10)),
        read(json.dumps(document("low", "llama", priority=-1)).encode()),
        read(document("none", "llama")),
        read(document("other", "qwen", priority=3)),
        read(document("far", "llama", "elsewhere", priority=3)),
        read(document("high", "llama", priority=99)),
    ]
    assert all(found)
    known = [each for each in found if each]
    assert priorities(known, "default", "llama") == {"high": 10, "low": -1, "none": 0}


def test_what_cannot_be_read_has_no_say() -> None:
    for bad in ({}, {"metadata": {"name": "x"}}, document("x", "y", priority="high"), b"{"):
        assert read(bad) is None
