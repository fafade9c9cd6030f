"""Gateways as a whole: class, addresses, parameters, and listeners by themselves."""

from typing import Any

import pytest

from portway.core import model, translate


def findings(world: Any, listener: str = "") -> dict[str, model.Finding]:
    gateway = world.gateway("infra", "edge")
    return {each.condition: each for each in gateway.findings if each.parent == listener}


def test_a_gateway_of_an_unknown_class_is_not_ours(world: Any) -> None:
    world.edge({}, gatewayClassName="absent")
    assert world.gateway("infra", "edge") is None


def test_a_plain_http_listener_is_served(world: Any) -> None:
    world.edge({"hostname": "*.example.com"})
    gateway = world.gateway("infra", "edge")
    assert gateway.accepted
    assert gateway.findings == ()
    assert gateway.generation == 3
    (listener,) = gateway.listeners
    assert listener.serving
    assert listener.hostname == "*.example.com"
    assert [each.kind for each in listener.allowed.kinds] == ["HTTPRoute", "GRPCRoute"]


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        ("SCTP", "protocol SCTP is unknown to Portway; use HTTP, HTTPS, TLS, TCP or UDP"),
        ("example.com/x", "protocol example.com/x is unknown to Portway"),
    ],
)
def test_other_protocols_are_refused_and_say_why(world: Any, protocol: str, words: str) -> None:
    world.edge({"name": "odd", "port": 9000, "protocol": protocol})
    gateway = world.gateway("infra", "edge")
    assert not gateway.accepted
    assert not gateway.listeners[0].accepted
    assert gateway.listeners[0].allowed.kinds == ()
    refused = findings(world, "odd")["Accepted"]
    assert refused.reason == "UnsupportedProtocol"
    assert words in refused.message
    assert findings(world)["Accepted"].reason == "ListenersNotValid"


def test_one_valid_listener_keeps_the_gateway_accepted(world: Any) -> None:
    world.edge({}, {"name": "odd", "port": 9000, "protocol": "SCTP"})
    gateway = world.gateway("infra", "edge")
    assert gateway.accepted
    note = findings(world)["Accepted"]
    assert (note.reason, note.status) == ("ListenersNotValid", True)
    assert "listener odd" in note.message


def test_route_kinds_that_are_not_served_are_named_and_the_others_stay(world: Any) -> None:
    kinds = [{"kind": "HTTPRoute"}, {"kind": "TLSRoute"}, {"group": "x.io", "kind": "HTTPRoute"}]
    world.edge({"allowedRoutes": {"kinds": kinds}})
    (listener,) = world.gateway("infra", "edge").listeners
    assert [each.kind for each in listener.allowed.kinds] == ["HTTPRoute"]
    assert listener.serving
    finding = findings(world, "web")["ResolvedRefs"]
    assert finding.reason == "InvalidRouteKinds"
    assert "TLSRoute" in finding.message
    assert "group 'x.io'" in finding.message


def test_a_listener_of_invalid_kinds_only_takes_nothing(world: Any) -> None:
    world.edge({"allowedRoutes": {"kinds": [{"kind": "Invalid"}]}})
    (listener,) = world.gateway("infra", "edge").listeners
    assert listener.allowed.kinds == ()


def test_a_selector_nobody_can_read_lets_nobody_in(world: Any) -> None:
    term = {"key": "team", "operator": "Near", "values": ["a"]}
    namespaces = {"from": "Selector", "selector": {"matchExpressions": [term]}}
    world.edge({"allowedRoutes": {"namespaces": namespaces}})
    gateway = world.gateway("infra", "edge")
    assert findings(world, "web")["Accepted"].reason == "UnsupportedValue"
    assert not all(each.admits({}) for each in gateway.listeners[0].allowed.selector)


def test_unknown_tls_options_are_noted_without_harm(world: Any) -> None:
    world.edge(
        {
            "protocol": "HTTPS",
            "tls": {
                "certificateRefs": [{"name": "absent"}],
                "options": {"example.com/minimum": "1.3"},
            },
        }
    )
    note = next(f for f in world.gateway("infra", "edge").findings if f.condition == "Accepted")
    assert note.status
    assert "example.com/minimum" in note.message


def test_addresses(world: Any) -> None:
    world.edge({}, addresses=[{"type": "IPAddress"}, {"value": "127.0.0.9"}, {"value": "::1"}])
    gateway = world.gateway("infra", "edge")
    assert gateway.wanted_addresses == ("127.0.0.9", "::1")
    assert gateway.accepted


@pytest.mark.parametrize("kind", ["Hostname", "NamedAddress", "example.com/pool"])
def test_other_types_of_addresses_are_refused(world: Any, kind: str) -> None:
    world.edge({}, addresses=[{"type": kind, "value": "edge.example.com"}])
    assert not world.gateway("infra", "edge").accepted
    assert findings(world)["Accepted"].reason == "UnsupportedAddress"


@pytest.mark.parametrize("scope", ["Cluster", "example.com/lan"])
def test_an_address_for_a_scope_is_refused_rather_than_replaced(world: Any, scope: str) -> None:
    world.edge({}, addresses=[{}, {"routability": scope}])
    gateway = world.gateway("infra", "edge")
    assert not gateway.accepted
    assert not gateway.served
    assert findings(world)["Accepted"].reason == "UnsupportedAddress"
    assert f"addresses[1] asks for the routability {scope}" in findings(world)["Accepted"].message


def test_an_address_that_leaves_its_scope_open_is_any(world: Any) -> None:
    world.edge({}, addresses=[{"routability": ""}])
    assert world.gateway("infra", "edge").accepted


def test_unknown_parameters_are_refused(world: Any) -> None:
    ref = {"group": "example.com", "kind": "Settings", "name": "x"}
    world.edge({}, infrastructure={"parametersRef": ref})
    assert not world.gateway("infra", "edge").accepted
    assert findings(world)["Accepted"].reason == "InvalidParameters"


def test_a_gateway_of_a_class_that_is_not_accepted_is_not_either(world: Any) -> None:
    world.add(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: tuned}
        spec:
          controllerName: portway.dev/gateway-controller
          parametersRef: {group: example.com, kind: Settings, name: fast}
        """
    )
    world.edge({}, gatewayClassName="tuned")
    assert not world.gateway("infra", "edge").accepted
    assert "GatewayClass tuned is not accepted" in findings(world)["Accepted"].message


def test_a_selector_of_listener_sets_that_cannot_be_understood_is_said(world: Any) -> None:
    world.edge({}, allowedListeners={"namespaces": {"from": "Selector"}})
    note = findings(world)["Accepted"]
    assert note.status
    assert "there is no selector; add one. Until then no ListenerSet is taken" in note.message


def test_translating_does_not_depend_on_routes_or_addresses(world: Any) -> None:
    world.edge({})
    before = world.gateway("infra", "edge")
    world.route("r", {})
    assert translate.gateway(world.get("Gateway", "infra", "edge"), world) == before
