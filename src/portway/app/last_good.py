"""What stands in for a control plane that is away: the last good configuration, as it was kept.

Composition only: a mounted file, and a server of configuration that serves what is in it and
nothing else. Both are looked at only when they are needed, which is hardly ever.
"""

import asyncio
import logging
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from portway.adapters.admin import log
from portway.adapters.xds import Pipe, StreamEvents, UnixSocket, XdsServer
from portway.core import delta
from portway.core.schema import Schema

_log = logging.getLogger(__name__)

FILE: Final = "snapshot"
"""In its folder, and the key of it in its Secret."""
# No Secret holds more.
_LARGEST: Final = 2 * 1024 * 1024


class NothingGoodError(OSError):
    """There is no last good configuration that can be used. The message says why."""


class LastGood:
    """The snapshot of one owner, as it is in a folder."""

    def __init__(
        self, folder: Path, owner: str, socket: Path, schema: Callable[[], Schema]
    ) -> None:
        """``owner``: NAMESPACE/NAME of the Gateway. ``socket``: where it may be served, in a
        private folder. ``schema`` is asked for when it is needed."""
        self._file = folder / FILE
        self._owner = owner
        self._socket = socket
        self._schema = schema
        self._server: XdsServer | None = None

    async def connect(self) -> Pipe:
        """A connection to a server of what is in the file now. Raises NothingGoodError."""
        snapshot = read(self._file, self._owner)
        await self.close()
        resources = delta.ResourceSet()
        resources.apply(snapshot.resources)
        self._server = XdsServer(
            UnixSocket(self._socket),
            self._schema(),
            lambda _: resources,
            StreamEvents(outcome=lambda _, outcome: _tell(outcome)),
        )
        await self._server.start()
        self._server.begin()
        log.event(
            _log,
            "warning",
            "the control plane is away; the last good configuration is served",
            taken=snapshot.taken,
            resources=len(snapshot.resources),
        )
        return Pipe(*await asyncio.open_unix_connection(self._socket))

    async def close(self) -> None:
        """Serve nothing any more."""
        if self._server is not None:
            await self._server.stop()
            self._server = None


def read(file: Path, owner: str) -> delta.Snapshot:
    """What is in the file. Raises NothingGoodError: nothing, something of another Gateway, or what
    anybody may have written."""
    try:
        with file.open("rb") as opened:
            mode = stat.S_IMODE(file.stat().st_mode)
            data = opened.read(_LARGEST)
    except FileNotFoundError:
        raise NothingGoodError(f"{file}: no configuration was kept yet") from None
    except OSError as error:
        raise NothingGoodError(f"{file}: {error.strerror}") from error
    if mode & 0o022:
        raise NothingGoodError(
            f"{file}: others may write to it (mode {mode:04o}), so it is not used; chmod 400"
        )
    try:
        snapshot = delta.unpack(data)
    except delta.SnapshotError as error:
        raise NothingGoodError(f"{file}: {error}") from None
    if snapshot.owner != owner:
        raise NothingGoodError(f"{file}: it is of {snapshot.owner}, and this is {owner}")
    return snapshot


def _tell(outcome: delta.Outcome) -> None:
    if isinstance(outcome, delta.Nack):
        log.event(
            _log,
            "error",
            "envoy refused a part of the last good configuration",
            type=outcome.type_url.rsplit(".", 1)[-1],
            reason=outcome.message.strip(),
        )
