"""What a reference means when it names nothing but a name."""

import pytest

from portway.core import api


@pytest.mark.parametrize(
    ("reference", "group", "kind"),
    [
        (api.ParentReference(name="x"), "gateway.networking.k8s.io", "Gateway"),
        (api.ParentGatewayReference(name="x"), "gateway.networking.k8s.io", "Gateway"),
        (api.BackendObjectReference(name="x"), "", "Service"),
        (api.BackendRef(name="x"), "", "Service"),
        (api.SecretObjectReference(name="x"), "", "Secret"),
    ],
)
def test_the_defaults_of_group_kind_and_namespace(
    reference: api.ParentReference, group: str, kind: str
) -> None:
    assert (reference.group, reference.kind, reference.namespace) == (group, kind, "")


def test_a_share_of_one_is_the_default_and_none_at_all_may_be_said() -> None:
    assert api.BackendRef(name="x").weight == 1
    assert api.BackendRef(name="x", weight=0) != api.BackendRef(name="x")


def test_references_without_defaults_must_say_all() -> None:
    for kind in (api.LocalObjectReference, api.ObjectReference, api.ParametersReference):
        with pytest.raises(TypeError, match="group"):
            kind(name="x")  # type: ignore[call-arg]
