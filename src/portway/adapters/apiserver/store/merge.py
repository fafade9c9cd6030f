"""An applied configuration merged into an object, and what it no longer asks for taken out.

Knows structural schemas and field sets. Must not know managers. Nothing is changed in place.
"""

from typing import Any

from portway.adapters.apiserver.store.fieldset import FieldSet, member
from portway.adapters.apiserver.store.structure import (
    NOTHING,
    Schema,
    atomic,
    keyed,
    named,
    of_field,
)


def merge(live: Any, applied: Any, schema: Schema) -> Any:
    """``live`` with everything that ``applied`` says."""
    if isinstance(live, dict) and isinstance(applied, dict) and not atomic(applied, schema):
        out = dict(live)
        for key, item in applied.items():
            below = of_field(schema, key)
            out[key] = merge(out[key], item, below) if key in out else item
        return out
    if isinstance(live, list) and isinstance(applied, list):
        return _merged_list(live, applied, schema)
    return applied


def _merged_list(live: list[Any], applied: list[Any], schema: Schema) -> list[Any]:
    before, wanted = keyed(live, schema), keyed(applied, schema)
    if before is None or wanted is None:
        return applied
    items = schema.get("items", NOTHING)
    merged = {
        element: merge(before[element], item, items) if element in before else item
        for element, item in wanted.items()
    }
    # Items of others keep their places; those applied follow the order they are applied in.
    shared = iter([element for element in wanted if element in before])
    order = [next(shared) if element in wanted else element for element in before]
    order += [element for element in wanted if element not in before]
    return [merged[element] if element in merged else before[element] for element in order]


def without(value: Any, gone: FieldSet, owned: FieldSet, schema: Schema, depth: int = 0) -> Any:
    """``value`` without the fields of ``gone`` that nobody owns; None if nothing is left.

    A struct that only ``gone`` spoke of goes as a whole, with what defaults had put into it.
    """
    if isinstance(value, dict) and not atomic(value, schema):
        out: dict[str, Any] = {}
        for key, item in value.items():
            element = f"f:{key}"
            below = of_field(schema, key)
            left = _left(
                item, gone.get(element), owned.get(element), below, depth, named(schema, key)
            )
            if left is not None:
                out[key] = left
        return out
    if isinstance(value, list):
        found = keyed(value, schema)
        if found is None:
            return value
        items = schema.get("items", NOTHING)
        kept = (
            _left(item, gone.get(element), owned.get(element), items, depth, True)
            for element, item in found.items()
        )
        return [item for item in kept if item is not None]
    return value


def _left(
    item: Any,
    gone: FieldSet | None,
    owned: FieldSet | None,
    schema: Schema,
    depth: int,
    field: bool,
) -> Any:
    if gone is None:
        return item
    if owned is None and depth > 0 and (member(gone) or field):
        return None
    if atomic(item, schema):
        return None if owned is None and member(gone) else item
    left = without(item, gone, owned or {}, schema, depth + 1)
    return None if not left and item and owned is None else left
