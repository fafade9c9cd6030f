"""Options that several commands share, defined once so that they mean the same everywhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from portway.app.settings import DEFAULT_NAME

Command = TypeVar("Command", bound=Callable[..., Any])


def output(*forms: str) -> Callable[[Command], Command]:
    """`-o FORM`; the first form is the default."""
    return click.option(
        "-o", "--output", type=click.Choice(forms), default=forms[0], show_default=True
    )


def color(command: Command) -> Command:
    """`--color auto|always|never`."""
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="When to use colours; auto: on a terminal.",
    )(command)


def instance(command: Command) -> Command:
    """`--name` and `--data`, which tell which running instance is meant."""
    command = click.option(
        "--data",
        type=click.Path(path_type=Path),
        help="Data folder of the instance, if it was started with one.",
    )(command)
    return click.option(
        "--name", default=DEFAULT_NAME, show_default=True, help="Name of the instance."
    )(command)
