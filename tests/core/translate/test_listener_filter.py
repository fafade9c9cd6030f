"""What a listener does with requests before a route is chosen."""

from typing import Any

import pytest

from portway.core import api, model
from portway.core.translate.listener_filter import listener_filters

GATEWAY = model.ObjectKey("Gateway", "infra", "edge")
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: %s, namespace: %s}
spec: {ports: [{port: 80}]}
"""


def spec(*requests: api.ListenerFilter) -> api.Listener:
    filters = api.ListenerFilters(requests=requests)
    return api.Listener(name="web", port=80, protocol="HTTP", filters=filters)


def auth(**backend: Any) -> api.ListenerFilter:
    asked = api.HTTPExternalAuthFilter(
        protocol="HTTP",
        http=api.HTTPAuthConfig(),
        backend_ref=api.BackendObjectReference(**backend),
    )
    return api.ListenerFilter(type="ExternalAuth", external_auth=asked)


def test_filters_keep_their_order(world: Any) -> None:
    world.add(SERVICE % ("who", "infra"))
    world.add(SERVICE % ("may", "infra"))
    both = spec(auth(name="who", port=80), auth(name="may", port=80))
    found = listener_filters(GATEWAY, both, world)
    assert found.filters is not None
    assert [each.backend.name for each in found.filters] == ["who", "may"]
    assert found.findings == ()


def test_a_listener_without_filters_lets_everything_pass(world: Any) -> None:
    assert listener_filters(GATEWAY, spec(), world).filters == ()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name": "gone", "port": 80}, "BackendNotFound"),
        ({"name": "who", "namespace": "apps", "port": 80}, "RefNotPermitted"),
        ({"name": "who", "kind": "Secret"}, "InvalidKind"),
    ],
)
def test_one_that_leads_nowhere_closes_the_listener(
    world: Any, wrong: dict[str, Any], reason: str
) -> None:
    world.add(SERVICE % ("who", "infra"))
    world.add(SERVICE % ("who", "apps"))
    found = listener_filters(GATEWAY, spec(auth(name="who", port=80), auth(**wrong)), world)
    assert found.filters is None
    (finding,) = found.findings
    assert (finding.parent, finding.condition, finding.reason) == ("web", "ResolvedRefs", reason)
    assert "filters.requests[1]" in finding.message
    assert finding.message.endswith("every request gets a 500.")


def test_one_that_nobody_knows_makes_the_listener_invalid(world: Any) -> None:
    ref = api.LocalObjectReference(group="a.b", kind="C", name="d")
    unknown = api.ListenerFilter(type="ExtensionRef", extension_ref=ref)
    found = listener_filters(GATEWAY, spec(unknown), world)
    assert found.filters is None
    assert [(each.condition, each.reason) for each in found.findings] == [
        ("Accepted", "UnsupportedValue")
    ]
