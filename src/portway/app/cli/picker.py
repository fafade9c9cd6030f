"""`portway picker`: pick endpoints for gateways."""

from pathlib import Path
from typing import Any

import click


@click.command("picker")
@click.option(
    "--pool",
    "pools",
    multiple=True,
    metavar="NAMESPACE/NAME[=ADDRESS]",
    help="An InferencePool to pick for, and where; may be given several times, each at an address "
    "of its own. Its endpoints come from a cluster or from `portway run`.",
)
@click.option(
    "--endpoints",
    default="",
    metavar="IP:PORT,...",
    help="Pick from these instead, without any API.",
)
@click.option(
    "--endpoints-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The same from a file with one on each line; it is read again when it changes.",
)
@click.option(
    "--address",
    default="0.0.0.0:9002",
    show_default=True,
    help="Where gateways ask, HOST:PORT or unix:PATH.",
)
@click.option(
    "--kubeconfig",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="How to reach the API [default: $KUBECONFIG, else ~/.kube/config; in a pod its service "
    "account].",
)
@click.option("--context", default="", metavar="NAME", help="Of the kubeconfig.")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An EndpointPickerConfig: profile and flow control.",
)
@click.option("--plaintext", is_flag=True, help="No TLS.")
@click.option(
    "--certificate",
    nargs=2,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="CHAIN KEY",
    help="Files of the certificate to show [default: one is made]; they may change.",
)
@click.option(
    "--health-address",
    default="",
    metavar="HOST:PORT",
    help="Answer gRPC health checks here too, in plain text.",
)
@click.option(
    "--probe-address",
    default="",
    metavar="HOST:PORT",
    help="Answer /healthz, /readyz and /metrics here.",
)
@click.option(
    "--explain-address",
    default="",
    metavar="HOST:PORT",
    help="Tell `portway explain` here what would become of a request; on loopback only.",
)
@click.option(
    "--hold",
    type=click.FloatRange(0, 86400),
    metavar="SECONDS",
    help="How long requests wait for the first endpoint of an empty pool [default: not at all, "
    "or what --config says].",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Say why in the answer's header x-portway-pick, where a request has the header "
    "x-portway-explain-pick. It names endpoints and their load.",
)
@click.option(
    "--metrics-path",
    default="/metrics",
    show_default=True,
    help="Where engines tell their numbers.",
)
@click.option(
    "--scrape-interval",
    type=click.FloatRange(0.05, 60),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How often engines are asked while requests come.",
)
@click.option(
    "--drain-time",
    type=click.FloatRange(0, 86400),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long requests under way may take at the end.",
)
@click.option("--test-headers", is_flag=True, hidden=True)
@click.option("--until-stdin-ends", is_flag=True, hidden=True)
@click.option("--envoy", type=click.Path(dir_okay=False, path_type=Path), help="Envoy executable.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
)
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def command(**given: Any) -> None:
    """Pick endpoints of model servers for gateways (Endpoint Picker Protocol).

    Each prompt goes where most of it is cached, unless that endpoint has so much to do that it
    would be done earlier elsewhere. Any gateway that speaks the protocol may ask.
    """
    from portway.app.picker import process
    from portway.app.picker.settings import settings_of

    raise SystemExit(process.run(settings_of(**given)))
