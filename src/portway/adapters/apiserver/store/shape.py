"""Pruning and defaulting: a document in the shape its schema gives it.

Knows structural schemas. Must not know kinds. Unknown fields are dropped and told, absent fields
get their defaults, null means absent. A value of the wrong type passes as it is: saying so is the
validation's work.
"""

from collections.abc import Callable
from typing import Any

from portway.adapters.apiserver.store.structure import NOTHING, Schema

_DEPTH = 64


def shaped(value: Any, schema: Schema, unknown: list[str]) -> Any:
    """A new value of the schema's shape; the paths of dropped fields are added to ``unknown``."""
    return _shaped(value, schema, unknown, "", _DEPTH)


def pruned(value: Any, schema: Schema, unknown: list[str]) -> Any:
    """Like `shaped`, without defaults: for what an applier sends, who owns only what it says."""
    return _pruned(value, schema, unknown, "", _DEPTH)


def _shaped(value: Any, schema: Schema, unknown: list[str], path: str, depth: int) -> Any:
    if depth == 0 or not schema:
        return value
    if isinstance(value, dict):
        return _object(value, schema, unknown, path, depth)
    if isinstance(value, list):
        items = schema.get("items")
        if not items:
            return value
        return [
            _shaped(item, items, unknown, f"{path}[{index}]", depth - 1)
            for index, item in enumerate(value)
        ]
    return value


def _object(
    value: dict[str, Any], schema: Schema, unknown: list[str], path: str, depth: int
) -> dict[str, Any]:
    out = _known_members(value, schema, unknown, path, depth, _shaped)
    properties = schema.get("properties", NOTHING)
    for key, default in _defaults(schema, properties):
        if key not in out:
            out[key] = _shaped(default, properties[key], [], "", depth - 1)
    return out


def _pruned(value: Any, schema: Schema, unknown: list[str], path: str, depth: int) -> Any:
    if depth == 0 or not schema:
        return value
    if isinstance(value, dict):
        return _known_members(value, schema, unknown, path, depth, _pruned)
    items = schema.get("items")
    if isinstance(value, list) and items:
        return [
            _pruned(item, items, unknown, f"{path}[{index}]", depth - 1)
            for index, item in enumerate(value)
        ]
    return value


def _known_members(
    value: dict[str, Any],
    schema: Schema,
    unknown: list[str],
    path: str,
    depth: int,
    below: Callable[[Any, Schema, list[str], str, int], Any],
) -> dict[str, Any]:
    properties = schema.get("properties", NOTHING)
    rest = schema.get("additionalProperties")
    free = schema.get("x-kubernetes-preserve-unknown-fields") or (
        not properties and rest in (None, True)
    )
    out: dict[str, Any] = {}
    for key, item in value.items():
        known = properties.get(key)
        inside = f"{path}.{key}" if path else key
        if known is not None:
            if item is not None or known.get("nullable"):
                out[key] = below(item, known, unknown, inside, depth - 1)
        elif isinstance(rest, dict):
            out[key] = below(item, rest, unknown, inside, depth - 1)
        elif free:
            out[key] = item
        else:
            unknown.append(inside)
    return out


_known: dict[int, tuple[Schema, tuple[tuple[str, Any], ...]]] = {}


def _defaults(schema: Schema, properties: Schema) -> tuple[tuple[str, Any], ...]:
    """The members with defaults; remembered by identity, since schemas never change."""
    found = _known.get(id(schema))
    if found is None or found[0] is not schema:
        if len(_known) > 20_000:
            _known.clear()
        defaults = tuple(
            (key, below["default"]) for key, below in properties.items() if "default" in below
        )
        found = _known[id(schema)] = (schema, defaults)
    return found[1]
