"""How a schema takes values apart."""

from portway.adapters.apiserver.store.structure import atomic, keyed, named, of_field

PORTS = {
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["protocol", "port"],
    "items": {"properties": {"protocol": {"default": "TCP"}, "port": {}}},
}


def test_items_are_told_apart_by_their_keys_with_defaults() -> None:
    found = keyed([{"port": 80}, {"port": 80, "protocol": "UDP"}], PORTS)
    assert found is not None
    assert list(found) == ['k:{"port":80,"protocol":"TCP"}', 'k:{"port":80,"protocol":"UDP"}']


def test_a_list_with_doubles_or_without_a_type_is_one_piece() -> None:
    assert keyed([{"port": 80}, {"port": 80}], PORTS) is None
    assert keyed([1], {}) is None
    assert atomic([1], {})
    assert not atomic([1], {"x-kubernetes-list-type": "set"})


def test_maps_are_taken_apart_unless_told_otherwise() -> None:
    assert not atomic({"a": 1}, {})
    assert atomic({"a": 1}, {"x-kubernetes-map-type": "atomic"})
    assert atomic("text", {})


def test_fields_and_keys() -> None:
    schema = {"properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "integer"}}
    assert of_field(schema, "a") == {"type": "string"}
    assert of_field(schema, "other") == {"type": "integer"}
    assert named(schema, "a")
    assert not named(schema, "other")
    assert of_field({"additionalProperties": True}, "a") == {}
