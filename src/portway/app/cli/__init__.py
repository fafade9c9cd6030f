"""The command line: one file per command, each loaded only when it is used.

Knows the commands' names and one line about each, so that `portway --help` imports nothing but
click. Must not import anything else of the product.
"""

from importlib import import_module

import click

from portway.app.cli.failure import Failure

COMMANDS = {
    "run": "Serve a folder of manifests on this machine.",
    "controller": "Serve what a Kubernetes cluster has on this machine.",
    "proxy": "Run a proxy of one Gateway, configured by a controller elsewhere.",
    "picker": "Pick endpoints of model servers for gateways.",
    "check": "Find what is wrong in manifests before they are served.",
    "status": "Show what a running instance says about its objects.",
    "explain": "Say which rule answers a request, and why another does not.",
    "translate": "Show what manifests become: model, Envoy resources, statuses.",
    "demo": "Serve an example site to try things on.",
    "version": "Show the versions of Portway, Envoy and Python.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"portway.app.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Knows near misses: `portway chek` is told about `check`."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise Failure(f"There is no command {args[0]!r}.{hint}", 2)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Portway: Kubernetes Gateway API on Envoy, in a cluster or without one.

    Exit codes: 0 all is well, 1 findings or not found, 2 wrong usage, 3 no running instance.
    """
