"""Conditions of one object, and problems in an instance's files, as text.

Knows where each kind keeps its conditions. Must not know where the status comes from.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import click

from portway.app.cli.columns import Document
from portway.app.cli.output import table

# The sentence that status ends with where a port below 1024 may not be bound.
_MOVED = re.compile(r"Port \d+ is bound as \d+ on this machine\.")


def show(found: Document) -> None:
    """The object's own conditions, then those of its listeners or parents."""
    for title, conditions in _groups(found["status"]):
        click.echo(f"\n{title}")
        table(
            ("TYPE", "STATUS", "REASON", "MESSAGE"),
            [(c["type"], c["status"], c["reason"], c.get("message", "")) for c in conditions],
        )


def _groups(status: Document) -> Iterator[tuple[str, list[Document]]]:
    if status.get("conditions"):
        yield "Conditions", status["conditions"]
    for each in status.get("listeners", ()):
        yield f"Listener {each['name']}", each["conditions"]
    for each in status.get("parents", ()):
        ref = each["parentRef"]
        section = f", section {ref['sectionName']}" if ref.get("sectionName") else ""
        yield f"Parent {ref['name']}{section}", each["conditions"]


def moved_ports(found: Iterable[Document]) -> None:
    """Which Gateways have ports elsewhere than their spec says: kubectl's columns have no place
    for it, and nobody would guess it from a refused connection."""
    lines = []
    for each in found:
        if each["kind"] == "Gateway":
            metadata = each["metadata"]
            words = " ".join(c.get("message", "") for c in each["status"].get("conditions", ()))
            sentences = dict.fromkeys(_MOVED.findall(words))
            if sentences:
                where = f"{metadata.get('namespace', '')}/{metadata['name']}"
                lines.append(f"Gateway {where}: {' '.join(sentences)}")
    if lines:
        click.echo("\n" + "\n".join(lines))


def problems(answer: Any) -> None:
    """What `/status` says about the files, and about what the proxy refused."""
    state = answer.get("proxy", {}).get("state", "ready")
    if state != "ready":
        click.echo(f"\nThe proxy is {state}.")
    refused = answer.get("refused", ())
    if refused:
        click.echo("\nRefused by the proxy (what worked before stays served)")
    for each in refused:
        click.echo(f"  {each['object']}: {each['reason']}")
    found = answer.get("problems", ())
    if found:
        click.echo("\nProblems in files (what worked before stays served)")
    for each in found:
        line = f":{each['line']}" if each.get("line") else ""
        cure = f"; {each['cure']}" if each.get("cure") else ""
        click.echo(f"  {each['path']}{line}: {each['message']}{cure}")
