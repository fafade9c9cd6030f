"""Header edits: which are refused, how they are written, and one edit that follows another."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core.api.route import HTTPHeader, HTTPHeaderFilter
from portway.core.filters import header_edit
from portway.core.filters.place import Problem
from portway.core.model import HeaderEdit

Json = dict[str, Any]
Pairs = tuple[tuple[str, str], ...]
FIELD = "rules[0].filters[0].requestHeaderModifier"
OVERWRITE, APPEND = "OVERWRITE_IF_EXISTS_OR_ADD", "APPEND_IF_EXISTS_OR_ADD"


def spec(set: Pairs = (), add: Pairs = (), remove: tuple[str, ...] = ()) -> HTTPHeaderFilter:
    def headers(pairs: Pairs) -> tuple[HTTPHeader, ...]:
        return tuple(HTTPHeader(name=name, value=value) for name, value in pairs)

    return HTTPHeaderFilter(set=headers(set), add=headers(add), remove=remove)


def option(name: str, value: str, action: str) -> Json:
    return {"header": {"key": name, "value": value}, "append_action": action}


def written(*edits: HeaderEdit) -> Json:
    outer: Json = {}
    for edit in edits:
        header_edit.extend(outer, "request", edit)
    return outer


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (spec(), HeaderEdit()),
        (spec(set=(("X-A", "Value"),)), HeaderEdit(set=(("x-a", "Value"),))),
        (
            spec((("B", "1"), ("A", "2")), (("D", "3"),), ("C", "X_Y!")),
            HeaderEdit((("b", "1"), ("a", "2")), (("d", "3"),), ("c", "x_y!")),
        ),
        # Removing is harmless: the proxy writes the framing of what it sends.
        (spec(remove=("Content-Length",)), HeaderEdit(remove=("content-length",))),
    ],
)
def test_names_are_lower_case_and_the_rest_is_as_written(
    given_: HTTPHeaderFilter, expected: HeaderEdit
) -> None:
    assert header_edit.from_spec(given_, FIELD) == expected


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        (spec(set=((":path", "/"),)), "':path' is not the name of a header"),
        (spec(remove=("a\n",)), "'a\\n' is not the name of a header"),
        (spec(remove=("é",)), "'é' is not the name of a header"),
        (spec(add=(("a", "1"), ("A", "2"))), "the header a is named more than once"),
        (spec(set=(("a", "1"),), remove=("A",)), "the header a is named more than once"),
        (spec(remove=("a", "A")), "the header a is named more than once"),
        (spec(set=(("Transfer-Encoding", "x"),)), "transfer-encoding is set by the proxy"),
        (spec(add=(("Content-Length", "1"),)), "content-length is set by the proxy"),
    ],
)
def test_a_refused_edit_names_field_and_header(given_: HTTPHeaderFilter, words: str) -> None:
    problem = header_edit.from_spec(given_, FIELD)
    assert isinstance(problem, Problem)
    assert problem.message.startswith(f"{FIELD}: {words}" if words[0] == "'" else f"{FIELD}: ")
    assert words in problem.message
    assert (problem.reason, problem.fatal) == ("UnsupportedValue", True)


@pytest.mark.parametrize(
    ("value", "literal"),
    [("plain", "plain"), ("50%", "50%%"), ("%%", "%%%%"), ("%REQ(:path)%", "%%REQ(:path)%%")],
)
def test_values_are_never_commands(value: str, literal: str) -> None:
    edit = HeaderEdit(set=(("a", value),), add=(("b", value),))
    assert header_edit.headers_to_add(edit) == [
        option("a", literal, OVERWRITE),
        option("b", literal, APPEND),
    ]


@pytest.mark.parametrize("direction", ["request", "response"])
def test_an_edit_is_written_for_its_direction_beside_what_is_there(direction: str) -> None:
    outer: Json = {"name": "kept"}
    header_edit.extend(outer, direction, HeaderEdit(set=(("a", "1"),), remove=("b",)))
    assert outer == {
        "name": "kept",
        f"{direction}_headers_to_add": [option("a", "1", OVERWRITE)],
        f"{direction}_headers_to_remove": ["b"],
    }


def test_an_empty_edit_writes_nothing() -> None:
    assert written(HeaderEdit()) == {}


@pytest.mark.parametrize(
    ("first", "second", "adds", "removes"),
    [
        # Each line: what two edits come to in one place, where Envoy removes first.
        (
            HeaderEdit(add=(("a", "1"),)),
            HeaderEdit(add=(("a", "2"),)),
            [option("a", "1", APPEND), option("a", "2", APPEND)],
            [],
        ),
        (
            HeaderEdit(add=(("a", "1"),)),
            HeaderEdit(set=(("a", "2"),)),
            [option("a", "2", OVERWRITE)],
            [],
        ),
        (HeaderEdit(set=(("a", "1"),)), HeaderEdit(remove=("a",)), [], ["a"]),
        (
            HeaderEdit(remove=("a",)),
            HeaderEdit(set=(("a", "2"),)),
            [option("a", "2", OVERWRITE)],
            [],
        ),
        # Both stay: what came from the client goes, then the second's value is added.
        (
            HeaderEdit(remove=("a",)),
            HeaderEdit(add=(("a", "2"),)),
            [option("a", "2", APPEND)],
            ["a"],
        ),
        (HeaderEdit(remove=("a",)), HeaderEdit(remove=("a", "b")), [], ["a", "b"]),
    ],
)
def test_a_second_edit_has_the_last_word(
    first: HeaderEdit, second: HeaderEdit, adds: list[Json], removes: list[str]
) -> None:
    found = written(first, second)
    assert found.get("request_headers_to_add", []) == adds
    assert found.get("request_headers_to_remove", []) == removes


def carried_out(fields: Json, headers: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What Envoy does with the fields of one place: it removes, then adds."""
    left = dict(headers)
    for name in fields.get("request_headers_to_remove", ()):
        left.pop(name, None)
    for each in fields.get("request_headers_to_add", ()):
        name, value = each["header"]["key"], each["header"]["value"]
        before = () if each["append_action"] == OVERWRITE else left.get(name, ())
        left[name] = (*before, value)
    return left


@st.composite
def edits(draw: st.DrawFn) -> HeaderEdit:
    """Any edit with one action per header."""
    actions = draw(st.dictionaries(st.sampled_from("abcd"), st.sampled_from("sar"), max_size=4))
    value = draw(st.sampled_from(["1", "2"]))

    def of(action: str) -> Pairs:
        return tuple((name, value) for name, each in actions.items() if each == action)

    return HeaderEdit(of("s"), of("a"), tuple(name for name, _ in of("r")))


@given(first=edits(), second=edits())
def test_together_they_do_what_they_do_one_after_the_other(
    first: HeaderEdit, second: HeaderEdit
) -> None:
    before = {"a": ("client",), "b": ("client", "twice")}
    in_turn = carried_out(written(second), carried_out(written(first), before))
    assert carried_out(written(first, second), before) == in_turn
