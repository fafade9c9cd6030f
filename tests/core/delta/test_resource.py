"""The set of resources, and that its readers hear of changes only."""

import gc

import pytest

from portway.core.delta import CDS, EDS, Removed, Resource, ResourceSet


def resource(name: str, version: str = "1") -> Resource:
    return Resource(CDS, name, version, b"")


def test_apply_and_read() -> None:
    resources = ResourceSet()
    resources.apply([resource("b"), resource("a"), resource("gone")])
    resources.apply([Removed(CDS, "gone"), Removed(EDS, "never there")])
    assert resources.names(CDS) == ("a", "b")
    assert resources.names(EDS) == ()
    assert resources.get(CDS, "a") == resource("a")
    assert resources.get(CDS, "gone") is None
    assert resources.get(EDS, "a") is None
    assert len(resources) == 2
    assert resource("a").key == (CDS, "a")


def test_a_journal_hears_of_changes_once_and_only_of_changes() -> None:
    resources = ResourceSet()
    resources.apply([resource("old")])
    journal = resources.journal()
    resources.apply([resource("old"), Removed(CDS, "never there")])
    assert resources.revision == 1
    assert list(journal.take()) == []
    resources.apply([resource("old", "2"), resource("new")])
    resources.apply([resource("old", "3")])
    assert list(journal.take()) == [(CDS, "old"), (CDS, "new")]
    assert list(journal.take()) == []


def test_every_journal_hears() -> None:
    resources = ResourceSet()
    first, second = resources.journal(), resources.journal()
    resources.apply([resource("a")])
    assert list(first.take()) == list(second.take()) == [(CDS, "a")]


def test_a_journal_nobody_holds_is_forgotten() -> None:
    resources = ResourceSet()
    journal = resources.journal()
    assert len(resources._journals) == 1
    del journal
    gc.collect()
    assert len(resources._journals) == 0


def test_resources_are_frozen() -> None:
    with pytest.raises(AttributeError):
        resource("a").name = "b"  # type: ignore[misc]
