"""Fields of a document that no type knows: most often misspelt ones.

Knows only the types: a field is known if a struct has it or names it in ``NOT_DECODED``. Must not
know any kind. Decoding ignores such fields, as the API server prunes them; this is the warning.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import inspect

from portway.core.api.errors import printable
from portway.core.api.meta import Value
from portway.core.api.structure import description, member, unwrapped

_IDENTITY = frozenset({"apiVersion", "kind"})
_KNOWN: dict[type, dict[str, inspect.Type]] = {}
"""By struct the types of its fields: the same for every object."""


def unknown_fields(document: Mapping[str, Any], cls: type) -> tuple[str, ...]:
    """The paths of the fields ``cls`` does not know, in document order."""
    rest = {key: value for key, value in document.items() if key not in _IDENTITY}
    return tuple(_unknown(rest, description(cls), ""))


def _unknown(value: object, type_: inspect.Type, path: str) -> Iterator[str]:
    match unwrapped(type_):
        case inspect.StructType(cls=cls, fields=fields) if isinstance(value, Mapping):
            known = _KNOWN.get(cls)
            if known is None:
                known = _KNOWN[cls] = {field.encode_name: field.type for field in fields}
            ignored = cls.NOT_DECODED if issubclass(cls, Value) else frozenset()
            for key, item in value.items():
                if key in known:
                    yield from _unknown(item, known[key], member(path, printable(str(key))))
                elif key not in ignored:
                    yield member(path, printable(str(key)))
        case inspect.VarTupleType(item_type=item_type) if isinstance(value, list | tuple):
            for index, item in enumerate(value):
                yield from _unknown(item, item_type, f"{path}[{index}]")
        case inspect.UnionType(types=types):
            for each in types:
                yield from _unknown(value, each, path)
