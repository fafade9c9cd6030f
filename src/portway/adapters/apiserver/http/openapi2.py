"""The OpenAPI 2 document in protobuf, which kubectl up to 1.26 checks and explains with.

Knows the message of the document (gnostic's OpenAPI v2) by its field numbers. Must not know kinds
beyond their schemas.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from portway.adapters.apiserver.http.openapi import base_path, gvk, schema_name, write_parameters
from portway.adapters.apiserver.kinds.kind import Kind

# The form with an "@" that clients ask for is one that they cannot parse in an answer.
MEDIA_TYPE: Final = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_GVK: Final = "x-kubernetes-group-version-kind"


def document(kinds: Iterable[Kind]) -> bytes:
    """The document of everything that is served."""
    info = _text(1, "Portway") + _text(2, "v1")
    paths, definitions = [], []
    for kind in kinds:
        for version in kind.versions:
            definitions.append(_definition(kind, version))
            paths += _paths(kind, version)
    return b"".join(
        [
            _text(1, "2.0"),
            _part(2, info),
            _part(8, b"".join([_part(2, each) for each in paths])),
            _part(9, b"".join([_part(1, each) for each in definitions])),
        ]
    )


def _definition(kind: Kind, version: str) -> bytes:
    extension = _extension(_GVK, [gvk(kind, version)])
    schema = _schema(kind.schemas[version]) + _part(31, extension)
    return _text(1, schema_name(kind, version)) + _part(2, schema)


def _paths(kind: Kind, version: str) -> list[bytes]:
    lists = base_path(kind, version)
    tied = _part(13, _extension(_GVK, gvk(kind, version)))
    # A response is required by the message's rules; its description is all that it says.
    answer = _text(1, "200") + _part(2, _part(1, _text(1, "OK")))
    operation = _part(9, _part(1, answer)) + tied
    parameters = b"".join([_part(8, _parameter(*each)) for each in write_parameters()])
    one = _part(2, operation) + _part(3, operation + parameters) + _part(8, operation + parameters)
    return [
        _text(1, lists) + _part(2, _part(2, operation) + _part(4, operation)),
        _text(1, f"{lists}/{{name}}") + _part(2, one),
    ]


def _parameter(name: str, type_: str) -> bytes:
    query = _text(2, "query") + _text(4, name) + _text(6, type_)
    return _part(1, _part(2, _part(3, query)))


def _schema(schema: Mapping[str, Any]) -> bytes:
    out = [_text(2, schema["format"])] if "format" in schema else []
    if "description" in schema:
        out.append(_text(4, schema["description"]))
    out += [_text(19, each) for each in schema.get("required", ())]
    rest = schema.get("additionalProperties")
    if isinstance(rest, Mapping):
        out.append(_part(21, _part(1, _schema(rest))))
    type_ = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        type_ = "string"
        out.append(_text(2, "int-or-string"))
    if type_:
        out.append(_part(22, _text(1, type_)))
    if isinstance(schema.get("items"), Mapping):
        out.append(_part(23, _part(1, _schema(schema["items"]))))
    if "properties" in schema:
        named = [
            _part(1, _text(1, name) + _part(2, _schema(below)))
            for name, below in schema["properties"].items()
        ]
        out.append(_part(25, b"".join(named)))
    out += [
        _part(31, _extension(name, value))
        for name, value in schema.items()
        if name.startswith("x-kubernetes-") and name != "x-kubernetes-validations"
    ]
    return b"".join(out)


def _extension(name: str, value: Any) -> bytes:
    """A NamedAny; its value is YAML, of which JSON is a part."""
    return _text(1, name) + _part(2, _text(2, msgspec.json.encode(value).decode()))


def _text(number: int, value: str) -> bytes:
    return _part(number, value.encode())


def _part(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
