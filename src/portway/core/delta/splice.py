"""Encoded protobuf put together from encoded parts, and the version of a body.

Knows the wire format of length-delimited fields only. Nothing is parsed: a repeated message that
was encoded once is copied, so a large message costs what its changed part costs.
"""

from collections.abc import Iterable

from xxhash import xxh3_64_hexdigest

_LENGTH_DELIMITED = 2
_MAX_FIELD = (1 << 29) - 1


def field(number: int, body: bytes) -> bytes:
    """One length-delimited field: tag, length, body. Raises ValueError for a bad field number."""
    return _tag(number) + _varint(len(body)) + body


def join(head: bytes, number: int, bodies: Iterable[bytes]) -> bytes:
    """An encoded message with encoded elements appended to its repeated field `number`."""
    tag = _tag(number)
    parts = [head]
    for body in bodies:
        parts += (tag, _varint(len(body)), body)
    return b"".join(parts)


def version(body: bytes) -> str:
    """The version of a resource: a hash of its content, the same after every restart."""
    return str(xxh3_64_hexdigest(body))


def _tag(number: int) -> bytes:
    if not 1 <= number <= _MAX_FIELD:
        raise ValueError(f"protobuf field numbers go from 1 to {_MAX_FIELD}, not {number}")
    return _varint(number << 3 | _LENGTH_DELIMITED)


def _varint(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
