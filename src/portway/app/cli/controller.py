"""`portway controller`: serve what a Kubernetes cluster has."""

import re
from pathlib import Path
from typing import Any

import click

from portway.adapters.listening import host_and_port
from portway.app.cli import serving
from portway.app.cli.failure import USAGE, Failure
from portway.core.controller_name import CONTROLLER

NAME = "controller"
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@click.command("controller")
@click.option(
    "--kubeconfig",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="How to reach the cluster [default: $KUBECONFIG, else ~/.kube/config; in a pod its "
    "service account].",
)
@click.option(
    "--context", default="", help="Of the kubeconfig [default: its current one].", metavar="NAME"
)
@click.option(
    "--write-status",
    default="",
    metavar="NAMESPACE",
    help="Write statuses into the cluster; of several instances only the one that holds the lease "
    "in this namespace does.",
)
@click.option(
    "--watch-namespaces",
    default="",
    metavar="NAMES",
    help="Read these namespaces alone, separated by commas [default: all].",
)
@click.option(
    "--gateway-class",
    default="",
    metavar="NAME",
    help="Make this GatewayClass where it is missing. Needs --write-status.",
)
@click.option(
    "--xds-address",
    default="",
    metavar="HOST:PORT",
    help="Run no Envoy here, but configure those of each Gateway (`portway proxy`), which connect "
    "to this address with certificates. Needs --write-status, in whose namespace the authority "
    "for these is kept.",
)
@click.option(
    "--xds-name",
    default="",
    metavar="HOST:PORT",
    help="How proxies call that address [default: portway-xds.NAMESPACE.svc:18000].",
)
@click.option(
    "--provision",
    default="",
    metavar="IMAGE",
    help="Make proxies of this image for each Gateway: a Deployment, a Service and what belongs to "
    "them, in the Gateway's namespace. Needs --xds-address.",
)
@click.option(
    "--picker-role",
    default="",
    metavar="NAME",
    help="Also make a picker for each InferencePool that asks for one (annotation "
    "portway.dev/picker: process), and give it this ClusterRole in the pool's namespace. Needs "
    "--provision.",
)
@click.option(
    "--probe-address",
    default="",
    metavar="HOST:PORT",
    help="Also answer /healthz, /readyz and /metrics here, for a cluster that runs this.",
)
@click.option(
    "--controller-name",
    default=CONTROLLER,
    show_default=True,
    metavar="DOMAIN/PATH",
    help="Which GatewayClasses are ours; two installations in one cluster need two names.",
)
@serving.options(NAME)
def command(
    kubeconfig: Path | None,
    context: str,
    write_status: str,
    watch_namespaces: str,
    gateway_class: str,
    xds_address: str,
    xds_name: str,
    provision: str,
    picker_role: str,
    **given: Any,
) -> None:
    """Serve what a Kubernetes cluster has.

    The cluster is read and followed. Statuses are shown by `portway status --name controller`, and
    nothing is written to the cluster unless --write-status says so. Without the API server, what
    was read last goes on. It is served by an Envoy on this machine, or with --xds-address by
    proxies of each Gateway wherever they are.
    """
    if xds_address and not write_status:
        raise Failure("--xds-address needs --write-status NAMESPACE as well", USAGE)
    if provision and not xds_address:
        raise Failure("--provision needs --xds-address HOST:PORT as well", USAGE)
    if picker_role and not provision:
        raise Failure("--picker-role needs --provision IMAGE as well", USAGE)
    if gateway_class and not write_status:
        raise Failure("--gateway-class needs --write-status NAMESPACE as well", USAGE)
    namespaces = _namespaces(watch_namespaces)
    address = _address("--xds-address", xds_address) if xds_address else None
    name = xds_name or f"portway-xds.{write_status}.svc:18000"
    _address("--xds-name", name)
    settings = serving.settings_of(**given)
    from portway.app import controller

    asked = controller.Asked(
        kubeconfig,
        context,
        write_status,
        address,
        name,
        provision,
        namespaces,
        gateway_class,
        picker_role,
    )
    raise SystemExit(controller.run(settings, asked))


def _namespaces(text: str) -> tuple[str, ...]:
    names = tuple(sorted({each.strip() for each in text.split(",")} - {""}))
    for each in names:
        if not _LABEL.fullmatch(each):
            raise Failure(f"--watch-namespaces: {each!r} is no name of a namespace", USAGE)
    return names


def _address(option: str, text: str) -> tuple[str, int]:
    try:
        return host_and_port(text)
    except ValueError as error:
        raise Failure(f"{option} {text}: {error}", USAGE) from None
