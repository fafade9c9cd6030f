"""Merge patches and JSON patches."""

import copy
from typing import Any

import pytest

from portway.adapters.apiserver.problem import Refused
from portway.adapters.apiserver.store.patch import json_patch, merge_patch

# The test cases of RFC 7386, appendix A.
RFC_7386: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "wanted"), RFC_7386)
def test_merge_patches(target: Any, patch: Any, wanted: Any) -> None:
    before = copy.copy(target)
    assert merge_patch(target, patch) == wanted
    assert target == before


OPERATIONS: list[tuple[Any, list[dict[str, Any]], Any]] = [
    ({"a": 1}, [{"op": "add", "path": "/b", "value": 2}], {"a": 1, "b": 2}),
    ([1, 3], [{"op": "add", "path": "/1", "value": 2}], [1, 2, 3]),
    ([1], [{"op": "add", "path": "/-", "value": 2}], [1, 2]),
    ({"a": {"b": 1}}, [{"op": "remove", "path": "/a/b"}], {"a": {}}),
    ([1, 2], [{"op": "remove", "path": "/0"}], [2]),
    ({"a": 1}, [{"op": "replace", "path": "/a", "value": None}], {"a": None}),
    ({"a": [1]}, [{"op": "replace", "path": "/a/0", "value": 2}], {"a": [2]}),
    ({"a": 1}, [{"op": "move", "from": "/a", "path": "/b"}], {"b": 1}),
    ({"a": [1]}, [{"op": "copy", "from": "/a/0", "path": "/a/-"}], {"a": [1, 1]}),
    ({"a/b": {"~": 1}}, [{"op": "test", "path": "/a~1b/~0", "value": 1}], {"a/b": {"~": 1}}),
    ({}, [{"op": "add", "path": "", "value": 1}], 1),
]


@pytest.mark.parametrize(("target", "operations", "wanted"), OPERATIONS)
def test_json_patches(target: Any, operations: list[dict[str, Any]], wanted: Any) -> None:
    before = copy.copy(target)
    assert json_patch(target, operations) == wanted
    assert target == before


REFUSED: list[tuple[Any, int]] = [
    ({}, 400),
    ([1], 400),
    ([{"op": "jump", "path": "/a"}], 400),
    ([{"op": "add", "path": "a", "value": 1}], 400),
    ([{"op": "add", "path": "/a"}], 400),
    ([{"op": "remove", "path": ""}], 400),
    ([{"op": "remove", "path": "/no"}], 422),
    ([{"op": "replace", "path": "/no", "value": 1}], 422),
    ([{"op": "test", "path": "/a", "value": 2}], 422),
    ([{"op": "add", "path": "/list/9", "value": 1}], 422),
    ([{"op": "add", "path": "/list/01", "value": 1}], 422),
    ([{"op": "add", "path": "/no/deep", "value": 1}], 422),
    ([{"op": "test", "path": "/a", "value": 1}] * 10_001, 413),
]


@pytest.mark.parametrize(("operations", "code"), REFUSED)
def test_what_does_not_fit_is_refused(operations: Any, code: int) -> None:
    with pytest.raises(Refused) as found:
        json_patch({"a": 1, "list": [1]}, operations)
    assert found.value.code == code
