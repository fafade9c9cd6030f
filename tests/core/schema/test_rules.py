"""Single rules, on a message made for the purpose: also those Envoy does not use today."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

from portway.adapters.envoy import binary, descriptors
from portway.core.schema import Schema


@pytest.fixture(scope="module")
def files() -> descriptor_pb2.FileDescriptorSet:
    found = descriptor_pb2.FileDescriptorSet.FromString(descriptors.scan(binary.locate().path))
    wanted = {
        "google/protobuf/descriptor.proto",
        "google/protobuf/duration.proto",
        "google/protobuf/timestamp.proto",
        "validate/validate.proto",
    }
    kept = [file for file in found.file if file.name in wanted]
    return descriptor_pb2.FileDescriptorSet(file=kept)


def with_rule(
    files: descriptor_pb2.FileDescriptorSet, kind: int, rules: dict[str, Any], label: int = 1
) -> Schema:
    """A schema whose message `p.M` has one field `a` with the given rules."""
    base = Schema(files.SerializeToString())
    file = descriptor_pb2.FileDescriptorProto(name="m.proto", package="p", syntax="proto3")
    file.dependency.extend(["validate/validate.proto", "google/protobuf/duration.proto"])
    field = file.message_type.add(name="M").field.add(name="a", number=1, label=label, type=kind)
    if kind == Field.TYPE_MESSAGE:
        field.type_name = ".google.protobuf.Duration"
    body = base.encode("validate.FieldRules", rules)
    # Field 1071 of FieldOptions, which the classes of this process do not know by name.
    field.options.MergeFromString(b"\xfa\x42" + bytes([len(body)]) + body)
    return Schema(descriptor_pb2.FileDescriptorSet(file=[*files.file, file]).SerializeToString())


CASES: list[tuple[int, dict[str, Any], list[Any], list[Any], str]] = [
    (Field.TYPE_UINT32, {"uint32": {"gt": 3, "lte": 5}}, [4, 5], [0, 3, 6], ""),
    # A lower bound above the upper one: outside the two.
    (Field.TYPE_INT32, {"int32": {"gte": 10, "lt": 5}}, [-1, 4, 10], [5, 9], "int32.gte"),
    (Field.TYPE_INT32, {"int32": {"const": 7}}, [7], [0, 8], "int32.const"),
    (Field.TYPE_INT32, {"int32": {"in": [1, 2]}}, [1, 2], [3], "int32.in"),
    (Field.TYPE_INT32, {"int32": {"not_in": [1, 2]}}, [0, 3], [1], "int32.not_in"),
    (Field.TYPE_DOUBLE, {"double": {"gte": 0.5}}, [0.5], [0.25], "double.gte"),
    (Field.TYPE_STRING, {"string": {"len": 2}}, ["üü"], ["ü", "abc"], "string.len"),
    (Field.TYPE_STRING, {"string": {"max_bytes": 2}}, ["ü"], ["üa"], "string.max_bytes"),
    (Field.TYPE_STRING, {"string": {"len_bytes": 2}}, ["ü"], ["a"], "string.len_bytes"),
    (Field.TYPE_STRING, {"string": {"prefix": "a"}}, ["ab"], ["ba"], "string.prefix"),
    (Field.TYPE_STRING, {"string": {"suffix": "a"}}, ["ba"], ["ab"], "string.suffix"),
    (Field.TYPE_STRING, {"string": {"contains": "a"}}, ["bab"], ["b"], "string.contains"),
    (Field.TYPE_STRING, {"string": {"not_contains": "a"}}, ["b"], ["a"], "string.not_contains"),
    (Field.TYPE_STRING, {"string": {"pattern": "^a+$"}}, ["aa"], ["aa\n"], "string.pattern"),
    (Field.TYPE_STRING, {"string": {"in": ["a"]}}, ["a"], ["b"], "string.in"),
    (
        Field.TYPE_STRING,
        {"string": {"min_len": 3, "ignore_empty": True}},
        ["", "abc"],
        ["ab"],
        "string.min_len",
    ),
    (
        Field.TYPE_STRING,
        {"string": {"well_known_regex": "HTTP_HEADER_NAME"}},
        ["x-a", ":path"],
        ["", "a b", "a\n"],
        "string.well_known_regex",
    ),
    (
        Field.TYPE_STRING,
        {"string": {"well_known_regex": "HTTP_HEADER_NAME", "strict": False}},
        ["", "a b"],
        ["a\n", "a\0"],
        "string.well_known_regex",
    ),
    (Field.TYPE_BYTES, {"bytes": {"max_len": 1}}, ["AA=="], ["AAA="], "bytes.max_len"),
    (Field.TYPE_BOOL, {"bool": {"const": True}}, [True], [False], "bool.const"),
    (
        Field.TYPE_MESSAGE,
        {"duration": {"gte": "1s", "lt": "2.5s"}},
        ["1s", "2.4s", None],
        ["0.999s", "2.5s"],
        "",
    ),
    (Field.TYPE_MESSAGE, {"duration": {"in": ["1s"]}}, ["1s"], ["2s"], "duration.in"),
    (Field.TYPE_MESSAGE, {"duration": {"required": True}}, ["0s"], [None], "required"),
]


@pytest.mark.parametrize(("kind", "rules", "good", "bad", "rule"), CASES)
def test_a_rule_holds_or_is_named(
    files: descriptor_pb2.FileDescriptorSet,
    kind: int,
    rules: dict[str, Any],
    good: list[Any],
    bad: list[Any],
    rule: str,
) -> None:
    schema = with_rule(files, kind, rules)
    for value in good:
        assert schema.violations("p.M", {"a": value}) == ()
    for value in bad:
        (violation,) = schema.violations("p.M", {"a": value})
        assert violation.path == "a"
        assert violation.rule == rule or not rule


def test_lists_have_sizes_unique_items_and_rules_for_each(
    files: descriptor_pb2.FileDescriptorSet,
) -> None:
    rules = {
        "repeated": {
            "min_items": 1,
            "max_items": 3,
            "unique": True,
            "items": {"string": {"min_len": 2}},
        }
    }
    schema = with_rule(files, Field.TYPE_STRING, rules, label=Field.LABEL_REPEATED)

    def found(value: list[str]) -> list[tuple[str, str]]:
        return [(each.path, each.rule) for each in schema.violations("p.M", {"a": value})]

    assert found(["aa", "bb"]) == []
    assert found([]) == [("a", "repeated.min_items")]
    assert found(["aa", "bb", "cc", "dd"]) == [("a", "repeated.max_items")]
    assert found(["aa", "aa"]) == [("a", "repeated.unique")]
    assert found(["aa", "b"]) == [("a[1]", "string.min_len")]
