"""The messages whose JSON form is not an object: durations, timestamps, field masks, Struct.

Knows protobuf's JSON mapping of `google.protobuf.*` in both directions. Must not know any other
message; `Any` and the wrappers need the rest of the schema and live in `encode` and `decode`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from portway.core.schema import wire
from portway.core.schema.problem import Fault, key_step, kind
from portway.core.schema.scalar import text

_DURATION = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,9}))?s")
_DURATION_MAX_SECONDS = 315_576_000_000


@lru_cache(maxsize=4096)
def _duration(value: str) -> bytes:
    found = _DURATION.fullmatch(value)
    if found is None or int(found[2]) > _DURATION_MAX_SECONDS:
        raise Fault(f'expected a duration such as "1.5s", found {kind(value)}')
    sign = -1 if found[1] else 1
    seconds = sign * int(found[2])
    nanos = sign * int((found[3] or "").ljust(9, "0"))
    body = b"\x08" + wire.varint(seconds) if seconds else b""
    return body + (b"\x10" + wire.varint(nanos) if nanos else b"")


def duration(value: Any) -> bytes:
    """`"1.5s"` to google.protobuf.Duration."""
    if not isinstance(value, str):
        raise Fault(f'expected a duration such as "1.5s", found {kind(value)}')
    return _duration(value)


def timestamp(value: Any) -> bytes:
    """`"2026-01-02T03:04:05Z"` (RFC 3339) to google.protobuf.Timestamp."""
    message = Timestamp()
    try:
        message.FromJsonString(value)
    except (ValueError, TypeError, AttributeError):
        raise Fault(f"expected an RFC 3339 time, found {kind(value)}") from None
    return message.SerializeToString(deterministic=True)


def field_mask(value: Any) -> bytes:
    """`"a,b.c"` to google.protobuf.FieldMask."""
    message = FieldMask()
    try:
        message.FromJsonString(value)
    except (ValueError, TypeError, AttributeError):
        raise Fault(f"expected field names joined by commas, found {kind(value)}") from None
    return message.SerializeToString(deterministic=True)


def struct(value: Any) -> bytes:
    """A JSON object to google.protobuf.Struct, keys in order."""
    if not isinstance(value, Mapping):
        raise Fault(f"expected an object, found {kind(value)}")
    pieces: list[bytes] = []
    for key in sorted(value, key=str):
        if not isinstance(key, str):
            raise Fault(f"expected a string as key, found {kind(key)}")
        try:
            entry = wire.prefixed(b"\x0a", text(key)) + wire.prefixed(
                b"\x12", json_value(value[key])
            )
        except Fault as fault:
            raise fault.at(key_step(key)) from None
        pieces.append(wire.prefixed(b"\x0a", entry))
    return b"".join(pieces)


def list_value(value: Any) -> bytes:
    """A JSON list to google.protobuf.ListValue."""
    if not isinstance(value, list | tuple):
        raise Fault(f"expected a list, found {kind(value)}")
    pieces: list[bytes] = []
    for index, item in enumerate(value):
        try:
            pieces.append(wire.prefixed(b"\x0a", json_value(item)))
        except Fault as fault:
            raise fault.at(index) from None
    return b"".join(pieces)


def json_value(value: Any) -> bytes:
    """Any JSON value to google.protobuf.Value."""
    if value is None:
        return b"\x08\x00"
    if isinstance(value, bool):
        return b"\x20\x01" if value else b"\x20\x00"
    if isinstance(value, int | float):
        return b"\x11" + wire.DOUBLE.pack(_finite(value))
    if isinstance(value, str):
        return wire.prefixed(b"\x1a", text(value))
    if isinstance(value, Mapping):
        return wire.prefixed(b"\x2a", struct(value))
    if isinstance(value, list | tuple):
        return wire.prefixed(b"\x32", list_value(value))
    raise Fault(f"expected a JSON value, found {kind(value)}")


def _finite(value: float) -> float:
    """A number JSON can carry: google.protobuf.Value knows neither NaN nor infinity."""
    try:
        number = float(value)
    except OverflowError:
        raise Fault("the integer is too large for a JSON number") from None
    if number - number != 0.0:
        raise Fault("JSON carries neither NaN nor infinity")
    return number


WRITERS: dict[str, Callable[[Any], bytes]] = {
    "google.protobuf.Duration": duration,
    "google.protobuf.Timestamp": timestamp,
    "google.protobuf.FieldMask": field_mask,
    "google.protobuf.Struct": struct,
    "google.protobuf.Value": json_value,
    "google.protobuf.ListValue": list_value,
}
"""Message name to the function that writes its body from its JSON form."""

WRAPPERS = frozenset(
    f"google.protobuf.{name}Value"
    for name in (
        *("Double", "Float", "Int64", "UInt64", "Int32"),
        *("UInt32", "Bool", "String", "Bytes"),
    )
)
"""The wrapper messages, whose JSON form is the plain scalar."""


def read_duration(message: Message) -> str:
    """google.protobuf.Duration to `"1.5s"`, without needless zeros."""
    seconds, nanos = _int(message, "seconds"), _int(message, "nanos")
    sign = "-" if seconds < 0 or nanos < 0 else ""
    fraction = f".{abs(nanos):09d}".rstrip("0") if nanos else ""
    return f"{sign}{abs(seconds)}{fraction}s"


def read_timestamp(message: Message) -> str:
    """google.protobuf.Timestamp to RFC 3339."""
    return Timestamp(seconds=_int(message, "seconds"), nanos=_int(message, "nanos")).ToJsonString()


def read_field_mask(message: Message) -> str:
    """google.protobuf.FieldMask to its comma-joined form."""
    return FieldMask.FromString(message.SerializeToString()).ToJsonString()


def read_struct(message: Any) -> dict[str, Any]:
    """google.protobuf.Struct to a JSON object."""
    return {key: read_value(message.fields[key]) for key in sorted(message.fields)}


def read_list(message: Any) -> list[Any]:
    """google.protobuf.ListValue to a JSON list."""
    return [read_value(item) for item in message.values]


def read_value(message: Any) -> Any:
    """google.protobuf.Value to the JSON value it stands for; whole numbers become integers."""
    which = message.WhichOneof("kind")
    if which == "struct_value":
        return read_struct(message.struct_value)
    if which == "list_value":
        return read_list(message.list_value)
    if which == "number_value":
        number = message.number_value
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return None if which in (None, "null_value") else getattr(message, which)


def _int(message: Message, field: str) -> int:
    return int(getattr(message, field))


READERS: dict[str, Callable[[Any], Any]] = {
    "google.protobuf.Duration": read_duration,
    "google.protobuf.Timestamp": read_timestamp,
    "google.protobuf.FieldMask": read_field_mask,
    "google.protobuf.Struct": read_struct,
    "google.protobuf.Value": read_value,
    "google.protobuf.ListValue": read_list,
}
"""Message name to the function that reads its JSON form."""
