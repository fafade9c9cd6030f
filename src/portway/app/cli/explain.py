"""`portway explain`: which rule answers a request, and why another does not."""

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portway.app.cli import options
from portway.app.cli.failure import FINDINGS, USAGE, Failure

if TYPE_CHECKING:
    from portway.core.explain import Explanation

_COUNTS = 640 * 1024
"""More of a body neither a picker nor Envoy looks at."""


@click.command("explain")
@click.argument("words", nargs=-1, required=True, metavar="[METHOD] URL")
@click.option("-H", "--header", "headers", multiple=True, help="Header, 'Name: value'.")
@click.option("--sni", help="Server name of the TLS handshake; by default the URL's host.")
@click.option(
    "--body",
    metavar="TEXT|@FILE",
    help="Body of the request, as text or from a file (@- is standard input). Which endpoint of a "
    "pool of model servers gets a request depends on it.",
)
@click.option(
    "--picker-address",
    default="",
    metavar="HOST:PORT",
    help="Ask the endpoint picker that tells here (`portway picker --explain-address`). A running "
    "instance asks those that it has started itself.",
)
@click.option("--model", help="The model that the body of the request names.")
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
    body: str | None,
    picker_address: str,
    model: str | None,
    expect: str,
    paths: tuple[str, ...],
    name: str,
    data: Path | None,
    output: str,
    color: str,
) -> None:
    """Say which rule answers a request, and why another does not.

    METHOD is GET unless given, POST with a body. URL may also be tls://NAME:PORT,
    tcp://HOST:PORT or udp://HOST:PORT. ROUTE is NAME, NAMESPACE/NAME or KIND/NAMESPACE/NAME.
    Exits with 1 when the expected route does not answer.
    """
    query = _query(words, headers, sni, expect) | _body(body, headers)
    if model is not None:
        query["model"] = model
    found = _offline(paths, query) if paths else _running(name, data, query)
    if picker_address:
        found = _asked(picker_address, query, found)
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


def _body(given: str | None, headers: tuple[str, ...]) -> dict[str, Any]:
    """The part of a query that is a body: of a long one what counts, and how long it is."""
    if given is None:
        return {}
    from portway.app.cli.body import read

    body = read(given)
    query: dict[str, Any] = {"body64": base64.b64encode(body[:_COUNTS]).decode()}
    if len(body) > _COUNTS:
        query["header"] = [*headers, f"content-length: {len(body)}"]
    return query


def _asked(address: str, query: dict[str, Any], found: "Explanation") -> "Explanation":
    """What the picker at an address says of the pools that have one."""
    from portway.app import foresight
    from portway.core import explain

    request = explain.question(query).request
    picks = foresight.picks(found, request, lambda _: address)
    return explain.with_picks(found, picks)


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
