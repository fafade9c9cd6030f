"""The shape and the defaults of an InferencePool."""

from typing import Any

import pytest

from portway.core import api


def pool(**spec: Any) -> api.InferencePool:
    found = api.decode(
        {
            "apiVersion": "inference.networking.k8s.io/v1",
            "kind": "InferencePool",
            "metadata": {"name": "llama"},
            "spec": {
                "selector": {"matchLabels": {"app": "llama"}},
                "targetPorts": [{"number": 8000}],
                **spec,
            },
        }
    )
    assert isinstance(found, api.InferencePool)
    return found


def test_the_defaults_are_the_crds() -> None:
    assert pool().spec.app_protocol == "http"
    assert pool().spec.endpoint_picker_ref is None
    ref = pool(endpointPickerRef={"name": "epp", "port": {"number": 9002}}).spec.endpoint_picker_ref
    assert ref is not None
    assert (ref.group, ref.kind, ref.failure_mode) == ("", "Service", "FailClose")


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"selector": {"matchLabels": {}}}, "spec.selector.matchLabels"),
        ({"targetPorts": []}, "spec.targetPorts"),
        ({"targetPorts": [{"number": n} for n in range(1, 10)]}, "spec.targetPorts"),
        ({"targetPorts": [{"number": 0}]}, "spec.targetPorts[0].number"),
        ({"appProtocol": "https"}, "spec.appProtocol"),
        (
            {"endpointPickerRef": {"name": "a", "port": {"number": 1}, "failureMode": "Open"}},
            "spec.endpointPickerRef.failureMode",
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], path: str) -> None:
    with pytest.raises(api.InvalidResource) as caught:
        pool(**spec)
    assert [each.path for each in caught.value.errors] == [path]
