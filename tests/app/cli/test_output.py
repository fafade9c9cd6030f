"""Values, tables and colours on a terminal or in a pipe."""

import json

import pytest
import yaml

from portway.app.cli import output

VALUE = {"kind": "Gateway", "name": "größe", "listeners": [{"port": 80}]}


def test_json_keeps_order_and_letters(capsys: pytest.CaptureFixture[str]) -> None:
    output.document(VALUE, "json")
    text = capsys.readouterr().out
    assert json.loads(text) == VALUE
    assert "größe" in text
    assert list(json.loads(text)) == list(VALUE)


def test_yaml_of_one_value_and_of_several(capsys: pytest.CaptureFixture[str]) -> None:
    output.document(VALUE, "yaml")
    assert yaml.safe_load(capsys.readouterr().out) == VALUE
    output.document([VALUE, {"kind": "Other"}], "yaml")
    text = capsys.readouterr().out
    assert text.startswith("---\n")
    assert list(yaml.safe_load_all(text)) == [VALUE, {"kind": "Other"}]


def test_columns_are_as_wide_as_their_longest_entry(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("NAME", "AGE"), [("a", "1d"), ("a-long-name", "")])
    assert capsys.readouterr().out.splitlines() == [
        "NAME          AGE",
        "a             1d",
        "a-long-name",
    ]


@pytest.mark.parametrize(
    ("color", "escaped"), [("always", True), ("never", False), ("auto", False)]
)
def test_colours_when_asked_for_or_on_a_terminal(
    color: str, escaped: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    output.console(color).print("text", style="red")
    assert ("\x1b[" in capsys.readouterr().out) is escaped


def test_brackets_of_users_are_not_markup(capsys: pytest.CaptureFixture[str]) -> None:
    output.console("never").print("rules[0] [red]x[/red] :smile:")
    assert capsys.readouterr().out == "rules[0] [red]x[/red] :smile:\n"
