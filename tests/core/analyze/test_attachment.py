"""Routes that do not attach: the trap is named and so is the way out."""

from typing import Any

from portway.core import model

KEY = model.ObjectKey("HTTPRoute", "knative-serving", "knative")


def route(hostname: str, parent: str = "{name: edge, namespace: runai}") -> str:
    return f"""
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: knative, namespace: knative-serving}}
spec:
  parentRefs: [{parent}]
  hostnames: ["{hostname}"]
"""


GATEWAY = """
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: runai}
spec:
  gatewayClassName: portway
  listeners: [{name: web, port: 80, protocol: HTTP}]
"""


def test_a_route_of_another_namespace_is_let_in_by_selector_or_all(board: Any, check: Any) -> None:
    board.listener("web", "*.example.com")
    board.route(KEY, {}, reason="NotAllowedByListeners")
    found = check(route("a.example.com"))
    (issue,) = found["PW012"]
    assert issue.object == KEY
    assert issue.field == "spec.parentRefs[0]"
    assert "kubernetes.io/metadata.name: knative-serving" in issue.cure
    assert "{from: All}" in issue.cure
    assert "PW013" not in found


def test_no_more_listeners_are_opened_than_the_hosts_need(board: Any, check: Any) -> None:
    board.listener("domain", "runai.example.com")
    board.listener("workloads", "*.runai.example.com")
    board.listener("inference", "*.inference.runai.example.com")
    board.listener("plain", "*.inference.runai.example.com", 80, "HTTP")
    board.route(KEY, {}, reason="NotAllowedByListeners")
    (narrow,) = check(route("*.inference.runai.example.com"))["PW012"]
    assert narrow.cure.startswith("on listener inference, plain of Gateway runai/edge set ")
    assert "listeners domain, workloads, inference, plain take routes" in narrow.message
    assert "of the Gateway's namespace runai only" in narrow.message
    (wide,) = check(route("*.example.com"))["PW012"]
    assert wide.cure.startswith("on listener domain, workloads, inference, plain of ")
    (misspelt,) = check(route("*.inference.example.com"))["PW012"]
    assert misspelt.cure.startswith("on listener inference of ")


def test_the_hostname_behind_a_refused_namespace_is_reported_too(board: Any, check: Any) -> None:
    board.listener("https-inference", "*.runai-inference.runai.mycorp.local")
    board.route(KEY, {}, reason="NotAllowedByListeners")
    (issue,) = check(route("*.runai-inference.mycorp.local"))["PW013"]
    assert "hostnames *.runai-inference.mycorp.local fit no listener" in issue.message
    assert "https-inference has *.runai-inference.runai.mycorp.local" in issue.message


def test_the_nearest_pair_of_hostnames_is_suggested(board: Any, check: Any) -> None:
    board.listener("other", "*.else.org")
    board.listener("near", "*.inference.corp.example.com")
    board.route(KEY, {}, reason="NoMatchingListenerHostname")
    (issue,) = check(route("*.inference.example.com"))["PW013"]
    assert issue.cure.startswith(
        "nearest are *.inference.example.com (route) and *.inference.corp.example.com "
        "(listener near)"
    )


def test_a_gateway_in_another_namespace_is_suggested(board: Any, check: Any) -> None:
    board.listener("web")
    (issue,) = check(route("a.example.com", "{name: edge}") + GATEWAY)["PW010"]
    assert issue.message == "names Gateway knative-serving/edge, which does not exist"
    assert issue.cure == (
        "there is a Gateway edge in runai: set spec.parentRefs[0].namespace to it"
    )


def test_a_misspelt_gateway_is_suggested(board: Any, check: Any) -> None:
    board.listener("web")
    found = check(route("a.example.com", "{name: egde, namespace: runai}") + GATEWAY)
    assert found["PW010"][0].cure == "did you mean edge?"


def test_the_listeners_that_exist_are_listed(board: Any, check: Any) -> None:
    board.listener("web", port=80)
    board.route(KEY, {}, reason="NoMatchingParent")
    (issue,) = check(route("a.example.com", "{name: edge, namespace: runai, port: 81}"))["PW011"]
    assert issue.cure == "the listeners of Gateway runai/edge are web (port 80)"


def test_a_parent_that_is_a_service_is_not_ours_to_judge(board: Any, check: Any) -> None:
    board.listener("web")
    assert "PW010" not in check(route("a.example.com", '{name: x, kind: Service, group: ""}'))
