"""`portway translate`: what manifests become, with secrets removed."""

from typing import TYPE_CHECKING, Any

import click

from portway.app.cli import options

if TYPE_CHECKING:
    from portway.app.offline import Offline
    from portway.core.explain import View
    from portway.core.model import TableKey


@click.command("translate")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--what",
    type=click.Choice(["model", "xds", "status", "all"]),
    default="all",
    show_default=True,
    help="Which step to show.",
)
@options.output("yaml", "json")
def command(paths: tuple[str, ...], what: str, output: str) -> None:
    """Show what manifests become: model, Envoy resources, statuses.

    Envoy resources are in the form an Envoy configuration file takes. Private keys are removed.
    """
    from portway.adapters.admin.redact import redact
    from portway.app.cli.offline import load
    from portway.app.cli.output import document

    loaded = load(paths)
    parts = {"model": _model, "xds": _xds, "status": _status}
    found = {name: part(loaded) for name, part in parts.items() if what in (name, "all")}
    document(redact(found), output)


def _model(loaded: "Offline") -> dict[str, Any]:
    """Gateways with their ports and virtual hosts, then routes with their parents."""
    from portway.app.cli.plain import plain
    from portway.core.wiring import emit

    view = loaded.view
    gateways = []
    for gateway in sorted(view.gateways(), key=lambda each: each.key):
        ports = [
            {"port": plain(port), "tables": [_table(view, each) for each in emit.tables(port)]}
            for port in view.ports(gateway.key)
        ]
        gateways.append({"gateway": plain(gateway), "ports": ports})
    routes = [
        {"attachment": plain(view.attachment(key)), "rules": plain(view.rules(key))}
        for key in sorted(view.routes())
    ]
    return {"gateways": gateways, "routes": routes}


def _table(view: "View", table: "TableKey") -> dict[str, Any]:
    from portway.app.cli.plain import plain

    hosts = view.virtual_hosts(table)
    return {
        "listener": table.listener or "(all of the port)",
        "virtualHosts": [plain(hosts[domain]) for domain in sorted(hosts)],
    }


def _xds(loaded: "Offline") -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "version": each.version,
            "resource": {
                "@type": each.type_url,
                **loaded.schema.decode(each.type_url.rpartition("/")[2], each.body),
            },
        }
        for each in loaded.core.resources()
    ]


def _status(loaded: "Offline") -> list[dict[str, Any]]:
    return [
        {"kind": key.kind, "namespace": key.namespace, "name": key.name, "status": status}
        for key, status in loaded.core.statuses().items()
    ]
