"""The options that every command that serves has, and the settings they make."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from portway.app.cli import main, serving
from portway.app.settings import Settings


@click.command()
@serving.options("own")
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:
    context.obj.append(serving.settings_of(paths=("a",), **given))


def made(*words: str) -> Settings:
    found: list[Settings] = []
    result = CliRunner().invoke(command, words, obj=found, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return found[0]


def test_defaults_are_those_of_the_settings(tmp_path: Path) -> None:
    settings = made("--data", str(tmp_path))
    assert settings == Settings(("a",), "own", tmp_path, settings.run_dir)


def test_the_commands_have_the_same(tmp_path: Path) -> None:
    context = click.Context(main)
    names = []
    for each in ("run", "controller"):
        found = main.get_command(context, each)
        assert found is not None
        names.append({option.name for option in found.params})
    assert {each.name for each in command.params} <= names[0] & names[1]


def test_a_setting_that_cannot_be_used_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="use up to 32 lower-case letters") as raised:
        made("--name", "No Name")
    assert raised.value.exit_code == 2
