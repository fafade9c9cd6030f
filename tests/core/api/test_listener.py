"""A listener's defaults, as a Gateway and a ListenerSet share them."""

from typing import Any

import pytest

from portway.core import api
from tests.core.api.decoding import decoded, fault


def spec(kind: type[api.Resource], **listener: Any) -> dict[str, Any]:
    whole = {"name": "a", "port": 80, "protocol": "HTTP", **listener}
    owner = {"gatewayClassName": "c"} if kind is api.Gateway else {"parentRef": {"name": "g"}}
    return {**owner, "listeners": [whole]}


KINDS = (api.Gateway, api.ListenerSet)


@pytest.mark.parametrize("kind", KINDS)
def test_a_listener_takes_any_host_and_routes_of_its_own_namespace(kind: Any) -> None:
    (found,) = decoded(kind, spec=spec(kind)).spec.listeners
    assert found == api.Listener(name="a", port=80, protocol="HTTP")
    assert (found.hostname, found.tls) == ("", None)
    assert found.allowed_routes.namespaces == api.RouteNamespaces(from_="Same")
    assert found.allowed_routes.kinds == ()


def test_tls_ends_here_by_default() -> None:
    tls = {"certificateRefs": [{"name": "c"}]}
    (found,) = decoded(
        api.Gateway, spec=spec(api.Gateway, protocol="HTTPS", tls=tls)
    ).spec.listeners
    assert found.tls is not None
    assert (found.tls.mode, found.tls.options) == ("Terminate", {})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("listener", "field"),
    [
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"name": "A_b"}, "name"),
        ({"hostname": "a.*.com"}, "hostname"),
        ({"protocol": ""}, "protocol"),
        ({"allowedRoutes": {"namespaces": {"from": "None"}}}, "allowedRoutes.namespaces.from"),
    ],
)
def test_what_is_no_listener(
    kind: type[api.Resource], listener: dict[str, Any], field: str
) -> None:
    assert fault(kind, spec=spec(kind, **listener))[1] == f"spec.listeners[0].{field}"


def test_the_operator_of_a_selector_is_left_open() -> None:
    """The CRD does not say which there are; an unknown one lets nobody in (see translate)."""
    terms = [{"key": "team", "operator": "Like", "values": ["a"]}]
    namespaces = {"from": "Selector", "selector": {"matchExpressions": terms}}
    (found,) = decoded(
        api.Gateway, spec=spec(api.Gateway, allowedRoutes={"namespaces": namespaces})
    ).spec.listeners
    assert found.allowed_routes.namespaces.selector is not None
    assert found.allowed_routes.namespaces.selector.match_expressions[0].operator == "Like"


@pytest.mark.parametrize("kind", KINDS)
def test_filters_before_routing_keep_their_order(kind: Any) -> None:
    """A type that is known and not carried out is for the status to tell."""
    extension = {"group": "a.b", "kind": "C", "name": "d"}
    auth = {"protocol": "GRPC", "backendRef": {"name": "s", "port": 1}, "grpc": {}}
    requests = [
        {"type": "ExtensionRef", "extensionRef": extension},
        {"type": "ExternalAuth", "externalAuth": auth},
    ]
    (found,) = decoded(kind, spec=spec(kind, filters={"requests": requests})).spec.listeners
    assert [each.type for each in found.filters.requests] == ["ExtensionRef", "ExternalAuth"]
