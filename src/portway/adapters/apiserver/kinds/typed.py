"""The schema of a kind, out of the core's type of it.

Knows msgspec's description of types, and the few things a type does not say: which lists are
merged by key and which defaults the CRDs leave out. Must not know any kind's meaning. Patterns
stay out: they are Python's, and the core checks them.
"""

from functools import cache
from typing import Any, Final

import msgspec
from msgspec import inspect

from portway.core.api.meta import Value

Schema = dict[str, Any]
KEEP: Final = "x-kubernetes-preserve-unknown-fields"


def by_key(*keys: str, patch: bool = False) -> Schema:
    """A list whose items are told apart by some of their fields."""
    merge = {"x-kubernetes-patch-merge-key": keys[0], "x-kubernetes-patch-strategy": "merge"}
    return {
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": list(keys),
        **(merge if patch else {}),
    }


SET: Final[Schema] = {"x-kubernetes-list-type": "set"}
ATOMIC: Final[Schema] = {"x-kubernetes-map-type": "atomic"}

_FIELDS: Final[dict[tuple[str, str], Schema]] = {
    ("GatewaySpec", "listeners"): by_key("name"),
    ("ListenerSetSpec", "listeners"): by_key("name"),
    ("FrontendTLSConfig", "perPort"): by_key("port"),
    ("ServiceSpec", "ports"): by_key("port", "protocol", patch=True),
    ("ServiceSpec", "selector"): ATOMIC,
    ("Endpoint", "addresses"): SET,
}
_STRUCTS: Final[dict[str, Schema]] = {"LabelSelector": ATOMIC}
_NO_DEFAULT: Final = frozenset({("GatewaySpec", "allowedListeners"), ("Endpoint", "conditions")})
# Fields that nothing of ours reads, kept as the client wrote them.
_LISTS_OF_TEXT: Final = frozenset(
    {"clusterIPs", "externalIPs", "ipFamilies", "loadBalancerSourceRanges"}
)
_TEXTS: Final[Schema] = {
    "type": "array",
    "items": {"type": "string"},
    "x-kubernetes-list-type": "atomic",
}


@cache
def schema_of(cls: type) -> Schema:
    """The structural schema of a kind's type, without metadata and status."""
    schema = struct_schema(cls)
    properties = {k: v for k, v in schema["properties"].items() if k != "metadata"}
    required = [each for each in schema.get("required", ()) if each != "metadata"]
    rest = {key: item for key, item in schema.items() if key != "required"}
    return {**rest, "properties": properties, **({"required": required} if required else {})}


def struct_schema(cls: type) -> Schema:
    """The structural schema of a part of a kind."""
    return _struct(inspect.type_info(cls))


def _schema(type_: inspect.Type) -> Schema:
    match type_:
        case inspect.Metadata():
            return _schema(type_.type)
        case inspect.StructType():
            return _struct(type_)
        case inspect.UnionType(types=types):
            return _union(types)
        case inspect.VarTupleType():
            items = _schema(type_.item_type)
            told = {"description": items["description"]} if "description" in items else {}
            return _bounded(
                {"type": "array", **told, "items": items, "x-kubernetes-list-type": "atomic"},
                minItems=type_.min_length,
                maxItems=type_.max_length,
            )
        case inspect.DictType():
            return _bounded(
                {"type": "object", "additionalProperties": _schema(type_.value_type)},
                minProperties=type_.min_length,
                maxProperties=type_.max_length,
            )
        case inspect.AnyType():
            return {KEEP: True}
        case _:
            return _scalar(type_)


def _scalar(type_: inspect.Type) -> Schema:
    match type_:
        case inspect.IntType():
            large = type_.le is not None and type_.le > 2**31 - 1
            schema: Schema = {"type": "integer", "format": "int64" if large else "int32"}
            return _bounded(schema, minimum=type_.ge, maximum=type_.le)
        case inspect.StrType():
            lengths = {"minLength": type_.min_length, "maxLength": type_.max_length}
            return _bounded({"type": "string"}, **lengths)
        case inspect.BoolType():
            return {"type": "boolean"}
        case inspect.BytesType():
            return {"type": "string", "format": "byte"}
        case inspect.LiteralType(values=values):
            numbers = all(isinstance(each, int) for each in values)
            return {"type": "integer" if numbers else "string", "enum": list(values)}
    raise TypeError(f"no schema for {type_}")


def _bounded(schema: Schema, **bounds: int | None) -> Schema:
    return schema | {name: bound for name, bound in bounds.items() if bound is not None}


def _union(types: tuple[inspect.Type, ...]) -> Schema:
    schemas = [_schema(each) for each in types if not isinstance(each, inspect.NoneType)]
    if len(schemas) == 1:
        return schemas[0]
    return {"x-kubernetes-int-or-string": True}


def _struct(type_: inspect.Type) -> Schema:
    assert isinstance(type_, inspect.StructType)
    cls = type_.cls
    properties: dict[str, Schema] = {}
    for field in type_.fields:
        place = (cls.__name__, field.encode_name)
        schema = {**_schema(field.type), **_FIELDS.get(place, {})}
        default = None if place in _NO_DEFAULT else _default(field)
        properties[field.encode_name] = (
            schema if default is None else {**schema, "default": default}
        )
    for name in sorted(cls.NOT_DECODED if issubclass(cls, Value) else ()):
        if name not in ("status", "stringData"):
            properties[name] = _TEXTS if name in _LISTS_OF_TEXT else {KEEP: True}
    required = [field.encode_name for field in type_.fields if field.required]
    return {
        "type": "object",
        "description": " ".join((cls.__doc__ or "").replace("``", "").split()),
        "properties": properties,
        **({"required": required} if required else {}),
        **_STRUCTS.get(cls.__name__, {}),
    }


def _default(field: inspect.Field) -> Any:
    """The default as a document has it; None where it only stands for "absent"."""
    if field.default is msgspec.NODEFAULT:
        return None
    value = msgspec.json.decode(msgspec.json.encode(field.default))
    if field.encode_name == "group" and value == "":
        return ""
    # An empty struct is a default all the same: what is inside it has defaults of its own.
    struct = isinstance(field.default, msgspec.Struct)
    return value if struct or value not in ("", 0, False, [], {}) else None
