"""A part of a document as a rule sees it.

Knows how a schema shapes values: which names are written otherwise in CEL, which text is a time,
which number is a fraction. Must not know rules.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]
_NOTHING: Final[Schema] = {}

# Words of the language; a field of such a name is written between two underscores on each side.
_RESERVED: Final = frozenset(
    {"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function"}
    | {"if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"}
)
_ESCAPES: Final = (
    ("__", "__underscores__"),
    (".", "__dot__"),
    ("-", "__dash__"),
    ("/", "__slash__"),
)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def name_in_cel(name: str) -> str | None:
    """How a rule writes a field's name; None for one that rules cannot name."""
    if name in _RESERVED:
        return f"__{name}__"
    for plain, escaped in _ESCAPES:
        name = name.replace(plain, escaped)
    return name if _NAME.fullmatch(name) else None


def in_cel(value: Any, schema: Schema) -> Any:
    """A value as the rules of its schema see it."""
    if isinstance(value, dict):
        return _map(value, schema)
    if isinstance(value, list):
        items = schema.get("items") or _NOTHING
        return [in_cel(each, items) for each in value]
    if isinstance(value, str):
        return _text(value, schema)
    if isinstance(value, int) and not isinstance(value, bool) and schema.get("type") == "number":
        return float(value)
    return value


def _map(value: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    properties = schema.get("properties") or _NOTHING
    rest = schema.get("additionalProperties")
    below = rest if isinstance(rest, Mapping) else _NOTHING
    found = {}
    for name, each in value.items():
        if name in properties:
            known = name_in_cel(name)
            if known is not None:
                found[known] = in_cel(each, properties[name])
        elif not properties or isinstance(rest, Mapping):
            found[name] = in_cel(each, below)
    return found


def _text(value: str, schema: Schema) -> Any:
    read: Callable[[str], Any] | None = _FORMATS.get(schema.get("format", ""))
    if read is None:
        return value
    try:
        return read(value)
    except ValueError:
        return value  # that it has not this form is told by who checks forms


def _time(value: str) -> Any:
    from google.protobuf import timestamp_pb2

    found: Any = timestamp_pb2.Timestamp()
    found.FromJsonString(value)
    return found


def _duration(value: str) -> Any:
    from google.protobuf import duration_pb2

    found: Any = duration_pb2.Duration()
    found.FromNanoseconds(round(sum(_pieces(value)) * 1_000_000_000))
    return found


def _bytes(value: str) -> bytes:
    return b64decode(value, validate=True)


_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_PIECE: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def _pieces(value: str) -> list[float]:
    """A duration as Go writes it, ``1h2m3.5s``, in seconds."""
    sign = -1 if value.startswith("-") else 1
    rest = value.lstrip("+-")
    found = _PIECE.findall(rest)
    if rest != "0" and (not found or "".join(a + b for a, b in found) != rest):
        raise ValueError(f"{value!r} is no duration")
    return [sign * float(number) * _UNITS[unit] for number, unit in found]


_FORMATS: Final[dict[str, Callable[[str], Any]]] = {
    "date-time": _time,
    "duration": _duration,
    "byte": _bytes,
}
