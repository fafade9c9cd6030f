"""The shape of a ProxyConfig: everything may be left out, and nothing else written."""

from typing import Any

import pytest

from portway.core import api


def config(**spec: Any) -> api.ProxyConfig:
    document = {"apiVersion": "portway.dev/v1alpha1", "kind": "ProxyConfig"}
    found = api.decode({**document, "metadata": {"name": "a"}, "spec": spec})
    assert isinstance(found, api.ProxyConfig)
    return found


def test_an_empty_one_says_nothing() -> None:
    assert config().spec == api.ProxyConfigSpec()


def test_affinity_is_kept_as_it_is_written() -> None:
    affinity = {"nodeAffinity": {"x": [1, {"y": None}]}}
    assert config(affinity=affinity).spec.affinity == affinity


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "StatefulSet"),
        ("replicas", 0),
        ("service", {"type": "ExternalName"}),
        ("autoscaling", {"minReplicas": 2}),
        ("tolerations", [{"effect": "Never"}]),
        ("topologySpreadConstraints", [{"maxSkew": 1}]),
        ("resources", {"requests": {"cpu": ""}}),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(api.InvalidResource, match=rf"spec\.{field}"):
        config(**{field: value})
