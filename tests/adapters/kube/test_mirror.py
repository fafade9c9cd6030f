"""Changes out of listings and events, in whatever order those come."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.kube.mirror import Mirror
from portway.adapters.kube.protocol import Place


def obj(name: str, revision: int) -> msgspec.Raw:
    metadata = {"name": name, "resourceVersion": str(revision)}
    return msgspec.Raw(json.dumps({"metadata": metadata}).encode())


def names(changes: list[object]) -> list[tuple[str, bool]]:
    return [(each.place.name, each.object is not None) for each in changes]  # type: ignore[attr-defined]


def test_a_listing_tells_what_differs_and_deletions_last() -> None:
    mirror = Mirror()
    assert names([*mirror.replace([obj("a", 1), obj("b", 2)])]) == [("a", True), ("b", True)]
    assert names([*mirror.replace([obj("b", 2), obj("c", 3)])]) == [("c", True), ("a", False)]
    assert len(mirror) == 2


def test_what_was_expected_and_is_not_there_is_deleted() -> None:
    mirror = Mirror()
    mirror.expect([Place("", "a"), Place("", "b")])
    assert names([*mirror.replace([obj("b", 2)])]) == [("b", True), ("a", False)]


def test_what_comes_twice_or_late_counts_once() -> None:
    mirror = Mirror()
    mirror.replace([obj("a", 5)])
    assert mirror.put(obj("a", 5)) == []
    assert mirror.put(obj("a", 4)) == []
    assert names([*mirror.put(obj("a", 6))]) == [("a", True)]
    assert mirror.remove(obj("a", 5)) == []
    assert names([*mirror.remove(obj("a", 7))]) == [("a", False)]
    assert mirror.remove(obj("a", 7)) == []
    assert mirror.put(obj("a", 6)) == []
    assert names([*mirror.put(obj("a", 8))]) == [("a", True)]


def test_a_deletion_with_the_last_revision_of_the_object() -> None:
    mirror = Mirror()
    mirror.replace([obj("a", 5)])
    assert names([*mirror.remove(obj("a", 5))]) == [("a", False)]


def test_a_deletion_of_what_was_never_seen_is_remembered() -> None:
    mirror = Mirror()
    assert mirror.remove(obj("a", 7)) == []
    assert mirror.put(obj("a", 6)) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=20), st.randoms())
def test_any_order_of_events_ends_alike(history: list[tuple[str, bool]], chance: object) -> None:
    events = [(name, gone, revision) for revision, (name, gone) in enumerate(history, start=1)]
    there = {name: revision for name, gone, revision in events if not gone}
    for name, gone, revision in events:
        if gone and there.get(name, 0) < revision:
            there.pop(name, None)
    shuffled = [*events, *events]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    mirror = Mirror()
    state: set[str] = set()
    for name, gone, revision in shuffled:
        found = (mirror.remove if gone else mirror.put)(obj(name, revision))
        for each in found:
            (state.discard if each.object is None else state.add)(each.place.name)
    assert state == set(there)
