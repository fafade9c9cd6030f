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
@serving.options(NAME)
def command(kubeconfig: Path | None, context: str, **given: Any) -> None:
    """Serve what a Kubernetes cluster has on this machine.

    The cluster is read and followed, and nothing is written to it: statuses are shown by
    `portway status --name controller`. Without the API server, what was read last goes on.
    """
    settings = serving.settings_of(**given)
    from portway.app import controller

    raise SystemExit(controller.run(settings, kubeconfig, context))
