"""Protobuf messages to JSON-form dicts, the way back of `encode`.

Knows protobuf's JSON mapping with proto field names, 64-bit integers as integers and nothing that
is unset. Must not know any particular message of Envoy's.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from portway.core.schema import wire
from portway.core.schema.encode import ANY
from portway.core.schema.problem import Fault, key_step
from portway.core.schema.wellknown import READERS, WRAPPERS

FindClass = Callable[[str], type[Message]]
"""A message class by full name; KeyError when the schema has none."""


def parse(find: FindClass, name: str, body: bytes) -> Message:
    """The message in `body`; `Fault` when the name or the bytes are wrong."""
    try:
        return find(name).FromString(body)
    except KeyError:
        raise Fault(f"the schema has no message {name}") from None
    except DecodeError as error:
        raise Fault(f"not a serialized {name}: {error}") from None


def payload(find: FindClass, message: Any) -> Message:
    """What a google.protobuf.Any holds."""
    url: str = message.type_url
    try:
        return parse(find, url.rpartition("/")[2], message.value)
    except Fault as fault:
        raise fault.at("@type") from None


def json_form(find: FindClass, message: Message) -> Any:
    """The JSON form of a message: an object, or what a well-known type stands for."""
    name = message.DESCRIPTOR.full_name
    reader = READERS.get(name)
    if reader is not None:
        return reader(message)
    if name in WRAPPERS:
        return _wrapped(message)
    if name == ANY:
        return _any(find, message)
    fields: dict[str, Any] = {}
    for field, value in message.ListFields():
        try:
            fields[field.name] = _field(find, field, value)
        except Fault as fault:
            raise fault.at(field.name) from None
    return fields


def _wrapped(message: Any) -> Any:
    return _scalar(message.DESCRIPTOR.fields_by_name["value"], message.value)


def _any(find: FindClass, message: Any) -> dict[str, Any]:
    if not message.type_url:
        return {}
    inner = payload(find, message)
    form = json_form(find, inner)
    name = inner.DESCRIPTOR.full_name
    plain = name in READERS or name in WRAPPERS or name == ANY
    return {"@type": message.type_url, **({"value": form} if plain else form)}


def _field(find: FindClass, field: FieldDescriptor, value: Any) -> Any:
    if field.message_type is None:
        if field.is_repeated:
            return [_scalar(field, item) for item in value]
        return _scalar(field, value)
    if field.message_type.GetOptions().map_entry:
        return _map(find, field.message_type.fields_by_name["value"], value)
    if not field.is_repeated:
        return json_form(find, value)
    items: list[Any] = []
    for item in value:
        try:
            items.append(json_form(find, item))
        except Fault as fault:
            raise fault.at(len(items)) from None
    return items


def _map(find: FindClass, field: FieldDescriptor, value: Any) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for key in sorted(value):
        spelled = str(key).lower() if isinstance(key, bool) else str(key)
        item = value[key]
        try:
            entries[spelled] = (
                _scalar(field, item) if field.message_type is None else json_form(find, item)
            )
        except Fault as fault:
            raise fault.at(key_step(key)) from None
    return entries


def _scalar(field: FieldDescriptor, value: Any) -> Any:
    if field.enum_type is not None:
        named = field.enum_type.values_by_number.get(value)
        return named.name if named is not None else value
    if field.type == FieldDescriptor.TYPE_BYTES:
        return base64.b64encode(value).decode()
    if isinstance(value, float):
        return _number(field, value)
    return value


def _number(field: FieldDescriptor, value: float) -> float | str:
    """A JSON number: floats in the shortest decimal that reads back the same."""
    if value != value:
        return "NaN"
    if value - value != 0.0:
        return "Infinity" if value > 0 else "-Infinity"
    if field.type == FieldDescriptor.TYPE_FLOAT:
        body = wire.FLOAT.pack(value)
        candidates = (float(f"{value:.{digits}g}") for digits in (6, 7, 8, 9))
        return next(each for each in candidates if _fits(each) == body)
    return value


def _fits(value: float) -> bytes | None:
    """The value as a 32-bit float; None where rounding the decimal up went beyond its range."""
    try:
        return wire.FLOAT.pack(value)
    except OverflowError:
        return None
