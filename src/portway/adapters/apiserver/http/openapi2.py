"""The OpenAPI 2 document in protobuf, which kubectl up to 1.26 checks and explains with.

Knows the message of the document (gnostic's OpenAPI v2) by its field numbers. Must not know kinds
beyond their schemas.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from portway.adapters.apiserver.http.openapi import base_path, gvk, schema_name, write_parameters
from portway.adapters.apiserver.kinds.kind import Kind
from portway.core.delta.splice import field

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
            field(2, info),
            field(8, b"".join([field(2, each) for each in paths])),
            field(9, b"".join([field(1, each) for each in definitions])),
        ]
    )


def _definition(kind: Kind, version: str) -> bytes:
    extension = _extension(_GVK, [gvk(kind, version)])
    schema = _schema(kind.schemas[version]) + field(31, extension)
    return _text(1, schema_name(kind, version)) + field(2, schema)


def _paths(kind: Kind, version: str) -> list[bytes]:
    lists = base_path(kind, version)
    tied = field(13, _extension(_GVK, gvk(kind, version)))
    # A response is required by the message's rules; its description is all that it says.
    answer = _text(1, "200") + field(2, field(1, _text(1, "OK")))
    operation = field(9, field(1, answer)) + tied
    parameters = b"".join([field(8, _parameter(*each)) for each in write_parameters()])
    one = field(2, operation) + field(3, operation + parameters) + field(8, operation + parameters)
    return [
        _text(1, lists) + field(2, field(2, operation) + field(4, operation)),
        _text(1, f"{lists}/{{name}}") + field(2, one),
    ]


def _parameter(name: str, type_: str) -> bytes:
    query = _text(2, "query") + _text(4, name) + _text(6, type_)
    return field(1, field(2, field(3, query)))


def _schema(schema: Mapping[str, Any]) -> bytes:
    out = [_text(2, schema["format"])] if "format" in schema else []
    if "description" in schema:
        out.append(_text(4, schema["description"]))
    out += [_text(19, each) for each in schema.get("required", ())]
    rest = schema.get("additionalProperties")
    if isinstance(rest, Mapping):
        out.append(field(21, field(1, _schema(rest))))
    type_ = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        type_ = "string"
        out.append(_text(2, "int-or-string"))
    if type_:
        out.append(field(22, _text(1, type_)))
    if isinstance(schema.get("items"), Mapping):
        out.append(field(23, field(1, _schema(schema["items"]))))
    if "properties" in schema:
        named = [
            field(1, _text(1, name) + field(2, _schema(below)))
            for name, below in schema["properties"].items()
        ]
        out.append(field(25, b"".join(named)))
    out += [
        field(31, _extension(name, value))
        for name, value in schema.items()
        if name.startswith("x-kubernetes-") and name != "x-kubernetes-validations"
    ]
    return b"".join(out)


def _extension(name: str, value: Any) -> bytes:
    """A NamedAny; its value is YAML, of which JSON is a part."""
    return _text(1, name) + field(2, _text(2, msgspec.json.encode(value).decode()))


def _text(number: int, value: str) -> bytes:
    return field(number, value.encode())
