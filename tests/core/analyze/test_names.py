"""What to type to test HTTPS, and which DNS records a cut-over needs."""

from typing import Any

from portway.core import model

ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: knative, namespace: knative-serving}
spec:
  parentRefs: [{name: edge, namespace: runai}]
  hostnames: ["*.runai-inference.mycorp.local", "x.runai.mycorp.local"]
"""


def test_the_resolve_form_has_the_real_port_and_address(board: Any, check: Any) -> None:
    board.listener("star", "*.runai.mycorp.local")
    board.listener("domain", "runai.mycorp.local")
    board.bind(443, 10443, "127.0.0.2")
    (issue,) = check()["PW060"]
    assert issue.severity == "info"
    assert issue.cure == (
        "curl --resolve runai.mycorp.local:10443:127.0.0.2 https://runai.mycorp.local:10443/"
    )


def test_a_listener_for_any_host_needs_no_sni(board: Any, check: Any) -> None:
    board.listener("any")
    board.bind(443, 443)
    assert "PW060" not in check()


def test_records_come_from_listeners_and_routes_even_refused_ones(board: Any, check: Any) -> None:
    board.listener("domain", "runai.mycorp.local")
    board.listener("star", "*.runai.mycorp.local")
    board.bind(443, 443, "10.0.0.9")
    key = model.ObjectKey("HTTPRoute", "knative-serving", "knative")
    board.route(key, {}, reason="NoMatchingListenerHostname")
    (issue,) = check(ROUTE)["PW061"]
    assert issue.message == (
        "a DNS cut-over to 10.0.0.9 needs records for *.runai-inference.mycorp.local, "
        "*.runai.mycorp.local, runai.mycorp.local; no other record covers "
        "*.runai-inference.mycorp.local, *.runai.mycorp.local"
    )


def test_listeners_without_hostnames_need_no_record(board: Any, check: Any) -> None:
    board.listener("any", port=80, protocol="HTTP")
    assert "PW061" not in check()
