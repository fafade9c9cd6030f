"""JSON scalars to wire bytes: numbers, booleans, strings, bytes and enums.

Knows which JSON value each protobuf scalar accepts and how it is written. Must not know messages,
tags or field names: it returns bare payloads, and says in words what it did not accept.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from portway.core.schema import wire
from portway.core.schema.problem import Fault, kind

Pack = Callable[[Any], bytes]
"""A JSON value to its payload, without tag; `Fault` when it is of the wrong type."""

_FLOAT_WORDS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_NAMES_SHOWN = 12
_DECIMAL = re.compile(r"-?[0-9]{1,20}")


def pack(field: FieldDescriptor) -> tuple[int, Pack]:
    """The wire type of a scalar field and the function that writes its payload."""
    if field.enum_type is not None:
        return wire.VARINT, _enum(field.enum_type)
    found = _SCALARS.get(field.type)
    if found is None:
        raise Fault(f"field {field.full_name} is a protobuf group, which JSON cannot carry")
    return found


def _integer(low: int, high: int, write: Callable[[int], bytes], name: str) -> Pack:
    """A writer for one integer type; 64-bit integers may also come as decimal strings."""
    wide = high > 0xFFFFFFFF

    def payload(value: Any) -> bytes:
        if type(value) is not int:
            value = _plain_integer(value, wide, name)
        if not low <= value <= high:
            raise Fault(f"{value} is outside the range of {name}, {low} to {high}")
        return write(value)

    return payload


def _plain_integer(value: Any, wide: bool, name: str) -> int:
    """An integer that came as a subclass of int or, for 64 bits, as a decimal string."""
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if wide and isinstance(value, str) and _DECIMAL.fullmatch(value):
        return int(value)
    raise Fault(f"expected an integer ({name}), found {kind(value)}")


def _floating(write: Callable[[float], bytes]) -> Pack:
    """A writer for float or double; the words NaN and (-)Infinity are accepted as in JSON."""

    def payload(value: Any) -> bytes:
        if isinstance(value, str) and value in _FLOAT_WORDS:
            return write(_FLOAT_WORDS[value])
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Fault(f"expected a number, found {kind(value)}")
        try:
            return write(value)
        except OverflowError:
            raise Fault(f"{value} is outside the range of the field's float") from None

    return payload


def _boolean(value: Any) -> bytes:
    if value is True:
        return b"\x01"
    if value is False:
        return b"\x00"
    raise Fault(f"expected true or false, found {kind(value)}")


def text(value: Any) -> bytes:
    """The UTF-8 of a string; `Fault` for anything else and for lone surrogates."""
    if not isinstance(value, str):
        raise Fault(f"expected a string, found {kind(value)}")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise Fault("the string holds a lone surrogate, which UTF-8 cannot carry") from None


def _octets(value: Any) -> bytes:
    """Bytes as they are, or base64 (standard or URL alphabet, padding optional)."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise Fault(f"expected base64, found {kind(value)}")
    try:
        padded = value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4)
        return base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        raise Fault(f"expected base64, found {kind(value)}") from None


def _enum(enum: EnumDescriptor) -> Pack:
    """A writer for one enum: a value's name, or its number."""
    numbers = {value.name: wire.varint(value.number) for value in enum.values}

    def payload(value: Any) -> bytes:
        if isinstance(value, str):
            found = numbers.get(value)
            if found is not None:
                return found
        elif isinstance(value, int) and not isinstance(value, bool):
            if -(1 << 31) <= value < 1 << 31:
                return wire.varint(value)
            raise Fault(f"{value} is outside the range of an enum")
        names = ", ".join(list(numbers)[:_NAMES_SHOWN])
        more = ", ..." if len(numbers) > _NAMES_SHOWN else ""
        raise Fault(f"expected one of {names}{more} ({enum.full_name}), found {kind(value)}")

    return payload


def _zigzag(value: int) -> bytes:
    return wire.varint(wire.zigzag(value))


_F = FieldDescriptor
_I32 = (-(1 << 31), (1 << 31) - 1)
_I64 = (-(1 << 63), (1 << 63) - 1)
_U32 = (0, (1 << 32) - 1)
_U64 = (0, (1 << 64) - 1)
_SCALARS: dict[int, tuple[int, Pack]] = {
    _F.TYPE_DOUBLE: (wire.FIXED64, _floating(wire.DOUBLE.pack)),
    _F.TYPE_FLOAT: (wire.FIXED32, _floating(wire.FLOAT.pack)),
    _F.TYPE_INT64: (wire.VARINT, _integer(*_I64, wire.varint, "int64")),
    _F.TYPE_UINT64: (wire.VARINT, _integer(*_U64, wire.varint, "uint64")),
    _F.TYPE_INT32: (wire.VARINT, _integer(*_I32, wire.varint, "int32")),
    _F.TYPE_UINT32: (wire.VARINT, _integer(*_U32, wire.varint, "uint32")),
    _F.TYPE_FIXED64: (wire.FIXED64, _integer(*_U64, wire.UINT64.pack, "fixed64")),
    _F.TYPE_FIXED32: (wire.FIXED32, _integer(*_U32, wire.UINT32.pack, "fixed32")),
    _F.TYPE_SFIXED64: (wire.FIXED64, _integer(*_I64, wire.INT64.pack, "sfixed64")),
    _F.TYPE_SFIXED32: (wire.FIXED32, _integer(*_I32, wire.INT32.pack, "sfixed32")),
    _F.TYPE_SINT32: (wire.VARINT, _integer(*_I32, _zigzag, "sint32")),
    _F.TYPE_SINT64: (wire.VARINT, _integer(*_I64, _zigzag, "sint64")),
    _F.TYPE_BOOL: (wire.VARINT, _boolean),
    _F.TYPE_STRING: (wire.LENGTH, text),
    _F.TYPE_BYTES: (wire.LENGTH, _octets),
}
