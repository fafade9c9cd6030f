"""Schemas out of the core's types."""

from portway.adapters.apiserver.kinds.typed import schema_of
from portway.core import api


def test_defaults_are_those_of_the_definitions() -> None:
    rule = schema_of(api.HTTPRoute)["properties"]["spec"]["properties"]["rules"]["items"]
    backend = rule["properties"]["backendRefs"]["items"]["properties"]
    assert backend["weight"]["default"] == 1
    assert backend["kind"]["default"] == "Service"
    # The core group is a default with a value of its own: "".
    assert backend["group"]["default"] == ""
    assert "default" not in backend["namespace"]


def test_a_default_that_definitions_do_not_have_stays_out() -> None:
    spec = schema_of(api.Gateway)["properties"]["spec"]["properties"]
    assert "default" not in spec["allowedListeners"]
    assert spec["listeners"]["x-kubernetes-list-map-keys"] == ["name"]


def test_required_fields_and_bounds() -> None:
    spec = schema_of(api.Gateway)["properties"]["spec"]
    assert set(spec["required"]) == {"gatewayClassName", "listeners"}
    assert spec["properties"]["listeners"]["maxItems"] == 64


def test_metadata_and_status_are_left_to_others() -> None:
    properties = schema_of(api.HTTPRoute)["properties"]
    assert "metadata" not in properties
    assert "status" not in properties


def test_fields_that_nothing_reads_are_kept() -> None:
    spec = schema_of(api.Service)["properties"]["spec"]["properties"]
    assert spec["sessionAffinity"] == {"x-kubernetes-preserve-unknown-fields": True}
    assert spec["ports"]["x-kubernetes-patch-merge-key"] == "port"


def test_enumerations_of_numbers_are_numbers() -> None:
    rule = schema_of(api.HTTPRoute)["properties"]["spec"]["properties"]["rules"]["items"]
    redirect = rule["properties"]["filters"]["items"]["properties"]["requestRedirect"]
    assert redirect["properties"]["statusCode"]["type"] == "integer"


def test_every_type_has_a_schema_that_old_clients_can_read() -> None:
    for info in api.KINDS.values():
        for schema in _all(schema_of(info.type)):
            assert schema.get("type") != "array" or "items" in schema


def _all(schema: object) -> list[dict[str, object]]:
    if isinstance(schema, list):
        return [found for each in schema for found in _all(each)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(found for each in schema.values() for found in _all(each))]
