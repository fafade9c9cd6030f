"""Spliced bytes are what a protobuf encoder writes."""

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto
from hypothesis import given
from hypothesis import strategies as st

from portway.core.delta import field, join, version

MESSAGES = 4  # FileDescriptorProto.message_type


@given(st.lists(st.text(max_size=300), max_size=5))
def test_join_equals_the_encoder(names: list[str]) -> None:
    whole = FileDescriptorProto(name="head")
    head = whole.SerializeToString()
    bodies = []
    for name in names:
        whole.message_type.add(name=name)
        bodies.append(DescriptorProto(name=name).SerializeToString())
    assert join(head, MESSAGES, bodies) == whole.SerializeToString(deterministic=True)


@pytest.mark.parametrize("size", [0, 127, 128, 16_383, 16_384, 3_000_000])
def test_field_lengths(size: int) -> None:
    body = DescriptorProto(name="x" * size).SerializeToString()
    decoded = FileDescriptorProto.FromString(field(MESSAGES, body))
    assert [len(message.name) for message in decoded.message_type] == [size]


def test_field_numbers() -> None:
    assert field(1, b"a") == b"\x0a\x01a"
    assert field(16, b"a") == b"\x82\x01\x01a"
    for number in (0, -1, 1 << 29):
        with pytest.raises(ValueError, match="field numbers"):
            field(number, b"")
        with pytest.raises(ValueError, match="field numbers"):
            join(b"", number, ())


def test_version_is_a_hash_of_the_content() -> None:
    assert version(b"") == "2d06800538d394c2"
    assert version(b"a") == version(bytes([97]))
    assert version(b"a") != version(b"b")
