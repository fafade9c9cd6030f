"""Metadata and the base of every kind."""

from typing import Any

import pytest

from portway.core import api


def test_a_resource_says_who_it_is(samples: dict[str, Any]) -> None:
    gateway = api.decode(samples["Gateway"])
    assert (gateway.kind, gateway.namespace, gateway.name) == ("Gateway", "infra", "edge")
    assert gateway.group_kind == api.GroupKind("gateway.networking.k8s.io", "Gateway")
    assert api.decode(samples["Service"]).group_kind == api.GroupKind("", "Service")
    assert gateway.metadata.creation_timestamp == "2026-01-02T03:04:05Z"
    assert gateway.metadata.generation == 3


@pytest.mark.parametrize(
    ("metadata", "path", "rule"),
    [
        ({}, "metadata.name", "required"),
        ({"name": "a_b"}, "metadata.name", "dns-1123-subdomain"),
        ({"name": "a" * 254}, "metadata.name", "max-length"),
        ({"name": "a", "namespace": "a.b"}, "metadata.namespace", "dns-1123-label"),
        ({"name": "a", "labels": {"-a": "x"}}, "metadata.labels[-a]", "label-key"),
        ({"name": "a", "labels": {"A.com/a": "x"}}, "metadata.labels[A.com/a]", "label-key"),
        ({"name": "a", "labels": {"a": "x y"}}, "metadata.labels[a]", "label-value"),
        ({"name": "a", "labels": {"a": "x" * 64}}, "metadata.labels[a]", "max-length"),
        ({"name": "a", "annotations": {"/a": "x"}}, "metadata.annotations[/a]", "annotation-key"),
        ({"name": "a", "annotations": {"a": 1}}, "metadata.annotations[a]", "type"),
    ],
)
def test_metadata_rules(metadata: dict[str, Any], path: str, rule: str) -> None:
    with pytest.raises(api.InvalidResource) as raised:
        api.decode({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    assert [(each.path, each.rule) for each in raised.value.errors] == [(path, rule)]


def test_a_label_prefix_may_have_253_characters_and_no_more() -> None:
    def decode(prefix_length: int) -> api.Resource:
        labels = {"a" * prefix_length + "/b": "x"}
        metadata = {"name": "a", "labels": labels}
        return api.decode({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})

    assert decode(253).metadata.labels
    with pytest.raises(api.InvalidResource, match="label-key"):
        decode(254)
