"""Statuses get times, and a time changes only when the condition's status does."""

from itertools import count
from typing import Any

import msgspec

from portway.app.statuses import KINDS, Statuses, with_foreign_of, with_times_of
from portway.core import model
from portway.core.schema import Schema
from portway.core.wiring import Core

KEY = model.ObjectKey("Gateway", "default", "web")


def condition(status: str, reason: str = "R", type_: str = "Accepted") -> dict[str, Any]:
    return {"type": type_, "status": status, "reason": reason, "message": ""}


def statuses() -> Statuses:
    ticks = count(1)
    return Statuses(lambda: f"t{next(ticks)}")


def take(found: Statuses, status: dict[str, Any]) -> int:
    return found.update({KEY: msgspec.json.encode(status)})


def time_of(found: Statuses, place: int = 0) -> str:
    status = found.get(KEY)
    assert status is not None
    return str(status["conditions"][place]["lastTransitionTime"])


def test_a_new_condition_gets_the_time_of_now() -> None:
    found = statuses()
    assert take(found, {"conditions": [condition("True")]}) == 1
    assert time_of(found) == "t1"


def test_a_new_reason_keeps_the_time_and_a_new_status_does_not() -> None:
    found = statuses()
    take(found, {"conditions": [condition("True")]})
    take(found, {"conditions": [condition("True", "Other")]})
    assert time_of(found) == "t1"
    take(found, {"conditions": [condition("False", "Other")]})
    assert time_of(found) == "t3"


def test_conditions_are_matched_by_type_whatever_their_order() -> None:
    found = statuses()
    take(found, {"conditions": [condition("True")]})
    both = [condition("True", type_="Programmed"), condition("True")]
    take(found, {"conditions": both})
    assert (time_of(found, 0), time_of(found, 1)) == ("t2", "t1")


def test_parents_are_matched_by_their_reference() -> None:
    found = statuses()

    def parent(name: str) -> dict[str, Any]:
        return {"parentRef": {"name": name}, "conditions": [condition("True")]}

    take(found, {"parents": [parent("a")]})
    take(found, {"parents": [parent("b"), parent("a")]})
    status = found.get(KEY)
    assert status is not None
    times = [p["conditions"][0]["lastTransitionTime"] for p in status["parents"]]
    assert times == ["t2", "t1"]


def test_an_equal_status_is_not_written_again() -> None:
    found = statuses()
    take(found, {"conditions": [condition("True")]})
    assert take(found, {"conditions": [condition("True")]}) == 0


def test_a_removed_object_has_no_status() -> None:
    found = statuses()
    take(found, {"conditions": [condition("True")]})
    assert found.update({KEY: None}) == 1
    assert found.get(KEY) is None
    assert found.update({KEY: None}) == 0


def test_times_do_not_move_when_conditions_come_and_go() -> None:
    found = statuses()
    listener = {"name": "http", "conditions": [condition("True")]}
    take(found, {"conditions": [condition("True")], "listeners": [listener]})
    other = {"name": "other", "conditions": [condition("True"), condition("False", type_="X")]}
    take(found, {"conditions": [condition("True")], "listeners": [other, listener]})
    status = found.get(KEY)
    assert status is not None
    times = [
        each["lastTransitionTime"]
        for conditions in (status, *status["listeners"])
        for each in conditions["conditions"]
    ]
    assert times == ["t1", "t2", "t2", "t1"]


def test_times_of_an_earlier_status_stay_where_the_status_is_equal() -> None:
    def status(ready: str, other: str, time: str) -> dict[str, Any]:
        conditions = [condition(ready, type_="Ready"), condition(other, type_="Other")]
        return {"conditions": [{**each, "lastTransitionTime": time} for each in conditions]}

    found = with_times_of(status("True", "False", "new"), status("True", "True", "old"))
    assert [each["lastTransitionTime"] for each in found["conditions"]] == ["old", "new"]
    assert with_times_of(status("True", "True", "new"), {}) == status("True", "True", "new")


def test_who_listens_is_told_what_changed() -> None:
    found = statuses()
    told: list[model.ObjectKey] = []
    found.changed = told.extend
    take(found, {"conditions": [condition("True")]})
    take(found, {"conditions": [condition("True")]})
    assert told == [KEY]
    found.update({KEY: None})
    assert told == [KEY, KEY]


def test_conditions_of_others_stay_on_the_object_and_on_its_listeners() -> None:
    theirs = {"type": "example.com/Audited", "status": "True", "reason": "Seen"}
    gone = {"type": "OverlappingTLSConfig", "status": "True", "reason": "Old"}
    ours = {"type": "Accepted", "status": "True", "reason": "Accepted"}
    before = {
        "conditions": [ours, theirs, gone],
        "listeners": [
            {"name": "a", "conditions": [theirs, gone]},
            {"name": "b", "conditions": [theirs]},
        ],
    }
    now = {
        "conditions": [ours],
        "listeners": [{"name": "a", "conditions": [ours]}, {"name": "c", "conditions": [ours]}],
    }
    assert with_foreign_of(now, before) == {
        "conditions": [ours, theirs],
        "listeners": [
            {"name": "a", "conditions": [ours, theirs]},
            {"name": "c", "conditions": [ours]},
        ],
    }
    assert with_foreign_of({"parents": []}, {"parents": []}) == {"parents": []}


def test_the_kinds_that_anything_is_said_of_are_those_of_the_core(schema: Schema) -> None:
    assert set(Core(schema).status_collections) == KINDS
