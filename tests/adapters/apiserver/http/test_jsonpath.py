"""The JSON paths of columns."""

from typing import Any

import pytest

from portway.adapters.apiserver.http.jsonpath import found

DOCUMENT = {
    "metadata": {"annotations": {"a.b/c": "x"}},
    "spec": {"hosts": ["a", "b"], "size": 3},
    "status": {
        "conditions": [
            {"type": "Ready", "status": "True", "seen": True},
            {"type": "Other", "status": "False", "seen": False},
        ]
    },
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (".spec.size", [3]),
        ("{.spec.size}", [3]),
        (".spec.hosts", [["a", "b"]]),
        (".spec.hosts[*]", ["a", "b"]),
        (".spec.hosts[1]", ["b"]),
        (".spec.hosts[-1]", ["b"]),
        (".spec.hosts[9]", []),
        ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
        (".status.conditions[?(@.type=='Other')].status", ["False"]),
        ('.status.conditions[?(@.type!="Ready")].status', ["False"]),
        (".status.conditions[?(@.seen==true)].type", ["Ready"]),
        (r".metadata.annotations.a\.b/c", ["x"]),
        (".metadata.annotations['a.b/c']", ["x"]),
        (".no.such", []),
        (".spec..size", []),
        (".spec.size[*]", []),
    ],
)
def test_values(path: str, values: list[Any]) -> None:
    assert found(DOCUMENT, path) == values
