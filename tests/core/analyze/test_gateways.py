"""Classes, listeners and ports."""

from typing import Any

import pytest

from portway.core import model

EDGE = model.ObjectKey("Gateway", "runai", "edge")

GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: runai}
spec:
  gatewayClassName: kgateway
  listeners: [{name: web, port: 80, protocol: HTTP}]
"""

CLASS = """
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: kgateway}
spec: {controllerName: kgateway.dev/kgateway}
"""


def test_an_unknown_class_says_how_to_be_served(board: Any, check: Any) -> None:
    board.served = False
    (issue,) = check(GATEWAY)["PW030"]
    assert (issue.field, issue.message) == (
        "spec.gatewayClassName",
        "GatewayClass kgateway does not exist",
    )
    assert "gatewayClassName to portway" in issue.cure


def test_a_class_of_another_controller_is_no_error(board: Any, check: Any) -> None:
    board.served = False
    found = check(GATEWAY + CLASS)
    (issue,) = found["PW031"]
    assert "GatewayClass kgateway belongs to kgateway.dev/kgateway" in issue.message
    assert "controllerName of GatewayClass kgateway to portway.dev/gateway-cont" in issue.cure
    assert "PW030" not in found


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("HostnameConflict", "PW033"),
        ("UnsupportedProtocol", "PW034"),
        ("OverlappingHostnames", "PW035"),
        ("NoValidCACertificate", "PW047"),
        ("InvalidCACertificateKind", "PW047"),
        ("SomethingNew", "PW034"),
    ],
)
def test_findings_of_listeners_get_their_code(
    board: Any, check: Any, reason: str, code: str
) -> None:
    board.listener("one", "a.example.com")
    board.listener("two", "b.example.com")
    board.findings.append(model.Finding(EDGE, "two", "Accepted", reason, "words"))
    (issue,) = check()[code]
    assert (issue.field, issue.message) == ("spec.listeners[1]", "words")


def test_a_finding_of_the_gateway_itself(board: Any, check: Any) -> None:
    board.listener("one")
    board.findings.append(model.Finding(EDGE, "", "Accepted", "UnsupportedAddress", "words"))
    assert check()["PW032"][0].field == "spec"


def test_a_listener_nobody_uses_is_mentioned(board: Any, check: Any) -> None:
    used = board.listener("used", port=8080, protocol="HTTP")
    board.listener("idle", port=8081, protocol="HTTP")
    board.route(model.ObjectKey("HTTPRoute", "runai", "a"), {used: ("*",)}, model.Match())
    (issue,) = check()["PW036"]
    assert issue.field == "spec.listeners[1]"


def test_a_moved_port_is_stated(board: Any, check: Any) -> None:
    board.listener("web", port=80, protocol="HTTP")
    board.bind(80, 10080, "127.0.0.2")
    assert check()["PW062"][0].message == "port 80 is bound to 10080"


def test_a_high_port_needs_no_remark(board: Any, check: Any) -> None:
    board.listener("web", port=8080, protocol="HTTP")
    board.bind(8080, 8080, "127.0.0.2")
    assert "PW062" not in check()
