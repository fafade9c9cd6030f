"""What `kubectl get` prints."""

from typing import Any

import pytest

from portway.core import api
from portway.core.status import table

META = {"name": "x", "namespace": "a", "creationTimestamp": "2026-01-01T00:00:00Z"}
BORN = META["creationTimestamp"]


def obj(kind: str, spec: dict[str, Any]) -> api.Resource:
    document = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": kind, "metadata": META}
    return api.decode({**document, "spec": spec})


def condition(type_: str, status: str) -> dict[str, str]:
    return {"type": type_, "status": status}


WEB = {"name": "web", "port": 80, "protocol": "HTTP"}
GATEWAY = {"gatewayClassName": "portway", "listeners": [WEB]}


@pytest.mark.parametrize(
    ("kind", "spec", "status", "expected"),
    [
        (
            "GatewayClass",
            {"controllerName": "portway.dev/c"},
            {"conditions": [condition("Accepted", "True")]},
            {"CONTROLLER": "portway.dev/c", "ACCEPTED": "True"},
        ),
        (
            "Gateway",
            GATEWAY,
            {
                "addresses": [{"value": "127.0.0.2"}, {"value": "::1"}],
                "conditions": [condition("Accepted", "True"), condition("Programmed", "False")],
            },
            {"CLASS": "portway", "ADDRESS": "127.0.0.2 ::1", "PROGRAMMED": "False"},
        ),
        (
            "Gateway",
            GATEWAY,
            None,
            {"CLASS": "portway", "ADDRESS": "", "PROGRAMMED": "Unknown"},
        ),
        ("HTTPRoute", {"hostnames": ["a.com", "b.com"]}, None, {"HOSTNAMES": '["a.com","b.com"]'}),
        (
            "ListenerSet",
            {"parentRef": {"name": "edge"}, "listeners": [WEB]},
            {"conditions": [condition("Accepted", "False")]},
            {"ACCEPTED": "False", "PROGRAMMED": "Unknown"},
        ),
        ("TCPRoute", {"rules": [{"backendRefs": [{"name": "a", "port": 1}]}]}, None, {}),
    ],
)
def test_tables(
    kind: str, spec: dict[str, Any], status: dict[str, Any] | None, expected: dict[str, str]
) -> None:
    assert table.headings(kind) == ("NAME", *expected, "AGE")
    assert table.row(obj(kind, spec), status) == ("x", *expected.values(), BORN)
