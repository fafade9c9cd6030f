"""Objects, lists and events as bytes."""

from typing import Any

import msgspec

from portway.adapters.apiserver.http.frames import INITIAL_EVENTS_END, Frames, failure
from portway.adapters.apiserver.http.query import Form
from portway.adapters.apiserver.store.reader import Listed
from portway.adapters.apiserver.store.stored import Stored
from portway.adapters.apiserver.store.watchlog import Change
from tests.adapters.apiserver.support import NOW, kind, options, route, store

STORE = store()
ROUTES = kind(STORE, "httproutes")
STORED = STORE.create(ROUTES, "default", route(), options(ROUTES))


def frames(as_: str = "", version: str = "v1beta1") -> Frames:
    return Frames(ROUTES, version, Form(as_), "", lambda: NOW)


def decoded(body: bytes) -> Any:
    return msgspec.json.decode(body)


def test_an_object_in_the_version_that_was_asked_for() -> None:
    document = decoded(frames().one(STORED))
    assert document == {**STORED.document, "apiVersion": "gateway.networking.k8s.io/v1beta1"}


def test_lists() -> None:
    listed = Listed([STORED, STORED], 7, "token", 3)
    document = decoded(frames().listing(listed))
    assert document["kind"] == "HTTPRouteList"
    assert document["metadata"] == {
        "resourceVersion": "7",
        "continue": "token",
        "remainingItemCount": 3,
    }
    assert [each["metadata"]["name"] for each in document["items"]] == ["app", "app"]
    assert decoded(frames().listing(Listed([], 7)))["items"] == []


def test_tables_and_metadata_alone() -> None:
    found = decoded(frames("Table").listing(Listed([STORED], 7)))
    assert (found["kind"], found["metadata"]) == ("Table", {"resourceVersion": "7"})
    assert found["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    partial = decoded(frames("PartialObjectMetadataList").listing(Listed([STORED], 7)))
    assert partial["kind"] == "PartialObjectMetadataList"
    assert set(partial["items"][0]) == {"kind", "apiVersion", "metadata"}
    assert "spec" not in decoded(frames("PartialObjectMetadata").one(STORED))


def test_events_of_one_change_are_encoded_once() -> None:
    change = Change(5, STORED, None, STORED)
    first, second = frames().event("ADDED", change), frames().event("ADDED", change)
    assert first is second
    assert frames(version="v1").event("ADDED", change) != first
    assert decoded(first)["type"] == "ADDED"


def test_a_watched_table_has_its_columns_once() -> None:
    made = frames("Table")
    change = Change(5, STORED, None, STORED)
    first = decoded(made.event("ADDED", change))["object"]
    second = decoded(made.event("MODIFIED", change))["object"]
    assert "columnDefinitions" in first
    assert "columnDefinitions" not in second


def test_bookmarks() -> None:
    found = decoded(frames().bookmark(9, end_of_initial=True))
    assert found["type"] == "BOOKMARK"
    metadata = found["object"]["metadata"]
    assert metadata["resourceVersion"] == "9"
    assert metadata["annotations"] == {INITIAL_EVENTS_END: "true"}
    for as_ in ("Table", "PartialObjectMetadata"):
        assert decoded(frames(as_).bookmark(9))["object"]["metadata"]["resourceVersion"] == "9"


def test_a_failure_ends_a_watch() -> None:
    assert decoded(failure({"code": 410})) == {"type": "ERROR", "object": {"code": 410}}
    assert Stored(STORED.document, 1).body == STORED.body
