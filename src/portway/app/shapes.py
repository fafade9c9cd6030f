"""Which tables of routes are split into scopes, on disk, so that a restart changes no listener.

Knows one versioned JSON file. Must not know when a table is split (`Core.reshape`). A damaged file
costs, at worst, each table that has shrunk since it was split one change of its listener.
"""

import logging
from pathlib import Path

import msgspec

from portway.adapters.admin import log
from portway.adapters.folder import snapshot
from portway.core.model import TableKey

VERSION = 1
_log = logging.getLogger(__name__)


class _Envelope(msgspec.Struct, frozen=True):
    version: int
    scoped: tuple[TableKey, ...]


def load(path: Path) -> tuple[TableKey, ...]:
    """What was saved last; nothing when there is no such file or it is no use."""
    try:
        envelope = msgspec.json.decode(path.read_bytes(), type=_Envelope)
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.event(_log, "warning", "the record of scoped tables is ignored", file=path, why=error)
        return ()
    return envelope.scoped if envelope.version == VERSION else ()


def save(scoped: tuple[TableKey, ...], path: Path) -> None:
    """Replace the file in one step; a disk that is full is told."""
    try:
        snapshot.write(msgspec.json.encode(_Envelope(VERSION, scoped)), path)
    except OSError as error:
        log.event(_log, "warning", "the scoped tables cannot be saved", file=path, why=error)
