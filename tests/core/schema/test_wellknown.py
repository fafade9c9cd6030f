"""Durations, times and JSON values by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct, Value

from portway.core.schema import wellknown
from portway.core.schema.problem import Fault


@pytest.mark.parametrize(
    ("text", "seconds", "nanos"),
    [
        ("0s", 0, 0),
        ("1.5s", 1, 500_000_000),
        ("-0.25s", 0, -250_000_000),
        ("0.000000001s", 0, 1),
        ("315576000000s", 315_576_000_000, 0),
    ],
)
def test_durations(text: str, seconds: int, nanos: int) -> None:
    message = Duration(seconds=seconds, nanos=nanos)
    assert Duration.FromString(wellknown.duration(text)) == message
    assert wellknown.read_duration(message) == text


@pytest.mark.parametrize(
    "value", ["", "s", "1", "1.s", ".5s", "1m", "+1s", "1e3s", "315576000001s", "١s", 1, None]
)
def test_what_is_no_duration(value: Any) -> None:
    with pytest.raises(Fault, match="duration"):
        wellknown.duration(value)


def test_structs_are_the_same_for_any_order_of_keys() -> None:
    one = wellknown.struct({"b": 1, "a": [None, {"z": 1, "y": 2}]})
    assert one == wellknown.struct({"a": [None, {"y": 2, "z": 1}], "b": 1})
    assert wellknown.read_struct(Struct.FromString(one)) == {"a": [None, {"y": 2, "z": 1}], "b": 1}


@pytest.mark.parametrize("value", [None, True, 0, -1.5, 2**52, "x", [], [[1]], {}, {"a": None}])
def test_json_values_survive(value: Any) -> None:
    assert wellknown.read_value(Value.FromString(wellknown.json_value(value))) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, b"x", {1: 2}, object()])
def test_what_json_cannot_carry(value: Any) -> None:
    with pytest.raises(Fault):
        wellknown.json_value(value)


@pytest.mark.parametrize("value", ["yesterday", 5, None])
def test_what_is_no_time(value: Any) -> None:
    with pytest.raises(Fault, match="RFC 3339"):
        wellknown.timestamp(value)
