"""Who owns which field."""

from typing import Any

import pytest

from portway.adapters.apiserver.problem import Refused
from portway.adapters.apiserver.store.managed import Manager, after_update, apply

A = Manager("a", "Apply", "v1")
B = Manager("b", "Apply", "v1")
U = Manager("u", "Update", "v1")


def document(entries: list[dict[str, Any]], **data: Any) -> dict[str, Any]:
    return {"metadata": {"name": "x", "managedFields": entries}, "data": data}


def owners(entries: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {
        entry["manager"]: sorted(entry["fieldsV1"].get("f:data", {}).keys() - {"."})
        for entry in entries
    }


def applied(live: dict[str, Any], who: Manager, force: bool = False, **data: Any) -> Any:
    wanted = {"metadata": {"name": "x"}, "data": data}
    merged, entries = apply(live, wanted, {}, who, "now", force=force)
    return document(entries, **merged.get("data", {}))


def entries_of(live: dict[str, Any]) -> dict[str, list[str]]:
    return owners(live["metadata"]["managedFields"])


def test_two_appliers_own_what_they_said() -> None:
    live = applied(applied({}, A, k=1), B, m=2)
    assert live["data"] == {"k": 1, "m": 2}
    assert entries_of(live) == {"a": ["f:k"], "b": ["f:m"]}


def test_the_same_value_is_shared() -> None:
    live = applied(applied({}, A, k=1), B, k=1)
    assert entries_of(live) == {"a": ["f:k"], "b": ["f:k"]}


def test_another_value_is_a_conflict_that_names_the_owner() -> None:
    live = applied({}, A, k=1)
    with pytest.raises(Refused) as found:
        applied(live, B, k=2)
    assert found.value.code == 409
    assert found.value.details["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "a"', "field": ".data.k"}
    ]


def test_force_takes_the_field() -> None:
    live = applied(applied({}, A, k=1, n=1), B, force=True, k=2)
    assert live["data"] == {"k": 2, "n": 1}
    assert entries_of(live) == {"a": ["f:n"], "b": ["f:k"]}


def test_what_is_no_longer_applied_goes_unless_another_owns_it() -> None:
    live = applied(applied({}, A, k=1, m=1), B, m=1)
    live = applied(live, A, n=1)
    assert live["data"] == {"m": 1, "n": 1}
    assert entries_of(live) == {"a": ["f:n"], "b": ["f:m"]}


def test_applying_the_same_again_changes_nothing() -> None:
    live = applied({}, A, k=1)
    merged, entries = apply(
        live, {"metadata": {"name": "x"}, "data": {"k": 1}}, {}, A, "later", force=False
    )
    assert entries == live["metadata"]["managedFields"]
    assert merged["data"] == live["data"]


def test_an_update_takes_what_it_changes() -> None:
    live = applied({}, A, k=1, m=1)
    entries = after_update(live, document([], k=2, m=1), {}, U, "now")
    assert owners(entries) == {"a": ["f:m"], "u": ["f:k"]}


def test_an_update_that_removes_a_field_takes_it_from_its_owner() -> None:
    live = applied({}, A, k=1, m=1)
    assert owners(after_update(live, document([], m=1), {}, U, "now")) == {"a": ["f:m"]}


def test_an_update_without_a_change_keeps_everything() -> None:
    live = applied({}, A, k=1)
    assert after_update(live, document([], k=1), {}, U, "x") == live["metadata"]["managedFields"]


def test_nobody_owns_what_the_server_writes() -> None:
    new = {"metadata": {"name": "x", "uid": "u", "resourceVersion": "1", "labels": {"a": "b"}}}
    (entry,) = after_update({}, new, {}, U, "now")
    assert entry["fieldsV1"] == {"f:metadata": {"f:labels": {".": {}, "f:a": {}}}}


def test_a_status_has_owners_of_its_own() -> None:
    status = U._replace(subresource="status")
    (entry,) = after_update({"metadata": {}}, {"metadata": {}, "status": {"a": 1}}, {}, status, "t")
    assert entry["subresource"] == "status"
