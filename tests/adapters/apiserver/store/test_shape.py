"""Pruning and defaulting."""

from typing import Any

from portway.adapters.apiserver.store.shape import pruned, shaped

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "kept": {"type": "string"},
        "maybe": {"type": "string", "nullable": True},
        "defaulted": {
            "type": "object",
            "default": {},
            "properties": {"inside": {"type": "integer", "default": 3}},
        },
        "items": {"type": "array", "items": {"type": "object", "properties": {"a": {}}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "map": {
            "type": "object",
            "additionalProperties": {"type": "object", "properties": {"b": {}}},
        },
    },
}


def test_unknown_fields_go_and_are_told() -> None:
    unknown: list[str] = []
    value = {"kept": "x", "no": 1, "items": [{"a": 1, "b": 2}], "map": {"k": {"c": 1}}}
    out = shaped(value, SCHEMA, unknown)
    assert unknown == ["no", "items[0].b", "map.k.c"]
    assert out["items"] == [{"a": 1}]
    assert out["map"] == {"k": {}}


def test_defaults_come_with_what_is_inside_them() -> None:
    assert shaped({}, SCHEMA, []) == {"defaulted": {"inside": 3}}
    assert shaped({"defaulted": {}}, SCHEMA, []) == {"defaulted": {"inside": 3}}


def test_an_applier_sends_no_defaults() -> None:
    unknown: list[str] = []
    value = {"no": 1, "items": [{"b": 1}], "defaulted": {}}
    assert pruned(value, SCHEMA, unknown) == {"items": [{}], "defaulted": {}}
    assert unknown == ["no", "items[0].b"]


def test_null_is_absent_unless_it_may_be_null() -> None:
    out = shaped({"kept": None, "maybe": None, "defaulted": None}, SCHEMA, [])
    assert out == {"maybe": None, "defaulted": {"inside": 3}}


def test_free_fields_stay_and_wrong_types_pass() -> None:
    value = {"free": {"x": {"y": 1}}, "kept": 5, "items": "text"}
    assert shaped(value, SCHEMA, []) == {**value, "defaulted": {"inside": 3}}


def test_nothing_changes_in_place() -> None:
    value = {"items": [{"a": 1, "b": 2}]}
    shaped(value, SCHEMA, [])
    assert value == {"items": [{"a": 1, "b": 2}]}


def test_a_free_object_with_known_fields_defaults_them() -> None:
    schema = {
        "x-kubernetes-preserve-unknown-fields": True,
        "properties": {"a": {"default": 1}, "b": {"properties": {"c": {}}}},
    }
    unknown: list[str] = []
    assert shaped({"x": 1, "b": {"d": 1}}, schema, unknown) == {"x": 1, "b": {}, "a": 1}
    assert unknown == ["b.d"]
