"""Documents as the API server would read them, before they are decoded.

Knows three things the API server does and msgspec does not: null is an absent field, 80.0 is the
whole number 80, base64 may have line breaks; and how stringData is merged. Must not know any kind
but Secret and ConfigMap, the two that hold bytes.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

# Deeper than any field we decode; what lies below is ignored anyway.
_DEPTH = 64
_BASE64_FIELDS = {"Secret": ("data",), "ConfigMap": ("binaryData",)}


def canonical_values(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without null members, with whole floats as integers and unbroken base64 data."""
    cleaned: dict[str, Any] = {
        key: _canonical(value, _DEPTH) for key, value in document.items() if value is not None
    }
    for field in _BASE64_FIELDS.get(str(document.get("kind")), ()):
        data = cleaned.get(field)
        if isinstance(data, dict):
            cleaned[field] = {key: _unbroken(value) for key, value in data.items()}
    return cleaned


def merge_string_data(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A Secret's document with ``stringData`` written over ``data``, as the API server does."""
    text = document["stringData"]
    data = document.get("data") or {}
    if document.get("kind") != "Secret" or not isinstance(data, Mapping) or text is None:
        return document
    if not isinstance(text, Mapping):
        return {**document, "data": text}
    # What is not text is left as it is, so that decoding reports it under data.
    merged = {key: _encoded(value) for key, value in text.items() if value is not None}
    return {**document, "data": {**data, **merged}}


def _canonical(value: Any, depth: int) -> Any:
    if depth == 0:
        return value
    match value:
        case Mapping():
            return {
                key: _canonical(item, depth - 1) for key, item in value.items() if item is not None
            }
        case list() | tuple():
            return [_canonical(item, depth - 1) for item in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def _unbroken(value: Any) -> Any:
    return value.replace("\n", "").replace("\r", "") if isinstance(value, str) else value


def _encoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return b64encode(value.encode("utf-8", "surrogatepass")).decode("ascii")
