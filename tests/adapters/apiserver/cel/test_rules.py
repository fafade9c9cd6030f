"""Rules in schemas, and documents held against them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.apiserver.cel.rules import Broken, broken_by, read_rules

BAD = "FieldValueInvalid"


def told(schema: Any, now: Any, before: Any = None) -> list[str]:
    broken: list[Broken] = []
    node = read_rules(schema, broken)
    assert not broken
    assert node is not None
    causes = broken_by(node, now, before, changed=before is not None)
    return [f"{each.field}: {each.message} ({each.reason})" for each in causes]


def ruled(*rules: str, **more: Any) -> dict[str, Any]:
    return {"type": "object", "x-kubernetes-validations": [{"rule": r, **more} for r in rules]}


def test_rules_hold_where_they_stand() -> None:
    item = {"type": "integer", "x-kubernetes-validations": [{"rule": "self > 0"}]}
    schema = {
        "properties": {
            "list": {"type": "array", "items": item},
            "map": {"type": "object", "additionalProperties": item},
            "deep": {"type": "object", "properties": {"a": {"properties": {"b": item}}}},
        }
    }
    found = told(schema, {"list": [1, 0], "map": {"x": -1, "y": 1}, "deep": {"a": {"b": 0}}})
    wrong = f'Invalid value: "integer": failed rule: self > 0 ({BAD})'
    assert found == [f"list[1]: {wrong}", f"map.x: {wrong}", f"deep.a.b: {wrong}"]
    assert told(schema, {"list": [], "deep": {}}) == []


def test_the_message_is_the_authors() -> None:
    assert told(ruled("false", message="no"), {}) == [f': Invalid value: "object": no ({BAD})']
    schema = ruled("false", message="no", messageExpression="'size is ' + string(self.size)")
    assert told(schema, {"size": 3}) == [f': Invalid value: "object": size is 3 ({BAD})']
    assert told(schema, {}) == [f': Invalid value: "object": no ({BAD})']


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [
        ("FieldValueRequired", "spec.a: Required value: no (FieldValueRequired)"),
        ("FieldValueForbidden", "spec.a: Forbidden: no (FieldValueForbidden)"),
        ("FieldValueDuplicate", 'spec.a: Duplicate value: "object": no (FieldValueDuplicate)'),
    ],
)
def test_reasons_and_places_are_the_authors(reason: str, wanted: str) -> None:
    schema = {"properties": {"spec": ruled("false", message="no", reason=reason, fieldPath=".a")}}
    assert told(schema, {"spec": {}}) == [wanted]


def test_what_fails_is_broken_and_says_how() -> None:
    (found,) = told(ruled("self.a.b == 1", message="b is one"), {})
    assert found == (
        f': Invalid value: "object": Key not found in map : "a" evaluating rule: b is one ({BAD})'
    )


FROZEN = {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf"}]}


def test_rules_of_change_hold_for_updates_of_what_was_there() -> None:
    schema = {"properties": {"a": FROZEN}}
    assert told(schema, {"a": "x"}) == []
    assert told(schema, {"a": "x"}, {"b": 1}) == []
    assert told(schema, {"a": "x"}, {"a": "x"}) == []
    assert len(told(schema, {"a": "x"}, {"a": "y"})) == 1


def test_items_of_keyed_lists_have_counterparts() -> None:
    item = {"type": "object", "properties": {"name": {}, "v": FROZEN}}
    keyed = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}
    schema = {"type": "array", "items": item, **keyed}
    before = [{"name": "a", "v": "1"}, {"name": "b", "v": "2"}]
    assert told(schema, [{"name": "b", "v": "2"}, {"name": "c", "v": "9"}], before) == []
    (found,) = told(schema, [{"name": "b", "v": "3"}], before)
    assert found.startswith("[0].v: ")


def test_items_of_atomic_lists_have_none() -> None:
    assert told({"type": "array", "items": FROZEN}, ["a"], ["b"]) == []


def test_rules_of_change_may_ask_for_new_objects_too() -> None:
    schema = ruled("oldSelf.hasValue() || self.a == 1", optionalOldSelf=True)
    assert len(told(schema, {"a": 2})) == 1
    assert told(schema, {"a": 2}, {"a": 3}) == []


def test_what_cannot_be_carried_out_is_named_and_the_rest_holds() -> None:
    schema = {"properties": {"list": {"items": ruled("nope(self)", "self.a == 1")}}}
    broken: list[Broken] = []
    node = read_rules(schema, broken)
    assert [(each.place, each.rule) for each in broken] == [("list[*]", "nope(self)")]
    assert node is not None
    assert len(list(broken_by(node, {"list": [{"a": 2}]}, None, changed=False))) == 1


def test_a_schema_without_rules_costs_nothing() -> None:
    assert read_rules({"properties": {"a": {"items": {"type": "string"}}}}, []) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda below: st.lists(below) | st.dictionaries(st.text() | st.sampled_from("ab"), below),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_any_value_gets_an_answer(now: Any, before: Any) -> None:
    """A rule may fail, the server may not."""
    rule = {"x-kubernetes-validations": [{"rule": "self.a.b > oldSelf.a.b"}, {"rule": "self.a"}]}
    told({**rule, "properties": {"a": {**rule, "items": rule}}, "items": rule}, now, before)
