"""The last good state on disk, so that a restart with a broken file serves what worked.

Knows the file's formats, and how to read it without trust. Must not know what is in it, nor how it
grows (see journal). It holds Secrets, so only its owner may read it.

The file is a line that says so, and then a record a line, each with its checksum before it. The
last line may be torn, since nothing waits for the disk: it and what follows do not count. Version
1 was one JSON value, which is still read.
"""

from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import xxhash

from portway.adapters.folder.past import Past, Record, Replay
from portway.adapters.folder.problem import FileProblem

VERSION: Final = 2
HEADER: Final = b'{"version":2}\n'
MAX_BYTES: Final = 512 * 1024 * 1024

_DIGEST: Final = 16  # hexadecimal digits of a line's checksum


class Found(NamedTuple):
    """What there was to read."""

    past: Past | None = None
    """None when there is no snapshot, or when it is no use."""
    problem: FileProblem | None = None
    """Why it is no use."""
    length: int = 0
    """Bytes at the beginning of the file that records can be appended to; 0 when it has to be
    written anew."""


class _Envelope(msgspec.Struct, frozen=True):
    version: int
    past: msgspec.Raw = msgspec.Raw(b"null")


def line(record: Record) -> bytes:
    """A record as the file has it."""
    body = msgspec.json.encode(record)
    return b"%s %s\n" % (xxhash.xxh3_64_hexdigest(body).encode(), body)


def load(path: Path) -> Found:
    """The snapshot at `path`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Found()
    except OSError as error:
        return _useless(path, f"cannot be read: {error.strerror}")
    if len(data) > MAX_BYTES:
        return _useless(path, f"is larger than {MAX_BYTES} bytes")
    try:
        if data.startswith(HEADER):
            return _records(data)
        envelope = msgspec.json.decode(data, type=_Envelope)
        if envelope.version != 1:
            return _useless(path, f"has version {envelope.version}, not {VERSION}")
        return Found(msgspec.json.decode(envelope.past, type=Past))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return _useless(path, f"is damaged: {error}")


def _records(data: bytes) -> Found:
    replay, decoder, at = Replay(), msgspec.json.Decoder(Record), len(HEADER)
    while (end := data.find(b"\n", at)) >= 0:
        digest, body = data[at : at + _DIGEST], data[at + _DIGEST + 1 : end]
        if digest != xxhash.xxh3_64_hexdigest(body).encode():
            break
        replay.take(decoder.decode(body))
        at = end + 1
    return Found(replay.past(), None, at)


def _useless(path: Path, why: str) -> Found:
    cure = "nothing to do if all files are good: it is written anew; otherwise mend the files first"
    message = f"the last-good snapshot {why}; ignored"
    return Found(None, FileProblem(str(path), None, None, message, cure))
