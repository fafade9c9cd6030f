"""Endpoints that are given by name: on the command line, or in a file that may change.

Knows the file: an `ip:port` on each line, after it `label=value` if anything chooses by labels;
`#` begins a comment. Must not know pools. A file that cannot be read, or has a mistake in it,
changes nothing until it is right again.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from portway.app.picker.members import endpoint
from portway.core.pick import Target
from portway.core.translate.address import parse_endpoints

_log = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 1.0


class BadList(ValueError):
    """A list of endpoints has a mistake in it. The message says where."""


def parse(text: str) -> tuple[Target, ...]:
    """The endpoints of a text with one on each line. Raises BadList."""
    found: dict[str, Target] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        one = parse_endpoints(words[0])
        if isinstance(one, str) or len(one) != 1:
            raise BadList(f"line {number}: {words[0]!r} is no ip:port")
        pairs = [each.partition("=") for each in words[1:]]
        if not all(name and equals for name, equals, _ in pairs):
            raise BadList(f"line {number}: write labels as name=value")
        address = endpoint(one[0].address, one[0].port)
        found[address] = Target(address, {name: value for name, _, value in pairs})
    return tuple(found.values())


async def follow(
    path: Path, last: bytes | None, tell: Callable[[tuple[Target, ...]], None]
) -> None:
    """Tell what is in a file whenever it is not what it was, until cancelled. ``last``: what it
    held."""
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        last = look(path, last, tell)


def look(
    path: Path, last: bytes | None, tell: Callable[[tuple[Target, ...]], None]
) -> bytes | None:
    """One look; what the file holds now. It is small and on this machine: reading it takes less
    than asking a thread to."""
    text = last
    try:
        text = path.read_bytes()
        if text != last:
            tell(parse(text.decode()))
    except (OSError, UnicodeDecodeError, BadList) as error:
        _log.warning("%s: %s; the endpoints stay as they were", path, error)
    return text
