"""`portway check`: what is wrong in manifests, before anything is served."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from portway.app.cli import options
from portway.app.cli.failure import FINDINGS

if TYPE_CHECKING:
    from portway.app.offline import Found

_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}


@click.command("check")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
@click.option("--no-info", is_flag=True, help="Show errors and warnings only.")
@options.output("table", "json", "yaml")
@options.color
def command(paths: tuple[str, ...], strict: bool, no_info: bool, output: str, color: str) -> None:
    """Find what is wrong in manifests before they are served.

    PATH is a file, a folder (with its sub-folders) or - for standard input. Every finding has a
    code, the cure, and the file and line of its object. Needs no cluster and no running instance.
    """
    from portway.app.cli.offline import load

    found = load(paths).findings(datetime.now(UTC))
    shown = tuple(each for each in found if not (no_info and each.issue.severity == "info"))
    if output == "table":
        _print(shown, color)
    else:
        from portway.app.cli.output import document

        document([_row(each) for each in shown], output)
    failing = {"error", "warning"} if strict else {"error"}
    if any(each.issue.severity in failing for each in found):
        raise SystemExit(FINDINGS)


def _row(found: "Found") -> dict[str, Any]:
    issue, place = found.issue, found.place
    about = issue.object
    return {
        "code": issue.code,
        "severity": str(issue.severity),
        "kind": about.kind,
        "namespace": about.namespace,
        "name": about.name,
        "field": issue.field,
        "file": place.path if place else "",
        "line": place.line if place else 0,
        "message": issue.message,
        "cure": issue.cure,
    }


def _print(found: "tuple[Found, ...]", color: str) -> None:
    from rich.text import Text

    from portway.app.cli.output import console

    out = console(color)
    last = None
    for each in found:
        issue, place = each.issue, each.place
        if issue.object != last:
            last = issue.object
            where = f"  ({place})" if place and issue.object.kind else ""
            title = str(issue.object) if issue.object.kind else str(place)
            out.print(Text(title, "bold") + Text(where, "dim"))
        line = Text("  ") + Text(f"{issue.severity} {issue.code}", _STYLES[issue.severity])
        if issue.field:
            line += Text(f" {issue.field}")
        at = f"line {place.line}: " if place and place.line and not issue.object.kind else ""
        out.print(line + Text(f": {at}{issue.message}"))
        if issue.cure:
            out.print(Text(f"      {issue.cure}", "dim"))
    out.print(_summary(found))


def _summary(found: "tuple[Found, ...]") -> str:
    counts = {
        name: sum(each.issue.severity == name for each in found)
        for name in ("error", "warning", "info")
    }
    if not any(counts.values()):
        return "No findings."
    return f"{counts['error']} errors, {counts['warning']} warnings, {counts['info']} remarks"
