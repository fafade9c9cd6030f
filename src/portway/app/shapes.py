"""Which tables of routes are split into scopes, on disk, so that a restart changes no listener.

Knows the file's form. Must not know when a table is split (`Core.reshape`). A file that is lost
costs, at worst, each table that has shrunk since it was split one change of its listener.
"""

from pathlib import Path

from portway.app import record
from portway.core.model import TableKey

VERSION = 1
_WHAT = "scoped tables"


class _Envelope(record.Envelope, frozen=True):
    scoped: tuple[TableKey, ...]


def load(path: Path) -> tuple[TableKey, ...]:
    """What was saved last; nothing when there is no such file or it is no use."""
    envelope = record.load(path, _Envelope, VERSION, _WHAT)
    return envelope.scoped if envelope is not None else ()


def save(scoped: tuple[TableKey, ...], path: Path) -> None:
    """Replace the file in one step; a disk that is full is told."""
    record.save(_Envelope(VERSION, scoped), path, _WHAT)
