"""What Envoy refused, on disk, so that a restart need not find it out again.

Knows one versioned JSON file. Must not know how a culprit is found (`core.culprit`). Stand-ins may
be Secrets, so only the owner may read it; a damaged file costs another search, nothing else.
"""

import logging
from pathlib import Path

import msgspec

from portway.adapters.admin import log
from portway.adapters.folder import snapshot
from portway.core.culprit import Refusal

VERSION = 1
_log = logging.getLogger(__name__)


class _Envelope(msgspec.Struct, frozen=True):
    version: int
    refusals: tuple[Refusal, ...]


def load(path: Path) -> tuple[Refusal, ...]:
    """What was saved last; nothing when there is no such file or it is no use."""
    try:
        envelope = msgspec.json.decode(path.read_bytes(), type=_Envelope)
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.event(_log, "warning", "the record of refusals is ignored", file=path, why=error)
        return ()
    return envelope.refusals if envelope.version == VERSION else ()


def save(refusals: tuple[Refusal, ...], path: Path) -> None:
    """Replace the file in one step; a disk that is full is told and costs a search later."""
    try:
        snapshot.write(msgspec.json.encode(_Envelope(VERSION, refusals)), path)
    except OSError as error:
        log.event(_log, "warning", "the record of refusals cannot be saved", file=path, why=error)
