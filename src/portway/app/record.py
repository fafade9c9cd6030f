"""Small files in which an instance remembers something over a restart: versioned JSON.

Knows how a record is read without trust and written in one step. Must not know what it says: a
record is a help, so one that is damaged, or of another version, is told and counts as none.
"""

import logging
from pathlib import Path
from typing import TypeVar

import msgspec

from portway.adapters import whole_file
from portway.adapters.admin import log

_log = logging.getLogger(__name__)


class Envelope(msgspec.Struct, frozen=True):
    """The base of what such a file holds; `version` is of the fields that a subclass adds."""

    version: int


E = TypeVar("E", bound=Envelope)


def load(path: Path, form: type[E], version: int, what: str) -> E | None:
    """What was saved last; None when there is no such file or it is no use. `what` it is a record
    of is for the log."""
    try:
        envelope = msgspec.json.decode(path.read_bytes(), type=form)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.event(_log, "warning", f"the record of {what} is ignored", file=path, why=error)
        return None
    return envelope if envelope.version == version else None


def save(envelope: Envelope, path: Path, what: str) -> None:
    """Replace the file in one step; a disk that is full is told."""
    try:
        whole_file.write(msgspec.json.encode(envelope), path)
    except OSError as error:
        log.event(_log, "warning", f"the record of {what} cannot be saved", file=path, why=error)
