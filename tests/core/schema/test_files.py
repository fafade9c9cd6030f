"""Files of a descriptor set: found by name and symbol, and loaded only when asked for."""

import pytest
from google.protobuf import descriptor_pb2

from portway.core.schema.files import Files
from portway.core.schema.problem import SchemaError


def file(name: str, package: str, *imports: str) -> descriptor_pb2.FileDescriptorProto:
    made = descriptor_pb2.FileDescriptorProto(name=name, package=package, syntax="proto3")
    made.dependency.extend(imports)
    outer = made.message_type.add(name="Outer")
    outer.nested_type.add(name="Inner")
    return made


def files(*each: descriptor_pb2.FileDescriptorProto) -> Files:
    return Files(descriptor_pb2.FileDescriptorSet(file=each).SerializeToString())


def test_a_file_is_found_by_what_it_defines_at_any_depth() -> None:
    found = files(file("a.proto", "p"), file("b.proto", "q.r"))
    assert found.FindFileContainingSymbol("p.Outer").name == "a.proto"
    assert found.FindFileContainingSymbol("q.r.Outer.Inner").name == "b.proto"
    assert found.FindFileByName("b.proto").package == "q.r"
    for unknown in ("q.Outer", "Nothing", ""):
        with pytest.raises(KeyError):
            found.FindFileContainingSymbol(unknown)


def test_only_what_is_asked_for_is_loaded() -> None:
    found, loaded = files(file("a.proto", "p"), file("b.proto", "q"), file("c.proto", "r")), []
    whole = found.FindFileByName
    found.FindFileByName = lambda name: loaded.append(name) or whole(name)  # type: ignore
    pool = found.pool()
    assert pool.FindMessageTypeByName("q.Outer.Inner").full_name == "q.Outer.Inner"
    assert loaded == ["b.proto"]


def test_a_missing_import_is_found_at_once() -> None:
    with pytest.raises(SchemaError, match=r"b.proto imports a.proto, which is not there"):
        files(file("b.proto", "q", "a.proto"))
