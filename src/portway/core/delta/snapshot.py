"""Everything that the proxies of one owner hold, as bytes that can be kept.

Knows how resources become one piece of bytes and resources again. Must not know where that is
kept, nor what a resource contains. What comes back was kept by ourselves, though perhaps by an
earlier version and in a place that others can write to: so it is read with a limit, and what is not
whole is nothing.
"""

import zlib
from collections.abc import Iterable
from typing import Final

import msgspec
from xxhash import xxh3_64_hexdigest

from portway.core.delta.resource import Resource

_MAGIC: Final = b"portway-snapshot-1\n"
# Of the resources, in bytes: some hundred times what a Secret can hold of them when compressed.
_LARGEST: Final = 256 * 1024 * 1024


class SnapshotError(ValueError):
    """These bytes are no snapshot. The message says why, without a beginning."""


class Snapshot(msgspec.Struct, frozen=True):
    """``owner``: whose resources they are; ``taken``: when they were put together, for people."""

    owner: str
    taken: str
    resources: tuple[Resource, ...]


def pack(snapshot: Snapshot) -> bytes:
    """The snapshot as bytes, compressed."""
    return _MAGIC + zlib.compress(msgspec.msgpack.encode(snapshot))


def unpack(data: bytes) -> Snapshot:
    """The snapshot that these bytes are. Raises SnapshotError."""
    if not data.startswith(_MAGIC):
        raise SnapshotError("it does not begin as a snapshot does")
    reader = zlib.decompressobj()
    try:
        body = reader.decompress(data[len(_MAGIC) :], _LARGEST)
    except zlib.error as error:
        raise SnapshotError(f"it cannot be unpacked: {error}") from None
    if not reader.eof:
        raise SnapshotError("it is cut off, or too large")
    try:
        return msgspec.msgpack.decode(body, type=Snapshot)
    except msgspec.DecodeError as error:
        raise SnapshotError(f"it cannot be read: {error}") from None


def digest(resources: Iterable[Resource]) -> str:
    """The same for the same resources, in whatever order and whenever they were put together."""
    lines = sorted(f"{each.type_url} {each.name} {each.version}" for each in resources)
    return str(xxh3_64_hexdigest("\n".join(lines).encode()))


__all__ = ["Snapshot", "SnapshotError", "digest", "pack", "unpack"]
