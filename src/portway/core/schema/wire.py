"""The protobuf wire format: varints, tags, length prefixes.

Knows bytes and nothing else: no descriptors, no field names, no JSON.
"""

from __future__ import annotations

import struct

VARINT = 0
FIXED64 = 1
LENGTH = 2
FIXED32 = 5

_TABLE = 2048


def _spell(value: int) -> bytes:
    """A non-negative integer below 2**64 as a varint."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


_SMALL = tuple(_spell(value) for value in range(_TABLE))
_UINT64 = (1 << 64) - 1
FLOAT = struct.Struct("<f")
DOUBLE = struct.Struct("<d")
UINT32 = struct.Struct("<I")
UINT64 = struct.Struct("<Q")
INT32 = struct.Struct("<i")
INT64 = struct.Struct("<q")


def varint(value: int) -> bytes:
    """An integer between -2**63 and 2**64 - 1 as a varint; negative ones take ten bytes."""
    return _SMALL[value] if 0 <= value < _TABLE else _spell(value & _UINT64)


def zigzag(value: int) -> int:
    """Signed to unsigned, small magnitudes staying small (sint32 and sint64)."""
    return value << 1 if value >= 0 else (-value << 1) - 1


def tag(number: int, kind: int) -> bytes:
    """The key in front of a field: its number and its wire type."""
    return varint(number << 3 | kind)


def prefixed(head: bytes, body: bytes) -> bytes:
    """A length-delimited field: its tag, the body's length, the body."""
    size = len(body)
    return head + (_SMALL[size] if size < _TABLE else _spell(size)) + body
