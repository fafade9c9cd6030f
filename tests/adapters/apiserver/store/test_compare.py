"""Which fields there are and which differ."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.apiserver.store.compare import compare, fields_of, whole

SET = {"x-kubernetes-list-type": "set"}
LISTENERS = {
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    "items": {"properties": {"name": {}, "port": {}}},
}
SCHEMA = {
    "properties": {"spec": {"properties": {"listeners": LISTENERS, "tags": SET, "rules": {}}}}
}
VALUES = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.one_of(st.integers(0, 2), st.dictionaries(st.sampled_from(["x", "y"]), st.integers(0, 2))),
)


def test_an_applier_owns_what_it_says() -> None:
    applied = {"spec": {"listeners": [{"name": "a", "port": 1}], "tags": ["t"], "rules": [{}]}}
    assert fields_of(applied, SCHEMA) == {
        "f:spec": {
            "f:listeners": {'k:{"name":"a"}': {".": {}, "f:name": {}, "f:port": {}}},
            "f:tags": {'v:"t"': {}},
            "f:rules": {},
        }
    }


def test_a_change_inside_an_item_is_its_field() -> None:
    old = {"spec": {"listeners": [{"name": "a", "port": 1}, {"name": "b", "port": 2}]}}
    new = {"spec": {"listeners": [{"name": "b", "port": 3}]}}
    changed, removed = compare(old, new, SCHEMA)
    assert changed == {"f:spec": {"f:listeners": {'k:{"name":"b"}': {"f:port": {}}}}}
    assert removed == {
        "f:spec": {"f:listeners": {'k:{"name":"a"}': {".": {}, "f:name": {}, "f:port": {}}}}
    }


def test_an_atomic_list_changes_as_a_whole() -> None:
    changed, removed = compare({"spec": {"rules": [1]}}, {"spec": {"rules": [1, 2]}}, SCHEMA)
    assert (changed, removed) == ({"f:spec": {"f:rules": {}}}, {})


def test_what_appears_is_told_with_everything_in_it() -> None:
    assert whole({"a": {"b": 1}}, {}) == {".": {}, "f:a": {".": {}, "f:b": {}}}
    changed, _ = compare({}, {"a": {"b": 1}}, {})
    assert changed == {"f:a": {".": {}, "f:b": {}}}


@given(VALUES, VALUES)
def test_differences_are_there_exactly_if_the_values_differ(a: Any, b: Any) -> None:
    changed, removed = compare(a, b, {})
    assert (a == b) is (not changed and not removed)
    back_changed, back_removed = compare(b, a, {})
    assert bool(changed or removed) is bool(back_changed or back_removed)
