"""Shared options mean the same in every command that has them."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from portway.app.cli import main, options
from portway.app.settings import DEFAULT_NAME


@click.command()
@options.output("table", "json")
@options.color
@options.instance
def command(output: str, color: str, name: str, data: Path | None) -> None:
    click.echo(f"{output} {color} {name} {data}")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_the_defaults() -> None:
    assert run().output == f"table auto {DEFAULT_NAME} None\n"


def test_what_is_given() -> None:
    found = run("-o", "json", "--color", "never", "--name", "a", "--data", "/d")
    assert found.output == "json never a /d\n"


@pytest.mark.parametrize("wrong", [("-o", "xml"), ("--color", "green")])
def test_other_values_are_wrong_usage(wrong: tuple[str, str]) -> None:
    found = run(*wrong)
    assert found.exit_code == 2
    assert f"'{wrong[1]}' is not one of" in found.output


def test_no_command_defines_them_differently() -> None:
    shared = {option.name: option for option in command.params}
    seen: set[str] = set()
    context = click.Context(main)
    for name in main.list_commands(context):
        found = main.get_command(context, name)
        assert found is not None
        for option in found.params:
            if option.name in ("color", "data", "name") and isinstance(option, click.Option):
                # There they make an instance, they do not find one.
                if name in ("run", "controller", "demo"):
                    continue
                seen.add(option.name)
                assert option.opts == shared[option.name].opts
                assert option.default == shared[option.name].default
    assert seen == {"color", "data", "name"}
