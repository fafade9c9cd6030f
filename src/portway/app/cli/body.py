"""A request's body as an option of the command line: text, or @FILE as curl has it.

Knows files and standard input. Must not know what is in a body.
"""

import sys
from pathlib import Path

from portway.app.cli.failure import USAGE, Failure


def read(given: str) -> bytes:
    """The bytes. Raises Failure for a file that cannot be read."""
    if not given.startswith("@"):
        return given.encode("utf-8", "surrogateescape")
    name = given[1:]
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise Failure(f"--body {given}: {error.strerror or error}", USAGE) from None
