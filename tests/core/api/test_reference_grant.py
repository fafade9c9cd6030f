"""A ReferenceGrant: who may refer to what; no name is every object of the kind."""

from typing import Any

import pytest

from portway.core import api
from tests.core.api.decoding import decoded, fault

FROM = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "shop"}
TO = {"group": "", "kind": "Service"}


def test_from_and_to() -> None:
    spec = decoded(api.ReferenceGrant, spec={"from": [FROM], "to": [TO]}).spec
    assert [(each.kind, each.namespace) for each in spec.from_] == [("HTTPRoute", "shop")]
    assert [(each.kind, each.name) for each in spec.to] == [("Service", "")]


@pytest.mark.parametrize("version", ["v1beta1", "v1alpha2"])
def test_all_versions_have_one_shape(version: str) -> None:
    spec = {"from": [FROM], "to": [TO]}
    older = decoded(api.ReferenceGrant, f"gateway.networking.k8s.io/{version}", spec=spec)
    assert older == decoded(api.ReferenceGrant, spec=spec)


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"from": [], "to": [TO]}, "spec.from"),
        ({"from": [FROM], "to": [TO] * 17}, "spec.to"),
        ({"from": [{**FROM, "namespace": ""}], "to": [TO]}, "spec.from[0].namespace"),
        ({"from": [{"group": "", "kind": "X"}], "to": [TO]}, "spec.from[0].namespace"),
    ],
)
def test_what_is_no_grant(spec: dict[str, Any], path: str) -> None:
    assert fault(api.ReferenceGrant, spec=spec)[1] == path
