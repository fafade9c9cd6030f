"""Strategic merge patches."""

from typing import Any

import pytest

from portway.adapters.apiserver.problem import Refused
from portway.adapters.apiserver.store.strategic import strategic_patch

PORTS = {
    "x-kubernetes-patch-strategy": "merge",
    "x-kubernetes-patch-merge-key": "port",
    "items": {"properties": {}},
}
SCHEMA = {
    "properties": {
        "ports": PORTS,
        "finalizers": {"x-kubernetes-patch-strategy": "merge"},
        "args": {},
    }
}
LIVE: dict[str, Any] = {"ports": [{"port": 80, "name": "http"}], "finalizers": ["a"], "args": [1]}


def test_items_merge_by_their_key() -> None:
    patch = {"ports": [{"port": 80, "name": "web"}, {"port": 443}]}
    assert strategic_patch(LIVE, patch, SCHEMA)["ports"] == [
        {"port": 80, "name": "web"},
        {"port": 443},
    ]


def test_items_are_deleted_and_lists_replaced_by_directive() -> None:
    gone = strategic_patch(LIVE, {"ports": [{"port": 80, "$patch": "delete"}]}, SCHEMA)
    assert gone["ports"] == []
    new = strategic_patch(LIVE, {"ports": [{"$patch": "replace"}, {"port": 1}]}, SCHEMA)
    assert new["ports"] == [{"port": 1}]


def test_primitives_are_added_and_deleted() -> None:
    assert strategic_patch(LIVE, {"finalizers": ["b"]}, SCHEMA)["finalizers"] == ["a", "b"]
    patch = {"$deleteFromPrimitiveList/finalizers": ["a"]}
    assert strategic_patch(LIVE, patch, SCHEMA)["finalizers"] == []


def test_the_order_can_be_set() -> None:
    patch = {"ports": [{"port": 443}], "$setElementOrder/ports": [{"port": 443}, {"port": 80}]}
    ports = strategic_patch(LIVE, patch, SCHEMA)["ports"]
    assert [each["port"] for each in ports] == [443, 80]


def test_other_lists_are_replaced_and_null_removes() -> None:
    assert strategic_patch(LIVE, {"args": [2]}, SCHEMA)["args"] == [2]
    assert "args" not in strategic_patch(LIVE, {"args": None}, SCHEMA)


def test_maps_are_replaced_emptied_or_cut_to_keys() -> None:
    live = {"m": {"a": 1, "b": 2}}
    assert strategic_patch(live, {"m": {"$patch": "replace", "c": 3}}, {}) == {"m": {"c": 3}}
    assert strategic_patch(live, {"m": {"$patch": "delete"}}, {}) == {"m": {}}
    cut = strategic_patch(live, {"m": {"$retainKeys": ["a"], "a": 5}}, {})
    assert cut == {"m": {"a": 5}}


@pytest.mark.parametrize(
    "patch",
    [
        [],
        {"$patch": "jump"},
        {"ports": [{"name": "no key"}]},
        {"$deleteFromPrimitiveList/args": 1},
        {"ports": ["text"]},
    ],
)
def test_what_makes_no_sense_is_refused(patch: Any) -> None:
    with pytest.raises(Refused) as found:
        strategic_patch(LIVE, patch, SCHEMA)
    assert found.value.code == 400


def test_nothing_changes_in_place() -> None:
    before = {"ports": [{"port": 80, "name": "http"}], "finalizers": ["a"], "args": [1]}
    strategic_patch(LIVE, {"ports": [{"port": 80, "name": "x"}], "args": [3]}, SCHEMA)
    assert before == LIVE
