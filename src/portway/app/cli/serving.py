"""The options of every command that serves, and the settings they make.

Knows the command line. Must not know where objects come from: each command adds that. Imports
nothing heavy, since it is read for `--help` too.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from portway.app.cli.failure import USAGE, Failure
from portway.app.settings import DEFAULT_POOL, SettingError, Settings, data_dir, run_dir
from portway.core.controller_name import CONTROLLER
from portway.core.thresholds import SCOPES_FROM, TREES_FROM

_F = TypeVar("_F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for what outlives a restart [default: $XDG_STATE_HOME/portway/NAME].",
    ),
    click.option(
        "--address-pool",
        default=DEFAULT_POOL,
        show_default=True,
        metavar="CIDR",
        help="Each Gateway gets an address of its own from here.",
    ),
    click.option(
        "--bind", default="", metavar="ADDRESS", help="All Gateways share this address instead."
    ),
    click.option(
        "--port-offset",
        type=click.IntRange(0, 64511),
        metavar="N",
        help="Added to ports below 1024 [default: 0 if they may be bound, else 10000].",
    ),
    click.option(
        "--envoy",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Envoy executable [default: the one that came with Portway].",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(0, 1024),
        default=0,
        metavar="N",
        help="Envoy's worker threads [default: one per processor, at most 4].",
    ),
    click.option(
        "--drain-time",
        type=click.FloatRange(0, 86400),
        default=30.0,
        show_default=True,
        metavar="SECONDS",
        help="How long requests under way may take at the end.",
    ),
    click.option(
        "--admin-port",
        type=click.IntRange(0, 65535),
        metavar="N",
        help="Also serve the admin endpoint on this loopback port; 0: any free one.",
    ),
    click.option(
        "--log-level",
        type=click.Choice(["debug", "info", "warning", "error"]),
        default="info",
        show_default=True,
    ),
    click.option(
        "--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True
    ),
    click.option(
        "--access-log",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Append a line of JSON for each request, and for each connection that is not HTTP.",
    ),
    click.option(
        "--scopes-from",
        type=click.IntRange(0),
        default=SCOPES_FROM,
        show_default=True,
        metavar="HOSTS",
        help="Split a table of routes with so many hosts, so that a change costs one host; "
        "0: always.",
    ),
    click.option(
        "--trees-from",
        type=click.IntRange(1),
        default=TREES_FROM,
        show_default=True,
        metavar="PATHS",
        help="Make a host with so many paths a tree, so that each costs the same.",
    ),
    click.option("--once", is_flag=True, help="End as soon as everything is programmed."),
)


def options(name: str) -> Callable[[_F], _F]:
    """Decorates a command with all of them. ``name``: what an instance is called by default."""
    named = click.option("--name", default=name, show_default=True, help="Name of the instance.")

    def decorate(command: _F) -> _F:
        for each in reversed((named, *_OPTIONS)):
            command = each(command)
        return command

    return decorate


def settings_of(
    *,
    paths: tuple[str, ...] = (),
    probe_address: str = "",
    controller_name: str = CONTROLLER,
    api: str = "",
    api_token: Path | None = None,
    name: str,
    data: Path | None,
    drain_time: float,
    access_log: Path | None,
    **given: Any,
) -> Settings:
    """What the options say, with both folders made. Raises Failure."""
    try:
        settings = Settings(
            paths=paths,
            probes=probe_address,
            controller=controller_name,
            name=name,
            data=(data or data_dir(name)).absolute(),
            run_dir=run_dir(name, data),
            drain_seconds=drain_time,
            access_log=access_log and access_log.absolute(),
            api=api,
            api_token=api_token,
            **given,
        )
        settings.prepare()
    except SettingError as error:
        raise Failure(str(error), USAGE) from None
    return settings
