"""Parser events to values, one document at a time, without the rest of the reader."""

from typing import Any

import pytest
from yaml.events import DocumentEndEvent

from portway.adapters.folder.construct import Constructor, place
from portway.adapters.folder.problem import SyntaxFaultError
from portway.adapters.folder.yaml import events


def built(text: str) -> Any:
    constructor = Constructor()
    for event in events(text):
        constructor.take(event)
    return constructor.result


def fault(text: str) -> SyntaxFaultError:
    with pytest.raises(SyntaxFaultError) as caught:
        built(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{base: &b {a: 1}, x: {<<: *b, a: 2}}", {"a": 2}),
        ("{base: &b {a: 1}, x: {a: 2, <<: *b}}", {"a": 1}),
        ("{one: &o {a: 1}, two: &t {a: 2, b: 2}, x: {<<: [*o, *t]}}", {"a": 1, "b": 2}),
    ],
)
def test_merged_keys_as_kubectl_has_them(text: str, value: dict[str, int]) -> None:
    assert built(text)["x"] == value


def test_a_quoted_merge_sign_is_a_plain_key() -> None:
    assert built('{"<<": 1}') == {"<<": 1}


def test_an_alias_may_be_a_key() -> None:
    assert built("{a: &k name, b: {*k : 1}}") == {"a": "name", "b": {"name": 1}}


def test_an_alias_shares_its_anchor() -> None:
    found = built("{a: &l [1], b: *l}")
    assert found["a"] is found["b"]


@pytest.mark.parametrize(
    ("text", "words", "at"),
    [
        ("a: 1\na: 2\n", "the key 'a' is given twice", (2, 1)),
        ("a: 1\nb:\n  ? [x]\n  : 1\n", "a mapping key is a mapping or a list", (3, 5)),
        ("a: *b\n", "alias *b has no complete anchor &b before it", (1, 4)),
        ("a: {<<: 1}\n", "<< needs a mapping, or a list of mappings", (1, 9)),
        ("a: &a [*a]\n", "alias *a has no complete anchor", (1, 8)),
    ],
)
def test_a_fault_has_words_a_cure_and_a_place(text: str, words: str, at: tuple[int, int]) -> None:
    found = fault(text)
    assert words in found.message
    assert (found.line, found.column) == at
    assert found.cure


def test_each_document_starts_anew() -> None:
    constructor = Constructor()
    found: list[tuple[int, Any]] = []
    for event in events("&a x\n---\n# a comment\n- 1\n"):
        constructor.take(event)
        if isinstance(event, DocumentEndEvent):
            found.append((constructor.line, constructor.result))
            constructor.start()
    assert [value for _, value in found] == ["x", [1]]


def test_places_count_from_one() -> None:
    assert place(next(iter(events("a: 1\n")))) == (1, 1)
