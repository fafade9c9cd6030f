"""A document against a structural schema: types, bounds, enumerations, required fields.

Knows the part of JSON Schema that CustomResourceDefinitions may use, without CEL. Must not know
kinds.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import re2

from portway.adapters.apiserver.problem import Cause

_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
_DEPTH: Final = 64


def faults(value: Any, schema: dict[str, Any], path: str, depth: int = _DEPTH) -> Iterator[Cause]:
    """Everything in a value that the schema does not allow."""
    if depth == 0:
        return
    if value is None:
        if not schema.get("nullable") and schema.get("type"):
            yield Cause(path, "Invalid value: null", "FieldValueTypeInvalid")
        return
    if schema.get("x-kubernetes-int-or-string"):
        if not isinstance(value, int | str) or isinstance(value, bool):
            yield Cause(path, "Invalid value: must be a whole number or text")
        return
    wanted = schema.get("type")
    if wanted and not _is(value, wanted):
        message = f'Invalid value: "{_name(value)}": must be of type {wanted}'
        yield Cause(path, message, "FieldValueTypeInvalid")
        return
    yield from _scalar_faults(value, schema, path)
    if isinstance(value, dict):
        yield from _object_faults(value, schema, path, depth)
    elif isinstance(value, list):
        yield from _count(len(value), schema, "Items", path, "items")
        items = schema.get("items")
        if isinstance(items, dict):
            for index, item in enumerate(value):
                yield from faults(item, items, f"{path}[{index}]", depth - 1)


def _object_faults(
    value: dict[str, Any], schema: dict[str, Any], path: str, depth: int
) -> Iterator[Cause]:
    yield from _count(len(value), schema, "Properties", path, "properties")
    for name in schema.get("required", ()):
        if name not in value:
            yield Cause(_join(path, name), "Required value", "FieldValueRequired")
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
    for name, item in value.items():
        below = properties.get(name, rest)
        if isinstance(below, dict):
            yield from faults(item, below, _join(path, name), depth - 1)


def _scalar_faults(value: Any, schema: dict[str, Any], path: str) -> Iterator[Cause]:
    if "enum" in schema and value not in schema["enum"]:
        known = ", ".join(f'"{each}"' for each in schema["enum"])
        message = f'Unsupported value: "{value}": supported values: {known}'
        yield Cause(path, message, "FieldValueNotSupported")
    if isinstance(value, str):
        yield from _count(len(value), schema, "Length", path, "characters")
        if "pattern" in schema and not _matches(schema["pattern"], value):
            message = f"Invalid value: \"{value}\": should match '{schema['pattern']}'"
            yield Cause(path, message)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            message = f"should be greater than or equal to {schema['minimum']}"
            yield Cause(path, f"Invalid value: {value}: {message}")
        if "maximum" in schema and value > schema["maximum"]:
            message = f"should be less than or equal to {schema['maximum']}"
            yield Cause(path, f"Invalid value: {value}: {message}")


def _count(count: int, schema: dict[str, Any], what: str, path: str, unit: str) -> Iterator[Cause]:
    least, most = schema.get(f"min{what}"), schema.get(f"max{what}")
    if least is not None and count < least:
        yield Cause(path, f"Invalid value: has {count} {unit}, should have at least {least}")
    if most is not None and count > most:
        yield Cause(
            path, f"Too many: {count}: must have at most {most} {unit}", "FieldValueTooMany"
        )


def _is(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == "boolean"
    if wanted == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(wanted, object))


def _name(value: Any) -> str:
    return next(name for name, type_ in _TYPES.items() if isinstance(value, type_))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _matches(pattern: str, value: str) -> bool:
    found = _compiled(pattern)
    return found is None or found.search(value) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    """RE2, as Kubernetes has it: linear in time whatever the pattern is. None if it is none."""
    try:
        return re2.compile(pattern)
    except re2.error:
        return None
