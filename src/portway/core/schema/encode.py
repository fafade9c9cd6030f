"""JSON-form dicts to protobuf bytes, by a plan compiled once per message type.

Knows descriptors and protobuf's JSON mapping with proto field names. Writes the wire format
directly instead of building message objects first: a value is touched once, an error knows its
path because every level adds its step as the error passes, and the output is deterministic by
construction (fields by number, map entries by key). A message that was encoded before stands in
a value as its bytes, in an Any under "@encoded"; it is copied.

Must not know validation rules (see `rules`) or any particular message of Envoy's.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from portway.core.schema import wire
from portway.core.schema.problem import Fault, key_step, kind
from portway.core.schema.scalar import Pack, pack, text
from portway.core.schema.wellknown import WRAPPERS, WRITERS

Write = Callable[[Any], bytes]
"""A field's JSON value to its tag and payload; empty where the default needs no bytes."""

ANY = "google.protobuf.Any"
VALUE = "google.protobuf.Value"


class Encoder:
    """Every plan of one descriptor pool, compiled at first use."""

    def __init__(self, find: Callable[[str], Descriptor]) -> None:
        """`find` returns a message's descriptor by full name, or raises KeyError."""
        self._find = find
        self._bodies: dict[str, Write] = {}
        self._any: dict[str, tuple[bytes, Write, bool]] = {}

    def body(self, name: str) -> Write:
        """The function that writes a message's body (no tag, no length) from its JSON form."""
        found = self._bodies.get(name)
        if found is None:
            found = self._bodies[name] = self._compile(name)
        return found

    def _compile(self, name: str) -> Write:
        if name in WRITERS:
            return WRITERS[name]
        if name == ANY:
            return self._any_body
        try:
            descriptor = self._find(name)
        except KeyError:
            raise Fault(f"the schema has no message {name}") from None
        if name in WRAPPERS:
            return _field(self, descriptor.fields_by_name["value"])
        return _Plan(self, descriptor).body

    def _any_body(self, value: Any) -> bytes:
        """google.protobuf.Any from `{"@type": URL, ...}` or `{"@type": URL, "@encoded": bytes}`;
        `{}` is one that holds nothing, which is not the same as none."""
        if not isinstance(value, Mapping):
            raise Fault(f'expected an object with "@type", found {kind(value)}')
        if not value:
            return b""
        fields = dict(value)
        url = fields.pop("@type", None)
        if not isinstance(url, str):
            raise Fault(
                'an Any needs "@type", such as type.googleapis.com/envoy.type.v3.Int64Range'
            )
        head, body, plain = self._any.get(url) or self._any_type(url)
        if "@encoded" in fields:
            payload = fields["@encoded"]
        elif plain:
            if fields.keys() - {"value"}:
                raise Fault(f'an Any of {url} carries its content in "value" and nothing else')
            payload = body(fields.get("value"))
        else:
            payload = body(fields)
        return head + wire.prefixed(b"\x12", payload) if payload else head

    def _any_type(self, url: str) -> tuple[bytes, Write, bool]:
        """The bytes of `type_url`, the payload's writer, and whether its JSON is no object."""
        prefix, slash, name = url.rpartition("/")
        if not slash or not prefix:
            raise Fault(f"expected a type URL such as type.googleapis.com/{url}", "@type")
        try:
            body = self.body(name)
        except Fault as fault:
            raise Fault(fault.message, "@type") from None
        found = (
            wire.prefixed(b"\x0a", text(url)),
            body,
            name in WRITERS or name in WRAPPERS or name == ANY,
        )
        self._any[url] = found
        return found


