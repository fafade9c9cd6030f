"""The metadata that only the server writes."""

from typing import Any

import pytest

from portway.adapters.apiserver.problem import Refused
from portway.adapters.apiserver.store import metadata
from portway.adapters.apiserver.store.stored import Stored
from tests.adapters.apiserver.support import kind, refused, store

CONF = kind(store(), "configmaps")
SPACES = kind(store(), "namespaces")
OLD = Stored(
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "a",
            "namespace": "n",
            "uid": "u",
            "resourceVersion": "5",
            "creationTimestamp": "t",
        },
    },
    5,
)


def create(**given: Any) -> dict[str, Any]:
    return metadata.for_create(CONF, "n", given, "now")


def test_a_new_object_gets_what_the_server_gives() -> None:
    made = create(name="a", uid="mine", creationTimestamp="never", generation=9, labels={"x": "y"})
    assert made["uid"] != "mine"
    assert made["creationTimestamp"] == "now"
    assert "generation" not in made
    assert made["labels"] == {"x": "y"}
    assert made["namespace"] == "n"


def test_names_are_generated() -> None:
    first, second = create(generateName="a-"), create(generateName="a-")
    assert first["name"] != second["name"]
    assert first["name"].startswith("a-")
    assert len(create(generateName="a" * 80)["name"]) == 63


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, 422),
        ({"name": "Not A Name"}, 422),
        ({"name": "a" * 254}, 422),
        ({"name": "../a"}, 422),
        ({"name": "a", "namespace": "other"}, 400),
        ({"name": "a", "resourceVersion": "1"}, 400),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], code: int) -> None:
    assert refused(create, **given).code == code


def test_without_metadata_there_is_no_object() -> None:
    with pytest.raises(Refused):
        metadata.for_create(CONF, "n", None, "now")


def update(**given: Any) -> dict[str, Any]:
    return metadata.for_update(CONF, OLD, given)


def test_an_update_keeps_what_is_the_servers() -> None:
    made = update(name="a", creationTimestamp="later", labels={"x": "y"})
    assert (made["uid"], made["creationTimestamp"], made["labels"]) == ("u", "t", {"x": "y"})


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": "b"}, 400),
        ({"name": "a", "resourceVersion": "4"}, 409),
        ({"name": "a", "uid": "other"}, 409),
        ({"name": "a", "namespace": "m"}, 400),
    ],
)
def test_an_update_of_something_else_is_refused(given: dict[str, Any], code: int) -> None:
    assert refused(update, **given).code == code


def test_finalizers_may_only_go_while_an_object_is_deleted() -> None:
    meta = {**OLD.document["metadata"], "deletionTimestamp": "t", "finalizers": ["a/b"]}
    old = Stored({**OLD.document, "metadata": meta}, 6)
    assert metadata.for_update(CONF, old, {"finalizers": []})["finalizers"] == []
    found = refused(metadata.for_update, CONF, old, {"finalizers": ["a/b", "c/d"]})
    assert found.code == 422


def test_the_type_comes_first() -> None:
    document = {"data": {}, "kind": "x", "metadata": {}, "apiVersion": "y"}
    ordered = metadata.ordered(document, CONF, "v1", {"name": "a"})
    assert list(ordered) == ["apiVersion", "kind", "metadata", "data"]
    assert ordered["kind"] == "ConfigMap"


def test_a_terminating_namespace_says_so() -> None:
    found = metadata.terminating(CONF, "a", "n")
    assert isinstance(found, Refused)
    assert found.details["causes"][0]["reason"] == "NamespaceTerminating"
    assert metadata.for_create(SPACES, "", {"name": "a"}, "now")["name"] == "a"
