"""A structural schema over a value: how objects and lists are made up of owned pieces.

Knows the extensions that say how lists and maps merge (``x-kubernetes-list-type`` and so on).
Must not know managers or patches. Where a schema says nothing, maps are taken apart and lists
are one piece, as Kubernetes does it for data it has no schema for.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

Schema = Mapping[str, Any]
NOTHING: Schema = {}


def of_field(schema: Schema, name: str) -> Schema:
    """The schema of a member."""
    found = schema.get("properties", NOTHING).get(name)
    if found is None:
        found = schema.get("additionalProperties")
    return found if isinstance(found, Mapping) else NOTHING


def named(schema: Schema, name: str) -> bool:
    """Whether the member is a field of a struct and not a key of a map."""
    return name in schema.get("properties", NOTHING)


def atomic(value: object, schema: Schema) -> bool:
    """Whether the value is one piece: a scalar, or a container that has one owner."""
    if isinstance(value, dict):
        return schema.get("x-kubernetes-map-type") == "atomic"
    return not isinstance(value, list) or keyed(value, schema) is None


def keyed(items: list[Any], schema: Schema) -> dict[str, Any] | None:
    """The items by their path elements; None for an atomic list, or if two items share one."""
    list_type = schema.get("x-kubernetes-list-type")
    if list_type == "set":
        found = {f"v:{_json(item)}": item for item in items}
    elif list_type == "map":
        names = schema["x-kubernetes-list-map-keys"]
        item_schema = schema.get("items", NOTHING)
        found = {}
        for item in items:
            if not isinstance(item, dict):
                return None
            key = {}
            for name in sorted(names):
                value = item.get(name, of_field(item_schema, name).get("default"))
                if value is not None:
                    key[name] = value
            found[f"k:{_json(key)}"] = item
    else:
        return None
    return found if len(found) == len(items) else None


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
