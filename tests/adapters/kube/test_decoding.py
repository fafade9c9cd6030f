"""Objects as API servers send them, into values."""

import json
from typing import Any

import msgspec
import pytest

from portway.adapters.kube.decoding import resource_of
from portway.adapters.kube.discovery import Served
from portway.core import api

ROUTES = Served("HTTPRoute", "gateway.networking.k8s.io/v1beta1", "/x")


def raw(spec: Any, **metadata: Any) -> msgspec.Raw:
    named = {"name": "app", "namespace": "shop", "resourceVersion": "9", **metadata}
    return msgspec.Raw(json.dumps({"metadata": named, "spec": spec, "status": {}}).encode())


def test_an_item_of_a_list_does_not_say_its_kind() -> None:
    found = resource_of(
        raw(
            {"hostnames": ["a.example.com"]},
            managedFields=[{"manager": "m", "fieldsV1": {"f:spec": {}}}],
            annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}", "mine": "x"},
        ),
        ROUTES,
    )
    assert isinstance(found, api.HTTPRoute)
    assert found.spec.hostnames == ("a.example.com",)
    assert found.metadata.annotations == {"mine": "x"}


def test_a_status_that_is_written_makes_no_other_object() -> None:
    spec = {"hostnames": ["a.example.com"]}
    assert resource_of(raw(spec, resourceVersion="9"), ROUTES) == resource_of(
        raw(spec, resourceVersion="10"), ROUTES
    )
    assert resource_of(raw(spec, generation=1), ROUTES) != resource_of(
        raw(spec, generation=2), ROUTES
    )


def test_what_breaks_a_rule_is_no_value() -> None:
    with pytest.raises(api.InvalidResource, match="HTTPRoute shop/app"):
        resource_of(raw({"hostnames": ["NOT A HOST"]}), ROUTES)
