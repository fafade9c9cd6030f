"""Two ends of connections put together: what comes in at one goes out at the other.

Knows bytes that are not looked at. A write waits until the other side has read, so neither is ever
ahead of the other by more than a buffer.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

_PIECE = 64 * 1024


class Pipe(NamedTuple):
    """One end of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def close(self) -> None:
        """At once: what was not written yet is lost."""
        self.writer.transport.abort()


async def join(near: Pipe, far: Pipe, came: Callable[[int], None] = lambda _bytes: None) -> None:
    """Return when either end has closed; both are closed then. Cancelling closes both too. ``came``
    is told how many bytes came from the far end."""
    tasks = (
        asyncio.ensure_future(_copy(near.reader, far.writer, lambda _: None)),
        asyncio.ensure_future(_copy(far.reader, near.writer, came)),
    )
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        near.close()
        far.close()
        for each in tasks:
            each.cancel()
        for each in tasks:
            with suppress(asyncio.CancelledError):
                await each


async def _copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, came: Callable[[int], None]
) -> None:
    with suppress(OSError):  # the one that broke it off does not come back for it
        while piece := await reader.read(_PIECE):
            came(len(piece))
            writer.write(piece)
            await writer.drain()
