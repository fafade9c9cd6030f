"""Protobuf bodies of the kinds built into Kubernetes, as documents.

Knows the envelope (``k8s\\0`` and runtime.Unknown) and the wire format; the numbers and names of
fields come from a table (``wire.json``, written by tools/kubernetes_wire.py). Must not know kinds.
Typed clients send protobuf and cannot be talked out of it; answers to them are JSON all the same.
"""

import struct
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from portway.adapters.apiserver.problem import Document, Refused, bad_request

MEDIA_TYPE: Final = "application/vnd.kubernetes.protobuf"
_MAGIC: Final = b"k8s\x00"
_DEPTH: Final = 40
# Numbers that are pointers in Go, where 0 is a value; elsewhere 0 means that nothing was set.
_ZERO_COUNTS: Final = frozenset(
    {"replicas", "revisionHistoryLimit", "terminationGracePeriodSeconds", "gracePeriodSeconds"}
)

Field = tuple[str, str, str]
"""name, type, label"""


def decode(body: bytes) -> Document:
    """The document in an envelope. Raises Refused: 400 if it cannot be read, 415 for a kind that
    the table does not have."""
    if body[:4] != _MAGIC:
        raise bad_request("the body is not Kubernetes protobuf: it does not begin with its mark")
    try:
        return _document(body[4:])
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError, ValueError) as error:
        raise bad_request(f"the body is not Kubernetes protobuf: {error}") from None


def _document(body: bytes) -> Document:
    type_, raw = {}, b""
    for number, value in _fields(body):
        if number == 1 and isinstance(value, bytes):
            names = {1: "apiVersion", 2: "kind"}
            type_ = {names[n]: v.decode() for n, v in _fields(value) if isinstance(v, bytes)}
        elif number == 2 and isinstance(value, bytes):
            raw = value
    api_version, kind = type_.get("apiVersion", ""), type_.get("kind", "")
    message = _message_of(api_version, kind)
    return {"apiVersion": api_version, "kind": kind, **_message(message, raw, _DEPTH)}


def _message_of(api_version: str, kind: str) -> str:
    if kind == "DeleteOptions":
        return "meta.v1.DeleteOptions"
    group, _, version = api_version.rpartition("/")
    name = f"{group.partition('.')[0] or 'core'}.{version}.{kind}"
    if name not in _table():
        message = (
            f"{kind} in {api_version} cannot be read as {MEDIA_TYPE} - accepted media types "
            "include: application/json"
        )
        raise Refused(415, "UnsupportedMediaType", message)
    return name


@cache
def _table() -> dict[str, dict[int, Field]]:
    text = files(__package__).joinpath("wire.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, dict[int, Field]])


def _message(name: str, body: bytes, depth: int) -> Document:
    if depth == 0:
        raise ValueError("it is nested too deeply")
    known = _table()[name]
    out: Document = {}
    for number, raw in _fields(body):
        if number not in known:
            continue
        field, type_, label = known[number]
        if label == "map":
            key, value = _entry(type_, raw, depth)
            out.setdefault(field, {})[key] = value
            continue
        value = _value(type_, raw, depth)
        if label == "inline":
            out |= value or {}
        elif label == "repeated":
            out.setdefault(field, []).append(value)
        elif value is not None and value != "" and not _unset(field, value):
            out[field] = value
    return out


def _unset(field: str, value: Any) -> bool:
    number = isinstance(value, int) and not isinstance(value, bool)
    return number and value == 0 and field not in _ZERO_COUNTS


def _entry(type_: str, raw: Any, depth: int) -> tuple[str, Any]:
    key, value = "", b""
    for number, item in _fields(_bytes(raw)):
        if number == 1:
            key = _bytes(item).decode()
        elif number == 2:
            value = item
    return key, _value(type_, value, depth)


def _value(type_: str, raw: Any, depth: int) -> Any:
    match type_:
        case "string":
            return _bytes(raw).decode()
        case "bytes":
            return b64encode(_bytes(raw)).decode()
        case "bool":
            return bool(raw)
        case "int32" | "int64":
            return raw - (1 << 64) if raw >= 1 << 63 else raw
        case "double":
            return struct.unpack("<d", raw)[0]
    special = _SPECIAL.get(type_)
    if special is not None:
        return special(dict(_fields(_bytes(raw))))
    return _message(type_, _bytes(raw), depth - 1)


def _time(fields: dict[int, Any]) -> str | None:
    """metav1.Time; an empty one is no time at all."""
    if not fields:
        return None
    return datetime.fromtimestamp(fields.get(1, 0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _micro_time(fields: dict[int, Any]) -> str | None:
    if not fields:
        return None
    moment = datetime.fromtimestamp(fields.get(1, 0), UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fields.get(2, 0) // 1000:06d}Z"


def _int_or_string(fields: dict[int, Any]) -> int | str | None:
    if fields.get(1):
        return _bytes(fields.get(3, b"")).decode()
    return fields.get(2) or None


def _json(fields: dict[int, Any]) -> Any:
    raw = _bytes(fields.get(1, b""))
    return msgspec.json.decode(raw) if raw else None


_SPECIAL: Final = {
    "meta.v1.Time": _time,
    "meta.v1.MicroTime": _micro_time,
    "util.intstr.IntOrString": _int_or_string,
    "api.resource.Quantity": lambda fields: _bytes(fields.get(1, b"")).decode(),
    "meta.v1.FieldsV1": _json,
    "pkg.runtime.RawExtension": _json,
}


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("a field has the wrong wire type")
    return value


def _fields(body: bytes) -> Iterator[tuple[int, Any]]:
    """(number, value) of every field: integers for varints, bytes for everything else."""
    at, end = 0, len(body)
    while at < end:
        tag, at = _varint(body, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(body, at)
            yield tag >> 3, value
            continue
        if kind == 2:
            size, at = _varint(body, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind} is not in use")
        if at + size > end:
            raise ValueError("it ends in the middle of a field")
        yield tag >> 3, body[at : at + size]
        at += size


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")
