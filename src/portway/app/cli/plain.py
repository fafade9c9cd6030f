"""Values of the core as plain data for JSON and YAML.

Knows structs and named tuples; keys of objects become text such as `Gateway infra/edge`. Bytes
never leave: keys and certificates are bytes.
"""

from enum import Enum
from typing import Any

import msgspec

from portway.core import model


def plain(value: Any) -> Any:
    """A JSON-able copy. Fields that have their default are left out."""
    if isinstance(value, msgspec.Struct):
        return _struct(value)
    if isinstance(value, model.ObjectKey):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(each) for name, each in value._asdict().items() if each != ""}
    if isinstance(value, dict):
        return {str(plain(key)): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    return value


def _struct(value: msgspec.Struct) -> dict[str, Any]:
    found: dict[str, Any] = {}
    tag = value.__struct_config__.tag
    if tag is not None:
        found["type"] = tag
    for field in msgspec.structs.fields(value):
        each = getattr(value, field.name)
        if field.default is msgspec.NODEFAULT or each != field.default:
            found[field.encode_name] = plain(each)
    return found
