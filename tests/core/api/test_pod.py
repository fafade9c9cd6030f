"""When a Pod takes traffic."""

from typing import Any

import pytest

from portway.core import api


def pod(*conditions: Any, **metadata: Any) -> api.Pod:
    document = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", **metadata},
        "status": {"podIP": "10.0.0.1", "conditions": list(conditions)},
    }
    found = api.decode(document)
    assert isinstance(found, api.Pod)
    return found


READY = {"type": "Ready", "status": "True"}


@pytest.mark.parametrize(
    ("found", "ready"),
    [
        (pod(READY), True),
        (pod({"type": "Initialized", "status": "True"}, READY), True),
        (pod(), False),
        (pod({"type": "Ready", "status": "False"}), False),
        (pod({"type": "ContainersReady", "status": "True"}), False),
        (pod(READY, deletionTimestamp="2026-01-01T00:00:00Z"), False),
    ],
)
def test_ready(found: api.Pod, ready: bool) -> None:
    assert found.ready is ready


def test_nothing_a_kubelet_writes_is_unknown(samples: dict[str, Any]) -> None:
    status = {**samples["Pod"]["status"], "hostIP": "10.0.0.9", "containerStatuses": [{}]}
    assert api.decode_strict_unknown_fields({**samples["Pod"], "status": status}) == ()
