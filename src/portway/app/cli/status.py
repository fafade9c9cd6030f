"""`portway status`: what a running instance says about its objects, as kubectl would show it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from portway.app.cli import columns, options
from portway.app.cli.columns import Document
from portway.app.cli.conditions import moved_ports, problems, show
from portway.app.cli.failure import FINDINGS, USAGE, Failure
from portway.app.cli.output import document, table

SHOWN = ("GatewayClass", "Gateway", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")


@click.command("status")
@click.argument("kind", required=False)
@click.argument("object_name", required=False, metavar="[NAME]")
@click.option("-n", "--namespace", help="Objects of this namespace only.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Of all namespaces (the default).")
@options.instance
@options.output("table", "wide", "json", "yaml")
def command(
    kind: str | None,
    object_name: str | None,
    namespace: str | None,
    all_namespaces: bool,
    name: str,
    data: Path | None,
    output: str,
) -> None:
    """Show what a running instance says about its objects.

    KIND is a kind, its plural or a short name (gateway, gtw, httproutes); NAME is NAME or
    NAMESPACE/NAME and shows the object's conditions too. Problems in the instance's files are
    listed at the end.
    """
    from portway.app.cli import instance

    if namespace and all_namespaces:
        raise Failure("give --namespace or --all-namespaces, not both", USAGE)
    wanted = _kind(kind) if kind else ""
    answer = instance.get(name, data, "/status")
    found = [
        each
        for each in _joined(answer, instance.get(name, data, "/objects"))
        if _fits(each, wanted, object_name, namespace)
    ]
    if output in ("json", "yaml"):
        document(found, output)
    else:
        _print(found, output == "wide", bool(object_name))
        problems(answer)
    if not found and (kind or namespace):
        what = " ".join(each for each in (wanted or "object", object_name) if each)
        where = f" in namespace {namespace}" if namespace else ""
        raise Failure(f"no {what}{where}", FINDINGS)


def _kind(text: str) -> str:
    """The kind somebody means by `gtw`, `gateways` or `gateway`."""
    from portway.core.api import KINDS

    wanted = text.lower().partition(".")[0]
    for kind, info in KINDS.items():
        if wanted in (kind.lower(), info.plural, *info.short_names):
            return kind
    raise Failure(f"there is no kind {text!r}; the kinds are {', '.join(KINDS)}", USAGE)


def _joined(status: Any, objects: Any) -> list[Document]:
    """Objects with the statuses the instance keeps apart from them, sorted as they are shown."""
    documents = objects["objects"] if isinstance(objects, dict) else objects
    statuses = {
        (each["kind"], each.get("namespace", ""), each["name"]): each["status"]
        for each in status["objects"]
    }
    joined = []
    for each in documents:
        metadata = each["metadata"]
        key = (each["kind"], metadata.get("namespace", ""), metadata["name"])
        if each["kind"] in SHOWN or key in statuses:
            joined.append({**each, "status": statuses.get(key, {})})
    order = {kind: place for place, kind in enumerate(SHOWN)}
    return sorted(joined, key=lambda d: (order.get(d["kind"], len(order)), *_place(d)))


def _place(found: Document) -> tuple[str, str]:
    metadata = found["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _fits(found: Document, kind: str, name: str | None, namespace: str | None) -> bool:
    there, called = _place(found)
    if name and "/" in name:
        namespace, _, name = name.partition("/")
    return (
        kind in ("", found["kind"])
        and name in (None, called)
        and (not namespace or namespace == there)
    )


def _print(found: list[Document], wide: bool, conditions: bool) -> None:
    now = datetime.now(UTC)
    kinds = list(dict.fromkeys(each["kind"] for each in found))
    for place, kind in enumerate(kinds):
        if place:
            click.echo()
        if len(kinds) > 1:
            click.echo(kind)
        shown = columns.of(kind, wide)
        members = [each for each in found if each["kind"] == kind]
        spaced = any(_place(each)[0] for each in members)
        table(
            [*(["NAMESPACE"] if spaced else []), "NAME", *(c.heading for c in shown), "AGE"],
            [
                [
                    *([_place(each)[0]] if spaced else []),
                    _place(each)[1],
                    *(column.cell(each) for column in shown),
                    columns.age(each, now),
                ]
                for each in members
            ],
        )
    for each in found if conditions else ():
        show(each)
    if not conditions:
        moved_ports(found)
