"""`portway proxy`: what the container of a Gateway's proxy runs."""

import os
import socket
import tempfile
from pathlib import Path

import click

from portway.adapters.listening import host_and_port
from portway.app.cli.failure import USAGE, Failure


@click.command("proxy")
@click.option("--gateway", required=True, metavar="NAMESPACE/NAME", help="Whose proxy it is.")
@click.option(
    "--pod",
    default=socket.gethostname,
    help="Its own name [default: the machine's].",
    metavar="NAME",
)
@click.option(
    "--xds",
    required=True,
    metavar="HOST:PORT",
    help="The control plane, by its certificate's name.",
)
@click.option(
    "--credentials",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of tls.crt, tls.key and ca.crt; they are read again when they change.",
)
@click.option(
    "--snapshot",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder with the last good configuration, to begin with while no control plane answers.",
)
@click.option(
    "--run-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Private folder for sockets [default: one among the temporary files].",
)
@click.option(
    "--probe-address",
    default="0.0.0.0:18001",
    show_default=True,
    metavar="HOST:PORT",
    help="Where /healthz, /readyz and /metrics are.",
)
@click.option(
    "--delay",
    type=click.FloatRange(0, 3600),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="At the end, how long to go on as before while the cluster hears of it.",
)
@click.option(
    "--drain-time",
    type=click.FloatRange(0, 86400),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long requests under way may take after that.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(0, 1024),
    default=0,
    metavar="N",
    help="Envoy's worker threads [default: one per processor].",
)
@click.option(
    "--envoy-flag",
    "flags",
    multiple=True,
    metavar="--NAME=VALUE",
    help="One more of Envoy's, such as --log-level=info; may be repeated.",
)
@click.option("--envoy", type=click.Path(dir_okay=False, path_type=Path), help="Envoy executable.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
)
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="json", show_default=True
)
def command(
    gateway: str,
    pod: str,
    xds: str,
    credentials: Path,
    snapshot: Path | None,
    run_dir: Path | None,
    probe_address: str,
    delay: float,
    drain_time: float,
    concurrency: int,
    flags: tuple[str, ...],
    envoy: Path | None,
    log_level: str,
    log_format: str,
) -> None:
    """Run a proxy of one Gateway, configured by a control plane elsewhere.

    It is who its certificate says. It is ready when it has its first configuration, or where no
    control plane answers the last good one; at the end it says first that it is not, and lets
    requests under way finish.
    """
    try:
        where = host_and_port(xds)
    except ValueError as error:
        raise Failure(f"--xds {xds}: {error}", USAGE) from None
    if gateway.count("/") != 1:
        raise Failure(f"--gateway {gateway}: use NAMESPACE/NAME", USAGE)
    from portway.app.proxy import ProxySettings, run
    from portway.core.api import flag_fault

    if fault := flag_fault(flags):
        raise Failure(f"--envoy-flag{fault}", USAGE)

    settings = ProxySettings(
        gateway=gateway,
        name=pod,
        xds=where,
        credentials=credentials.absolute(),
        run_dir=run_dir or Path(tempfile.gettempdir()) / f"portway-proxy-{os.getuid()}",
        probes=probe_address,
        delay_seconds=delay,
        drain_seconds=drain_time,
        workers=concurrency or os.cpu_count() or 1,
        envoy=envoy,
        snapshot=snapshot,
        flags=flags,
        log_level=log_level,
        log_format=log_format,
    )
    raise SystemExit(run(settings))
