"""The wire format, against protobuf's documented examples and its own limits."""

from __future__ import annotations

import pytest

from portway.core.schema import wire


@pytest.mark.parametrize(
    ("value", "body"),
    [
        (0, b"\x00"),
        (127, b"\x7f"),
        (150, b"\x96\x01"),
        (2047, b"\xff\x0f"),
        (2048, b"\x80\x10"),
        (2**64 - 1, b"\xff" * 9 + b"\x01"),
        (-1, b"\xff" * 9 + b"\x01"),
    ],
)
def test_varints(value: int, body: bytes) -> None:
    assert wire.varint(value) == body


@pytest.mark.parametrize(("value", "flat"), [(0, 0), (-1, 1), (1, 2), (-(2**31), 2**32 - 1)])
def test_zigzag(value: int, flat: int) -> None:
    assert wire.zigzag(value) == flat


def test_a_tag_is_number_and_kind() -> None:
    assert wire.tag(1, wire.LENGTH) == b"\x0a"
    assert wire.tag(16, wire.VARINT) == b"\x80\x01"


@pytest.mark.parametrize("size", [0, 1, 127, 128, 2047, 2048, 70_000])
def test_a_length_stands_in_front_of_the_body(size: int) -> None:
    assert wire.prefixed(b"\x0a", b"x" * size) == b"\x0a" + wire.varint(size) + b"x" * size
