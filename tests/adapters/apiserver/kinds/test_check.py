"""Documents against structural schemas."""

from typing import Any

import pytest

from portway.adapters.apiserver.kinds.check import faults

TEXT = {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^a.*$"}
CASES: list[tuple[Any, dict[str, Any], list[str]]] = [
    ({"a": 1}, {"type": "object", "properties": {"a": {"type": "string"}}}, ["a"]),
    ({}, {"type": "object", "required": ["a"]}, ["a"]),
    ([1, "x"], {"type": "array", "items": {"type": "integer"}}, ["[1]"]),
    ([1, 2], {"type": "array", "maxItems": 1}, [""]),
    ("abc", TEXT, []),
    ("a", TEXT, [""]),
    ("abcde", TEXT, [""]),
    ("bcd", TEXT, [""]),
    ("x", {"enum": ["a", "b"]}, [""]),
    (True, {"type": "integer"}, [""]),
    (2.0, {"type": "integer"}, []),
    (5, {"type": "integer", "minimum": 6}, [""]),
    (7, {"type": "integer", "maximum": 6}, [""]),
    (None, {"type": "string"}, [""]),
    (None, {"type": "string", "nullable": True}, []),
    ("80", {"x-kubernetes-int-or-string": True}, []),
    (1.5, {"x-kubernetes-int-or-string": True}, [""]),
    ({"x": {"y": 1}}, {"type": "object", "additionalProperties": {"type": "string"}}, ["x"]),
]


@pytest.mark.parametrize(("value", "schema", "paths"), CASES)
def test_faults_have_the_path_of_the_field(
    value: Any, schema: dict[str, Any], paths: list[str]
) -> None:
    assert [cause.field for cause in faults(value, schema, "")] == paths


def test_a_pattern_that_is_none_checks_nothing() -> None:
    assert not list(faults("x", {"type": "string", "pattern": "("}, ""))


def test_depth_is_bounded() -> None:
    schema: dict[str, Any] = {"type": "array"}
    schema["items"] = schema
    value: list[Any] = []
    for _ in range(500):
        value = [value]
    assert list(faults(value, schema, "")) == []
