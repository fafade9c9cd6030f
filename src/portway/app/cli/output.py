"""Printing: values as JSON or YAML, rows as tables, lines in colour.

Knows terminals. Must not know what is printed. Heavy imports wait until they are needed.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console


def console(color: str) -> "Console":
    """A console on standard output. `color` is auto, always or never."""
    from rich.console import Console

    return Console(
        force_terminal=True if color == "always" else None,
        no_color=color == "never",
        highlight=False,
        soft_wrap=True,
        emoji=False,
        markup=False,
    )


def document(value: Any, form: str) -> None:
    """A JSON-able value; `form` is json or yaml. A list in YAML is several documents."""
    if form == "json":
        import json

        click.echo(json.dumps(value, indent=2, ensure_ascii=False))
        return
    import yaml

    if isinstance(value, list):
        text = yaml.safe_dump_all(value, sort_keys=False, allow_unicode=True, explicit_start=True)
    else:
        text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    click.echo(text, nl=False)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as their longest entry, three blanks apart, as kubectl prints them."""
    ready = [list(headings), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in ready) for column in range(len(headings))]
    for row in ready:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("   ".join(cells).rstrip())
