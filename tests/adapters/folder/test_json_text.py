"""JSON as a client reads it; what is not JSON after all is left to the YAML reader."""

import pytest

from portway.adapters.folder.json_text import json_values, looks_like_json
from portway.adapters.folder.problem import SyntaxFaultError


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("a.json", "anything", True),
        ("a.yaml", ' \n {"a": 1}', True),
        ("a.yaml", "a: 1", False),
        ("a.yaml", "[1]", False),
    ],
)
def test_when_it_is_worth_trying(path: str, text: str, wanted: bool) -> None:
    assert looks_like_json(path, text) is wanted


def test_values_follow_each_other_and_know_their_lines() -> None:
    assert json_values('\n{"a": 1}\n\n{"b": [2, null]}\n') == [(2, {"a": 1}), (4, {"b": [2, None]})]
    assert json_values(" \n") == []


@pytest.mark.parametrize(
    "text",
    ["{a: 1}", '{"a": 1,}', '{"a": 1', '{"a": 1, "a": 2}', '{"a": 1} # comment', "[" * 100_000],
)
def test_what_may_be_yaml_is_left_to_its_reader(text: str) -> None:
    assert json_values(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": -Infinity}', "-Infinity is not a JSON number"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
    ],
)
def test_what_nobody_can_read_is_told_with_a_cure(text: str, words: str) -> None:
    with pytest.raises(SyntaxFaultError) as caught:
        json_values(text)
    assert words in caught.value.message
    assert caught.value.cure


def test_numbers_are_those_of_yaml() -> None:
    """One text must not mean two things, depending on the reader that took it."""
    ((_, found),) = json_values('{"a": 1e3, "b": 9007199254740993, "c": -0.5}') or []
    assert found == {"a": 1000.0, "b": 9007199254740993, "c": -0.5}
