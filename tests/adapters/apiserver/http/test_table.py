"""Rows and cells."""

from datetime import timedelta
from typing import Any

import pytest

from portway.adapters.apiserver.http.table import age, definitions, partial, row, table
from tests.adapters.apiserver.support import NOW, kind, store

STORE = store()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (301, "5m1s"),
        (3600, "60m"),
        (10799, "179m"),
        (10800, "3h"),
        (12000, "3h20m"),
        (86400, "24h"),
        (172800, "2d"),
        (180000, "2d2h"),
        (864000, "10d"),
        (86400 * 800, "2y70d"),
        (-1, "0s"),
        (-60, "<invalid>"),
    ],
)
def test_ages_are_written_as_kubectl_writes_them(seconds: int, text: str) -> None:
    since = (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert age(since, NOW) == text


def test_a_time_that_is_none_is_said_to_be_invalid() -> None:
    assert age("yesterday", NOW) == "<invalid>"


def cells(plural: str, document: dict[str, Any]) -> dict[str, Any]:
    of = kind(STORE, plural)
    version = of.versions[0]
    meta = {"name": "x", "creationTimestamp": "2026-11-21T09:59:00Z"}
    made = row(of, version, {"metadata": meta, **document}, "None", NOW)
    assert made["object"] is None
    names = [each["name"] for each in definitions(of, version)]
    return dict(zip(names, made["cells"], strict=True))


def test_columns_of_the_definitions() -> None:
    found = cells(
        "gateways",
        {
            "spec": {"gatewayClassName": "portway"},
            "status": {
                "addresses": [{"value": "127.0.0.1"}, {"value": "127.0.0.2"}],
                "conditions": [{"type": "Programmed", "status": "True"}],
            },
        },
    )
    assert found == {
        "Name": "x",
        "Class": "portway",
        "Address": "127.0.0.1,127.0.0.2",
        "Programmed": "True",
        "Age": "60s",
    }


def test_lists_and_absent_values() -> None:
    assert cells("httproutes", {"spec": {"hostnames": ["a", "b"]}})["Hostnames"] == '["a","b"]'
    assert cells("httproutes", {"spec": {}})["Hostnames"] == "<none>"


def test_cells_that_are_computed() -> None:
    assert cells("secrets", {"type": "Opaque", "data": {"a": "", "b": ""}})["Data"] == 2
    spec = {"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}], "selector": {"a": "b"}}
    service = cells("services", {"spec": spec})
    assert service["Port(s)"] == "80/TCP,53/UDP"
    assert service["Selector"] == "a=b"
    event = cells("events", {"involvedObject": {"kind": "Gateway", "name": "web"}})
    assert event["Object"] == "gateway/web"


def test_what_of_the_object_goes_along() -> None:
    of = kind(STORE, "secrets")
    document = {"metadata": {"name": "x"}, "data": {"a": "secret"}}
    assert row(of, "v1", document, "", NOW)["object"] == partial(document)
    assert row(of, "v1", document, "Object", NOW)["object"] is document
    assert "columnDefinitions" not in table(None, [], "v1", {})
