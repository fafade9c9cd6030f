"""The names of a kind."""

from tests.adapters.apiserver.support import kind, store


def test_core_kinds_are_named_without_a_group() -> None:
    secrets = kind(store(), "secrets")
    assert (secrets.resource, secrets.key, secrets.api_version()) == ("secrets", "secrets.", "v1")


def test_a_kind_has_a_schema_for_each_version_and_a_preferred_one() -> None:
    routes = kind(store(), "httproutes")
    assert routes.api_version("v1beta1") == "gateway.networking.k8s.io/v1beta1"
    assert routes.schema("gateway.networking.k8s.io/v1beta1") is routes.schemas["v1beta1"]
    assert routes.schema("gateway.networking.k8s.io/v99") is routes.schemas["v1"]
    assert routes.list_kind() == "HTTPRouteList"
