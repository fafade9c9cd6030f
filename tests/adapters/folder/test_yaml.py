"""Manifests as text: what is read, and where it is wrong."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.folder.construct import MAX_ALIASED, MAX_DEPTH
from portway.adapters.folder.problem import FileProblem, MalformedError
from portway.adapters.folder.yaml import read_documents


def values(text: str, path: str = "a.yaml") -> list[Any]:
    return [document.value for document in read_documents(path, text)]


def problem(text: str, path: str = "a.yaml") -> FileProblem:
    with pytest.raises(MalformedError) as caught:
        read_documents(path, text)
    return caught.value.problem


@pytest.mark.parametrize(
    "text", ["", "\n", "# only\n# comments\n", "---\n---\n", "---\n# c\n...\n"]
)
def test_nothing_is_nothing(text: str) -> None:
    assert values(text) == []


def test_documents_know_where_they_begin() -> None:
    documents = read_documents("a.yaml", "# top\na: 1\n---\n\n---\n# here\nb: 2\n")
    assert [(d.line, d.index, d.value) for d in documents] == [(2, 0, {"a": 1}), (7, 2, {"b": 2})]


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter() -> None:
    assert values("\ufeffa: x\r\nb:\r\n- 1\r\n---\r\nc: z\r\n") == [
        {"a": "x", "b": [1]},
        {"c": "z"},
    ]


def test_quoting_makes_a_string() -> None:
    assert values("a: 'no'\nb: \"1\"\nc: |\n  on\nd: !!str 017\n! 5: x") == [
        {"a": "no", "b": "1", "c": "on\n", "d": "017", "5": "x"}
    ]


def test_keys_are_strings() -> None:
    assert values("n: a\n017: b\n1.5: c\n'n': d") == [
        {"false": "a", "15": "b", "1.5": "c", "n": "d"}
    ]


def test_anchors_and_merge_keys() -> None:
    text = """
base: &base {port: 80, weight: 1}
one: {<<: *base, weight: 2}
two: {weight: 2, <<: *base}
many: {<<: [{port: 1}, {port: 2, other: 3}]}
quoted: {'<<': x}
name: &n web
again: [*n, *n]
*n : key
"""
    value = values(text)[0]
    assert value["one"] == {"port": 80, "weight": 2}
    # kubectl's library applies << where it stands, so it also replaces what came before.
    assert value["two"] == {"port": 80, "weight": 1}
    assert value["many"] == {"port": 1, "other": 3}
    assert value["quoted"] == {"<<": "x"}
    assert value["again"] == ["web", "web"]
    assert value["web"] == "key"


def test_a_list_is_its_items() -> None:
    text = """
apiVersion: v1
kind: List
items:
- {kind: A, metadata: {name: x}}
- {kind: B, metadata: {name: y}}
---
apiVersion: g/v1
kind: HTTPRouteList
items:
- metadata: {name: z}
"""
    documents = read_documents("a.yaml", text)
    assert [(d.value["kind"], d.index, d.item) for d in documents] == [
        ("A", 0, 0),
        ("B", 0, 1),
        ("HTTPRoute", 1, 0),
    ]
    assert documents[2].value["apiVersion"] == "g/v1"


def test_a_kind_that_only_ends_in_list_stays_whole() -> None:
    assert values("kind: AccessList\nspec: {}\n") == [{"kind": "AccessList", "spec": {}}]


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: 1\na: 2\n", 2, 1, "'a' is given twice"),
        ("a: {b: 1, b: 2}\n", 1, 11, "'b' is given twice"),
        ("017: 1\n15: 2\n", 2, 1, "'15' is given twice"),
        ("a:\n\t b: 1\n", 2, 1, "cannot start any token"),
        ("a: b\n  c: d\n", 2, 4, "mapping values are not allowed"),
        ("a: [1, 2\nb: 3\n", 2, 2, "flow sequence"),
        ("a: *nowhere\n", 1, 4, "no complete anchor"),
        ("a: &a [*a]\n", 1, 8, "no complete anchor"),
        ("? {a: 1}\n: b\n", 1, 3, "mapping key is a mapping"),
        ("~: b\n", 1, 1, "key is empty"),
        ("a:\n  <<: 5\n", 2, 7, "<< needs a mapping"),
        ("a:\n- .nan\n", 2, 3, "not a JSON number"),
        ("ok: 1\n---\n- a\n", 3, None, "is a list, not an object"),
        ("just words\n", 1, None, "is a string, not an object"),
        ("kind: List\nitems: [x]\n", 1, None, "items[0] is a string"),
        ("a: b\nc: \x01\n", 2, None, "U+0001 is not allowed"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    text: str, line: int, column: int | None, words: str
) -> None:
    found = problem(text)
    assert words in found.message
    assert (found.path, found.line, found.column) == ("a.yaml", line, column)
    assert found.cure


def test_depth_is_bounded_for_every_notation() -> None:
    for text in ("a: " + "[" * 50_000, "{" + '"a":{' * 50_000, '{"a":' + "[" * 50_000):
        assert f"more than {MAX_DEPTH} levels" in problem(text).message


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert str(MAX_ALIASED) in problem("\n".join(lines)).message


def test_an_anchor_used_often_is_fine() -> None:
    text = "labels: &l {app: web}\nuses:\n" + "- *l\n" * 1000
    assert len(values(text)[0]["uses"]) == 1000


def test_anchors_end_with_their_document() -> None:
    assert "no complete anchor" in problem("a: &x 1\n---\nb: *x\n").message


def test_json_in_a_file_of_its_own_or_not() -> None:
    assert values('{"a": 1e3, "b": "\\ud83d\\ude00",\t"c": 1.5}') == [
        {"a": 1000, "b": "\U0001f600", "c": 1.5}
    ]
    assert values('{"a": 1}\n{"b": 2}\n', "a.json") == [{"a": 1}, {"b": 2}]
    assert values("{a: no}") == [{"a": False}]
    assert values("", "a.json") == []


def test_json_documents_know_their_lines() -> None:
    documents = read_documents("a.json", '\n{"a": 1}\n\n{"b": 2}')
    assert [d.line for d in documents] == [2, 4]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"a": 1,\n "a": 2}', 2, "'a' is given twice"),
        ('{"a": 1,\n "b" 2}', 2, "flow mapping"),
        ('{"a": NaN}', None, "not a JSON number"),
        ('{"a": "\\ud800"}', None, "surrogate"),
        ("[1]", 1, "is a list"),
    ],
)
def test_wrong_json(text: str, line: int | None, words: str) -> None:
    found = problem(text, "a.json")
    assert words in found.message
    assert found.line == line


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda f: not f.is_integer())
    | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abn01", max_size=4), inner)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text("abn01", max_size=4), json_values, min_size=1))
def test_json_means_the_same_to_both_readers(value: dict[str, Any]) -> None:
    text = json.dumps(value)
    assert values(text, "a.json") == [value]
    # Written without escapes, the same text is YAML.
    assert values("--- " + json.dumps(value, ensure_ascii=False)) == [value]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_cure(text: str) -> None:
    found: FileProblem | None = None
    try:
        read_documents("a.yaml", text)
    except MalformedError as error:
        found = error.problem
    assert found is None or (found.message and found.cure)
