"""`portway controller`: serve what a Kubernetes cluster has on this machine."""

from pathlib import Path
from typing import Any

import click

from portway.app.cli import serving

NAME = "controller"


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
@serving.options(NAME)
def command(kubeconfig: Path | None, context: str, write_status: str, **given: Any) -> None:
    """Serve what a Kubernetes cluster has on this machine.

    The cluster is read and followed. Statuses are shown by `portway status --name controller`, and
    nothing is written to the cluster unless --write-status says so. Without the API server, what
    was read last goes on.
    """
    settings = serving.settings_of(**given)
    from portway.app import controller

    raise SystemExit(controller.run(settings, kubeconfig, context, write_status))
