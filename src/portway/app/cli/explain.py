"""`portway explain`: which rule answers a request, and why another does not."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portway.app.cli import options
from portway.app.cli.failure import FINDINGS, USAGE, Failure

if TYPE_CHECKING:
    from portway.core.explain import Explanation


@click.command("explain")
@click.argument("words", nargs=-1, required=True, metavar="[METHOD] URL")
@click.option("-H", "--header", "headers", multiple=True, help="Header, 'Name: value'.")
@click.option("--sni", help="Server name of the TLS handshake; by default the URL's host.")
@click.option("--expect", default="", metavar="ROUTE", help="Route that should have answered.")
@click.option(
    "-f",
    "--filename",
    "paths",
    multiple=True,
    metavar="PATH",
    help="Ask these manifests instead of a running instance.",
)
@options.instance
@options.output("table", "json", "yaml")
@options.color
def command(
    words: tuple[str, ...],
    headers: tuple[str, ...],
    sni: str | None,
    expect: str,
    paths: tuple[str, ...],
    name: str,
    data: Path | None,
    output: str,
    color: str,
) -> None:
    """Say which rule answers a request, and why another does not.

    METHOD is GET unless given. URL may also be tls://NAME:PORT, tcp://HOST:PORT or
    udp://HOST:PORT. ROUTE is NAME, NAMESPACE/NAME or KIND/NAMESPACE/NAME.
    Exits with 1 when the expected route does not answer.
    """
    query = _query(words, headers, sni, expect)
    found = _offline(paths, query) if paths else _running(name, data, query)
    if output == "table":
        _print(found, color)
    else:
        from portway.app.cli.output import document
        from portway.app.cli.plain import plain

        document(plain(found), output)
    if found.why_not is not None and not found.why_not.won:
        raise SystemExit(FINDINGS)


def _query(
    words: tuple[str, ...], headers: tuple[str, ...], sni: str | None, expect: str
) -> dict[str, Any]:
    if len(words) > 2:
        raise Failure("give [METHOD] URL, for example: portway explain GET http://HOST/PATH", USAGE)
    *method, url = words
    query: dict[str, Any] = {"url": url, "header": list(headers), "expect": expect}
    if method:
        query["method"] = method[0].upper()
    if sni is not None:
        query["sni"] = sni
    return query


def _offline(paths: tuple[str, ...], query: dict[str, Any]) -> "Explanation":
    from portway.app.cli.offline import load
    from portway.core import explain

    try:
        request, expect = explain.question(query)
    except explain.RequestError as error:
        raise Failure(str(error), USAGE) from None
    return explain.explain(load(paths).view, request, expect)


def _running(name: str, data: Path | None, query: dict[str, Any]) -> "Explanation":
    import msgspec

    from portway.app.cli import instance
    from portway.core.explain import Explanation

    return msgspec.convert(instance.post(name, data, "/explain", query), Explanation)


def _print(found: "Explanation", color: str) -> None:
    from rich.text import Text

    from portway.app.cli.output import console
    from portway.core.explain import lines

    out = console(color)
    for line in lines(found):
        out.print(Text(line, _style(line)))


def _style(line: str) -> str:
    if line.startswith(("Answer:", "  =>")):
        return "bold"
    if line.endswith(" MATCHES"):
        return "green"
    if line.startswith("Why not"):
        return "yellow"
    return "dim" if "] no: " in line else ""