class _Plan:
    """How one message type is written."""

    __slots__ = ("_descriptor", "_encoder", "_fields", "_nullable")

    def __init__(self, encoder: Encoder, descriptor: Descriptor) -> None:
        self._encoder = encoder
        self._descriptor = descriptor
        # Field name -> number, writer, bit of its oneof (0 where it is in none). Fields are
        # compiled at their first use: most of Envoy's messages have many and configs few.
        self._fields: dict[str, tuple[int, Write, int]] = {}
        # For google.protobuf.Value null is a value; everywhere else it means "not set".
        self._nullable = frozenset(
            field.name
            for field in descriptor.fields
            if field.message_type is not None and field.message_type.full_name == VALUE
        )

    def body(self, value: Any) -> bytes:
        """The message's body from its JSON object, or as it is."""
        if type(value) is bytes:
            return value
        if type(value) is not dict and not isinstance(value, Mapping):
            raise Fault(f"expected an object ({self._descriptor.full_name}), found {kind(value)}")
        fields = self._fields
        pieces: list[tuple[int, bytes]] = []
        seen = 0
        for name, item in value.items():
            if item is None and name not in self._nullable:
                continue
            number, write, bit = fields.get(name) or self._compile(name)
            if bit:
                if seen & bit:
                    raise self._rival(name, value)
                seen |= bit
            try:
                pieces.append((number, write(item)))
            except Fault as fault:
                raise fault.at(name) from None
        if len(pieces) > 1:
            pieces.sort()
        return b"".join([piece for _, piece in pieces])

    def _compile(self, name: Any) -> tuple[int, Write, int]:
        field = self._descriptor.fields_by_name.get(name) if isinstance(name, str) else None
        if field is None:
            raise self._unknown(name)
        oneof = field.containing_oneof
        bit = 1 << oneof.index if oneof is not None and len(oneof.fields) > 1 else 0
        found = (field.number, _field(self._encoder, field), bit)
        self._fields[name] = found
        return found

    def _unknown(self, name: Any) -> Fault:
        close = difflib.get_close_matches(str(name), self._descriptor.fields_by_name, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return Fault(f"{self._descriptor.full_name} has no such field{hint}", str(name))

    def _rival(self, name: str, value: Mapping[str, Any]) -> Fault:
        """Two members of one oneof are set; the error names both."""
        oneof = self._descriptor.fields_by_name[name].containing_oneof
        members = {field.name for field in oneof.fields} if oneof is not None else set()
        rival = next(each for each in value if each in members and value[each] is not None)
        return Fault(f"only one of {rival} and {name} may be set", name)


def _field(encoder: Encoder, field: FieldDescriptor) -> Write:
    """The writer of one field, tag included."""
    if field.message_type is not None:
        if field.message_type.GetOptions().map_entry:
            return _map(encoder, field)
        return _message(encoder, field)
    kind_, payload = pack(field)
    head = wire.tag(field.number, kind_)
    if field.is_repeated:
        if field.is_packed:
            return _packed(wire.tag(field.number, wire.LENGTH), payload)
        return _repeated(_scalar(head, kind_, payload, None))
    return _scalar(head, kind_, payload, None if field.has_presence else _default(kind_))


def _default(kind_: int) -> bytes:
    """The payload that proto3 leaves out where a field has no presence of its own."""
    return {
        wire.VARINT: b"\x00",
        wire.FIXED32: bytes(4),
        wire.FIXED64: bytes(8),
        wire.LENGTH: b"",
    }[kind_]


def _scalar(head: bytes, kind_: int, payload: Pack, default: bytes | None) -> Write:
    if kind_ == wire.LENGTH:

        def delimited(value: Any) -> bytes:
            body = payload(value)
            return b"" if body == default else wire.prefixed(head, body)

        return delimited

    def plain(value: Any) -> bytes:
        body = payload(value)
        return b"" if body == default else head + body

    return plain


def _message(encoder: Encoder, field: FieldDescriptor) -> Write:
    """A singular or repeated message; its plan is looked up late, since types are recursive."""
    descriptor = field.message_type
    assert descriptor is not None
    if field.type == FieldDescriptor.TYPE_GROUP:
        raise Fault(f"field {field.full_name} is a protobuf group, which JSON cannot carry")
    head, name = wire.tag(field.number, wire.LENGTH), descriptor.full_name
    bodies, compile_ = encoder._bodies, encoder.body

    def write(value: Any) -> bytes:
        body = (bodies.get(name) or compile_(name))(value)
        return wire.prefixed(head, body)

    return _repeated(write) if field.is_repeated else write


def _listed(value: Any) -> list[Any] | tuple[Any, ...]:
    if isinstance(value, list | tuple):
        return value
    raise Fault(f"expected a list, found {kind(value)}")


def _repeated(write: Write) -> Write:
    def repeated(value: Any) -> bytes:
        pieces: list[bytes] = []
        for item in _listed(value):
            try:
                pieces.append(write(item))
            except Fault as fault:
                raise fault.at(len(pieces)) from None
        return b"".join(pieces)

    return repeated


def _packed(head: bytes, payload: Pack) -> Write:
    items = _repeated(payload)

    def packed(value: Any) -> bytes:
        body = items(value)
        return wire.prefixed(head, body) if body else b""

    return packed


def _map(encoder: Encoder, field: FieldDescriptor) -> Write:
    """A map field: entries sorted by key, key and value always written."""
    entry = field.message_type
    assert entry is not None
    key_field, value_field = entry.fields_by_name["key"], entry.fields_by_name["value"]
    key_kind, key_payload = pack(key_field)
    write_key = _scalar(wire.tag(1, key_kind), key_kind, key_payload, None)
    if value_field.message_type is not None:
        write_value = _message(encoder, value_field)
    else:
        value_kind, value_payload = pack(value_field)
        write_value = _scalar(wire.tag(2, value_kind), value_kind, value_payload, None)
    of_text = key_field.type == FieldDescriptor.TYPE_STRING
    head = wire.tag(field.number, wire.LENGTH)

    def write(value: Any) -> bytes:
        if not isinstance(value, Mapping):
            raise Fault(f"expected an object, found {kind(value)}")
        pieces: list[bytes] = []
        for key in sorted(value, key=str if of_text else _map_order):
            try:
                first = write_key(key if of_text else _spelled_key(key))
                pieces.append(wire.prefixed(head, first + write_value(value[key])))
            except Fault as fault:
                raise fault.at(key_step(key)) from None
        return b"".join(pieces)

    return write


def _map_order(key: Any) -> tuple[int, str]:
    """Numbers by value, the rest by text; a stable order is all that is needed."""
    spelled = _spelled_key(key)
    return (spelled, "") if type(spelled) is int else (0, str(spelled))


def _spelled_key(key: Any) -> Any:
    """JSON object keys are strings: `"7"` and `"true"` stand for the number and the boolean."""
    if not isinstance(key, str):
        return key
    if key in ("true", "false"):
        return key == "true"
    return int(key) if key.removeprefix("-").isdecimal() else key
