"""`portway demo`: an example site to try things on."""

from pathlib import Path

import click

from portway.app.cli.failure import USAGE, Failure
from portway.app.settings import SettingError, Settings, data_dir, run_dir

NAME = "demo"


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write the manifests, to edit them while they are served [default: a folder "
    "of the demo's own].",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="warning",
    show_default=True,
)
@click.option("--check", is_flag=True, help="Run the printed requests, say what failed, and end.")
def command(folder: Path | None, log_level: str, check: bool) -> None:
    """Serve an example site to try things on.

    Starts sample backends and a Portway instance named demo in front of them, and prints requests
    to try. Ends with Ctrl-C.
    """
    try:
        data = data_dir(NAME)
        manifests = (folder or data / "manifests").absolute()
        settings = Settings(
            paths=(str(manifests),),
            name=NAME,
            data=data,
            run_dir=run_dir(NAME),
            log_level=log_level,
        )
        settings.prepare()
    except SettingError as error:
        raise Failure(str(error), USAGE) from None
    from portway.app import demo

    raise SystemExit(demo.run(settings, manifests, check))
