"""Selectors."""

import pytest

from portway.adapters.apiserver.problem import Refused
from portway.adapters.apiserver.store.selector import both, field_test, label_test

LABELS = {"metadata": {"name": "x", "labels": {"app": "web", "n": "5"}}}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("app=web", True),
        ("app==web,n=5", True),
        ("app=other", False),
        ("app!=web", False),
        ("no!=x", True),
        ("app in (web, other)", True),
        ("app notin (web)", False),
        ("no notin (web)", True),
        ("app", True),
        ("no", False),
        ("!no", True),
        ("n>4", True),
        ("n<5", False),
        ("app>1", False),
        ("app in (web,x),n", True),
    ],
)
def test_labels(text: str, wanted: bool) -> None:
    test = label_test(text)
    assert test is not None
    assert test(LABELS) is wanted


def test_an_object_without_labels_matches_what_wants_none() -> None:
    test = label_test("!app")
    assert test is not None
    assert test({"metadata": {"name": "x"}})


@pytest.mark.parametrize("text", ["=", "a in b", "a>b", "a~b", "a in (b"])
def test_what_is_no_label_selector_is_refused(text: str) -> None:
    with pytest.raises(Refused) as found:
        label_test(text)
    assert found.value.code == 400


def test_fields() -> None:
    document = {"metadata": {"name": "x", "namespace": "n"}, "spec": {"on": True}}
    for text, wanted in (
        ("metadata.name=x", True),
        ("metadata.name==x,metadata.namespace!=m", True),
        ("metadata.name!=x", False),
        ("spec.on=true", True),
        ("spec.no=", True),
    ):
        test = field_test(text, frozenset({"spec.on", "spec.no"}))
        assert test is not None
        assert test(document) is wanted, text


@pytest.mark.parametrize("text", ["spec.a=b", "name"])
def test_fields_that_cannot_be_selected_by_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        field_test(text, frozenset())


def test_nothing_selects_everything() -> None:
    assert label_test("") is None
    assert field_test("", frozenset()) is None
    assert both(None, None) is None
    one = label_test("app")
    assert both(one, None) is one
    joined = both(label_test("app"), label_test("no"))
    assert joined is not None
    assert not joined(LABELS)
