"""Which fields a value has, and which differ between two values, as sets of paths.

Knows structural schemas and field sets. Must not know managers.
"""

from typing import Any

from portway.adapters.apiserver.store.fieldset import SELF, FieldSet
from portway.adapters.apiserver.store.structure import (
    NOTHING,
    Schema,
    atomic,
    keyed,
    named,
    of_field,
)


def fields_of(value: Any, schema: Schema) -> FieldSet:
    """The leaves a configuration sets: what an applier owns."""
    out: FieldSet = {}
    if isinstance(value, dict):
        for key, item in value.items():
            out[f"f:{key}"] = _applied(item, of_field(schema, key), named(schema, key))
    elif isinstance(value, list):
        for element, item in (keyed(value, schema) or {}).items():
            below = _applied(item, schema.get("items", NOTHING), True)
            out[element] = {SELF: {}, **below} if below else {}
    return out


def _applied(value: Any, schema: Schema, field: bool) -> FieldSet:
    if atomic(value, schema):
        return {}
    below = fields_of(value, schema)
    # A key of a free map belongs to the applier even where it holds a map itself.
    return below if field or not below else {SELF: {}, **below}


def whole(value: Any, schema: Schema) -> FieldSet:
    """The node of a value that appeared or went: itself and everything below."""
    if atomic(value, schema):
        return {}
    out: FieldSet = {}
    if isinstance(value, dict):
        for key, item in value.items():
            out[f"f:{key}"] = whole(item, of_field(schema, key))
    else:
        for element, item in (keyed(value, schema) or {}).items():
            out[element] = whole(item, schema.get("items", NOTHING))
    return {SELF: {}, **out} if out else {}


def compare(old: Any, new: Any, schema: Schema) -> tuple[FieldSet, FieldSet]:
    """(added or modified, removed) between two containers of one schema."""
    changed: FieldSet = {}
    removed: FieldSet = {}
    if old is new:
        return changed, removed
    before, after, below = _taken_apart(old, new, schema)
    for element, (key, item) in after.items():
        if element not in before:
            changed[element] = whole(item, below(key))
            continue
        was = before[element][1]
        if was is item or was == item:
            continue
        inner = below(key)
        if type(was) is not type(item) or atomic(item, inner) or atomic(was, inner):
            changed[element] = {}
            continue
        more, less = compare(was, item, inner)
        if more:
            changed[element] = more
        if less:
            removed[element] = less
    for element, (key, item) in before.items():
        if element not in after:
            removed[element] = whole(item, below(key))
    return changed, removed


def _taken_apart(old: Any, new: Any, schema: Schema) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Both values as {element: (key, item)}, and the schema of a key."""
    if isinstance(new, dict):
        return (
            {f"f:{key}": (key, item) for key, item in old.items()},
            {f"f:{key}": (key, item) for key, item in new.items()},
            lambda key: of_field(schema, key),
        )
    items = schema.get("items", NOTHING)
    return (
        {element: (None, item) for element, item in (keyed(old, schema) or {}).items()},
        {element: (None, item) for element, item in (keyed(new, schema) or {}).items()},
        lambda _: items,
    )
