"""The last good state on disk, so that a restart with a broken file serves what worked.

Knows one versioned JSON file. Must not know what is in it. It holds Secrets, so only its owner may
read it; it is replaced in one step, so that a crash leaves the old one or the new one.
"""

import os
import tempfile
from pathlib import Path
from typing import Final, Protocol

import msgspec

from portway.adapters.folder.past import Past
from portway.adapters.folder.problem import FileProblem

VERSION: Final = 1
MAX_BYTES: Final = 512 * 1024 * 1024


class Remembering(Protocol):
    """Anything that can say what a later run should remember."""

    def past(self) -> Past: ...


class _Envelope(msgspec.Struct, frozen=True):
    version: int
    past: msgspec.Raw


def encode(state: Remembering) -> bytes:
    """The snapshot of a state, as the bytes of the file."""
    body = msgspec.Raw(msgspec.json.encode(state.past()))
    return msgspec.json.encode(_Envelope(VERSION, body))


def save(state: Remembering, path: Path) -> None:
    """Write a state's snapshot. Raises OSError."""
    write(encode(state), path)


def write(data: bytes, path: Path) -> None:
    """Replace the snapshot at `path` in one step, mode 0600. Raises OSError."""
    # mkstemp creates with mode 0600, and the rename keeps it.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def load(path: Path) -> tuple[Past | None, FileProblem | None]:
    """The snapshot at `path`; None when there is none, or when it is no use, with the reason."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None, None
    except OSError as error:
        return None, _useless(path, f"cannot be read: {error.strerror}")
    if len(data) > MAX_BYTES:
        return None, _useless(path, f"is larger than {MAX_BYTES} bytes")
    try:
        envelope = msgspec.json.decode(data, type=_Envelope)
        if envelope.version != VERSION:
            return None, _useless(path, f"has version {envelope.version}, not {VERSION}")
        return msgspec.json.decode(envelope.past, type=Past), None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return None, _useless(path, f"is damaged: {error}")


def _useless(path: Path, why: str) -> FileProblem:
    cure = "nothing to do if all files are good: it is written anew; otherwise mend the files first"
    return FileProblem(str(path), None, None, f"the last-good snapshot {why}; ignored", cure)
