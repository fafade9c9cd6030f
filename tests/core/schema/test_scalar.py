"""Which JSON values each scalar takes; the bytes are compared with protobuf in test_encode."""

from __future__ import annotations

from typing import Any

import pytest

from portway.core.schema import Schema, SchemaError

ANY = "google.protobuf.Any"


def wrapped(kind: str, value: Any) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/google.protobuf.{kind}Value", "value": value}


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("Int64", "-9223372036854775808", -(2**63)),
        ("UInt64", "18446744073709551615", 2**64 - 1),
        ("Double", "Infinity", "Infinity"),
        ("Float", "-Infinity", "-Infinity"),
        ("Double", "NaN", "NaN"),
        ("Double", 1, 1.0),
        ("Bytes", "_-8", "/+8="),
        ("Bytes", b"\x00", "AA=="),
        ("String", "ü", "ü"),
    ],
)
def test_taken(schema: Schema, kind: str, value: Any, read: Any) -> None:
    body = schema.encode(ANY, wrapped(kind, value))
    assert schema.decode(ANY, body) == wrapped(kind, read)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Int32", "1"),
        ("Int32", 1.0),
        ("Int32", 2**31),
        ("Int64", "1.0"),
        ("Int64", "--1"),
        ("UInt32", -1),
        ("UInt32", False),
        ("UInt64", 2**64),
        ("Float", 1e39),
        ("Double", "1"),
        ("Double", True),
        ("Bool", 1),
        ("Bool", "true"),
        ("String", 1),
        ("String", b"x"),
        ("Bytes", "?"),
        ("Bytes", 1),
    ],
)
def test_refused(schema: Schema, kind: str, value: Any) -> None:
    with pytest.raises(SchemaError):
        schema.encode(ANY, wrapped(kind, value))


def test_an_enum_takes_names_and_numbers(schema: Schema) -> None:
    name = "envoy.type.v3.FractionalPercent"
    assert schema.encode(name, {"denominator": 2}) == schema.encode(
        name, {"denominator": "MILLION"}
    )
    for bad in ("million", True, 2**31, 1.0):
        with pytest.raises(SchemaError):
            schema.encode(name, {"denominator": bad})
