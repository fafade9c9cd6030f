"""`python -m portway.app.sample FOLDER`: the backends an example waits for.

Knows its arguments and signals. Must not know HTTP. Apart from `portway` on purpose: a gateway that
served its own backends would hide that it needs some.
"""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from portway.app.sample.backends import BackendError, Backends
from portway.app.sample.echo import Answer
from portway.app.sample.folder import sample_backends


def main(arguments: list[str] | None = None) -> int:
    """Serves until interrupted. Returns the exit code: 0, or 1 when nothing can be served."""
    parser = argparse.ArgumentParser(
        prog="python -m portway.app.sample",
        description="Serve sample backends on every loopback endpoint of the Services in FOLDER.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--page",
        action="append",
        default=[],
        metavar="SERVICE",
        help="answer as a page of text instead of JSON (may be repeated)",
    )
    asked = parser.parse_args(arguments)
    try:
        asyncio.run(_serve(asked.folder, frozenset(asked.page)))
    except (BackendError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _serve(folder: Path, pages: frozenset[str]) -> None:
    wanted = await asyncio.to_thread(sample_backends, folder, pages)
    if not wanted:
        raise FileNotFoundError(
            f"{folder}: no Service with loopback endpoints. Name a folder that has one."
        )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Backends(wanted):
        for backend in wanted:
            kind = " (page)" if backend.answer is Answer.PAGE else ""
            where = f"{backend.address}:{backend.port}"
            print(f"{backend.namespace}/{backend.service} on {where}{kind}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
