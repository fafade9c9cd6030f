"""Resources back into documents."""

import json
from typing import Any

from portway.core import api


def test_a_round_trip_gives_the_same_value(sample: dict[str, Any]) -> None:
    resource = api.decode(sample)
    document = api.to_document(resource)
    assert json.loads(json.dumps(document)) == document
    assert api.decode(document) == resource


def test_defaults_are_left_out() -> None:
    route = api.HTTPRoute(
        metadata=api.ObjectMeta(name="x", namespace="default"),
        spec=api.HTTPRouteSpec(parent_refs=(api.ParentReference(name="edge"),)),
    )
    assert api.to_document(route) == {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "x", "namespace": "default"},
        "spec": {"parentRefs": [{"name": "edge"}]},
    }


def test_an_empty_list_that_is_not_the_default_is_kept() -> None:
    spec = api.HTTPRouteSpec(rules=(api.HTTPRouteRule(matches=()),))
    route = api.HTTPRoute(metadata=api.ObjectMeta(name="x"), spec=spec)
    assert api.to_document(route)["spec"] == {"rules": [{"matches": []}]}
