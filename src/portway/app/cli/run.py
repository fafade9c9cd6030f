"""`portway run`: serve a folder of manifests on this machine."""

from pathlib import Path
from typing import Any

import click

from portway.app.cli import serving
from portway.app.settings import DEFAULT_NAME


@click.command("run")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@serving.options(DEFAULT_NAME)
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
def command(
    paths: tuple[str, ...],
    api: bool,
    api_address: str,
    api_token_file: Path | None,
    **given: Any,
) -> None:
    """Serve a folder of manifests on this machine.

    PATH is a file, a folder (with its sub-folders, watched for changes) or - for standard input.
    """
    settings = serving.settings_of(
        paths=paths, api=api_address if api else "", api_token=api_token_file, **given
    )
    from portway.app import garbage

    garbage.begin()  # what the next line makes stays, and looking through it is a tenth of its time
    from portway.app import standalone

    raise SystemExit(standalone.run(settings))
