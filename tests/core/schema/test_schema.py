"""The schema as a whole: its pool, its classes, what it refuses to be built from."""

from __future__ import annotations

import pytest
from google.protobuf import descriptor_pb2

from portway.core.schema import Schema, SchemaError


def _set(*files: descriptor_pb2.FileDescriptorProto) -> bytes:
    return descriptor_pb2.FileDescriptorSet(file=files).SerializeToString()


def _file(name: str, *imports: str) -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name=name, package="p", syntax="proto3")
    file.dependency.extend(imports)
    message = file.message_type.add(name="M")
    message.field.add(name="a", number=1, label=1, type=9)
    return file


def test_two_schemas_never_meet() -> None:
    one, other = Schema(_set(_file("a.proto"))), Schema(_set(_file("a.proto")))
    assert one.message_class("p.M") is one.message_class("p.M")
    assert one.message_class("p.M") is not other.message_class("p.M")
    assert one.encode("p.M", {"a": "x"}) == b"\x0a\x01x"


def test_an_unknown_class_is_a_key_error(schema: Schema) -> None:
    with pytest.raises(KeyError):
        schema.message_class("envoy.Nothing")


@pytest.mark.parametrize("body", [b"\xff", _set(_file("b.proto", "a.proto"))])
def test_unusable_descriptors_are_refused(body: bytes) -> None:
    with pytest.raises(SchemaError, match="not a usable descriptor set"):
        Schema(body)


def test_a_schema_without_rules_finds_no_violation() -> None:
    assert Schema(_set(_file("a.proto"))).violations("p.M", {}) == ()
