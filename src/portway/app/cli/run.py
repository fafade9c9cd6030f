"""`portway run`: serve a folder of manifests on this machine."""

from pathlib import Path

import click

from portway.app.cli.failure import USAGE, Failure
from portway.app.settings import (
    DEFAULT_NAME,
    DEFAULT_POOL,
    SettingError,
    Settings,
    data_dir,
    run_dir,
)
from portway.core.thresholds import SCOPES_FROM, TREES_FROM


@click.command("run")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--name", default=DEFAULT_NAME, show_default=True, help="Name of the instance.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for what outlives a restart [default: $XDG_STATE_HOME/portway/NAME].",
)
@click.option(
    "--address-pool",
    default=DEFAULT_POOL,
    show_default=True,
    metavar="CIDR",
    help="Each Gateway gets an address of its own from here.",
)
@click.option(
    "--bind", default="", metavar="ADDRESS", help="All Gateways share this address instead."
)
@click.option(
    "--port-offset",
    type=click.IntRange(0, 64511),
    metavar="N",
    help="Added to ports below 1024 [default: 0 if they may be bound, else 10000].",
)
@click.option(
    "--envoy",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Envoy executable [default: the one that came with Portway].",
)
@click.option(
    "--concurrency",
    type=click.IntRange(0, 1024),
    default=0,
    metavar="N",
    help="Envoy's worker threads [default: one per processor, at most 4].",
)
@click.option(
    "--drain-time",
    type=click.FloatRange(0, 86400),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long requests under way may take at the end.",
)
@click.option(
    "--admin-port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Also serve the admin endpoint on this loopback port; 0: any free one.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
)
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--access-log",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Append a line of JSON for each request, and for each connection that is not HTTP.",
)
@click.option(
    "--scopes-from",
    type=click.IntRange(0),
    default=SCOPES_FROM,
    show_default=True,
    metavar="HOSTS",
    help="Split a table of routes with so many hosts, so that a change costs one host; 0: always.",
)
@click.option(
    "--trees-from",
    type=click.IntRange(1),
    default=TREES_FROM,
    show_default=True,
    metavar="PATHS",
    help="Make a host with so many paths a tree, so that each costs the same.",
)
@click.option(
    "--api/--no-api",
    default=True,
    show_default=True,
    help="Serve a Kubernetes-style API, and write a kubeconfig into the data folder.",
)
@click.option(
    "--api-address",
    default="127.0.0.1:0",
    show_default=True,
    metavar="HOST:PORT",
    help="Where the API is; port 0: any free one.",
)
@click.option(
    "--api-token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A token the API asks for; needed if it is not on loopback.",
)
@click.option("--once", is_flag=True, help="End as soon as everything is programmed.")
def command(
    paths: tuple[str, ...],
    name: str,
    data: Path | None,
    address_pool: str,
    bind: str,
    port_offset: int | None,
    envoy: Path | None,
    concurrency: int,
    drain_time: float,
    admin_port: int | None,
    log_level: str,
    log_format: str,
    access_log: Path | None,
    once: bool,
    scopes_from: int,
    trees_from: int,
    api: bool,
    api_address: str,
    api_token_file: Path | None,
) -> None:
    """Serve a folder of manifests on this machine.

    PATH is a file, a folder (with its sub-folders, watched for changes) or - for standard input.
    """
    try:
        settings = Settings(
            paths=paths,
            name=name,
            data=(data or data_dir(name)).absolute(),
            run_dir=run_dir(name, data),
            address_pool=address_pool,
            bind=bind,
            port_offset=port_offset,
            envoy=envoy,
            concurrency=concurrency,
            drain_seconds=drain_time,
            admin_port=admin_port,
            log_level=log_level,
            log_format=log_format,
            access_log=access_log and access_log.absolute(),
            once=once,
            scopes_from=scopes_from,
            trees_from=trees_from,
            api=api_address if api else "",
            api_token=api_token_file,
        )
        settings.prepare()
    except SettingError as error:
        raise Failure(str(error), USAGE) from None
    from portway.app import standalone

    raise SystemExit(standalone.run(settings))
