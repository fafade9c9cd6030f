"""Layer 4 in the graph: what changes with a route, and what must not."""

from typing import Any

import pytest

from portway.core import api, model
from portway.core.schema import Schema
from portway.core.wiring import Core, emit
from portway.core.wiring.inputs import Hold
from portway.core.wiring.origins import origins
from tests.core import site

GATEWAY = site.key("Gateway", "l4")


def listeners(*more: dict[str, Any]) -> api.Event:
    spec = {
        "gatewayClassName": "portway",
        "listeners": [
            {"name": "tcp", "protocol": "TCP", "port": 9000},
            {"name": "udp", "protocol": "UDP", "port": 9000},
            {"name": "tls", "protocol": "TLS", "port": 9443, "tls": {"mode": "Passthrough"}},
            *more,
        ],
    }
    return site.event(
        {
            "apiVersion": site.GATEWAY_API,
            "kind": "Gateway",
            "metadata": {"name": "l4"},
            "spec": spec,
        }
    )


def route(kind: str, name: str, service: str = "app", **more: Any) -> api.Event:
    spec = {
        "parentRefs": [{"name": "l4"}],
        "rules": [{"backendRefs": [{"name": service, "port": 80}]}],
        **more,
    }
    return site.event(
        {
            "apiVersion": site.GATEWAY_API,
            "kind": kind,
            "metadata": {"name": name, "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": spec,
        }
    )


@pytest.fixture
def core(schema: Schema) -> Core:
    return site.core(
        schema,
        listeners(),
        site.service("other"),
        route("TCPRoute", "t"),
        route("TLSRoute", "s", hostnames=["a.com"]),
    )


def changed(core: Core, *events: api.Event) -> set[tuple[str, str]]:
    core.apply(events)
    return {
        (each.type_url.rsplit(".", 1)[1], each.name)
        for each in core.settle_configuration().resources
    }


def test_a_route_of_tcp_changes_endpoints_and_nothing_else(core: Core) -> None:
    ends = {("ClusterLoadAssignment", "tcp/default/l4/9000")}
    assert changed(core, route("TCPRoute", "t", "other")) == ends
    assert changed(core, site.gone("TCPRoute", "t")) == ends
    assert changed(core, route("TCPRoute", "again")) == ends


def test_a_route_of_tls_changes_the_endpoints_of_its_name(core: Core) -> None:
    name = "tls/default/l4/9443/a.com"
    moved = route("TLSRoute", "s", "other", hostnames=["a.com"])
    assert changed(core, moved) == {("ClusterLoadAssignment", name)}


def test_a_new_server_name_adds_a_chain_and_leaves_the_others_as_they_are(
    core: Core, schema: Schema
) -> None:
    def chains() -> dict[str, Any]:
        found = core.listener_resources.get(model.PortKey(GATEWAY, 9443))
        assert found is not None
        decoded = schema.decode(emit.LISTENER, found.body)
        return {each["name"]: each for each in decoded["filter_chains"]}

    before = chains()
    names = changed(core, route("TLSRoute", "new", hostnames=["b.com"]))
    assert {kind for kind, _ in names} == {"Listener", "Cluster", "ClusterLoadAssignment"}
    after = chains()
    assert set(after) - set(before) == {"tls/b.com"}
    assert {name: after[name] for name in before} == before
    changed(core, site.gone("TLSRoute", "new"))
    assert chains() == before


def test_a_port_needs_its_pools_and_is_acknowledged_without_word_of_them(core: Core) -> None:
    def programmed() -> list[str]:
        status = core.statuses()[GATEWAY]
        return [
            each["status"]
            for listener in status["listeners"]
            for each in listener["conditions"]
            if each["type"] == "Programmed"
        ]

    found = core.listener_resources.get(model.PortKey(GATEWAY, 9443))
    assert found is not None
    assert found.needs == (emit.l4_key(model.L4Key(GATEWAY, 9443, "TLS", "a.com")),)
    assert programmed() == ["False", "False", "False"]
    for port in ("TCP", "UDP"):
        each = core.listener_resources.get(model.PortKey(GATEWAY, 9000, port))
        assert each is not None
        core.inputs.acknowledged.set((each.type_url, each.name), each.version)
    core.settle()
    assert programmed() == ["True", "True", "False"]


def test_a_route_that_comes_does_not_unsettle_what_is_programmed(core: Core) -> None:
    for resource in core.resources():
        core.inputs.acknowledged.set((resource.type_url, resource.name), resource.version)
    core.settle()
    assert site.condition(core, "Gateway", "l4", "Programmed") == ("True", "Programmed")
    changed(core, route("TLSRoute", "new", hostnames=["b.com"]))
    core.settle()
    assert site.condition(core, "Gateway", "l4", "Programmed") == ("True", "Programmed")
    passing = {"protocol": "TLS", "tls": {"mode": "Passthrough"}}
    changed(core, listeners({"name": "more", "port": 9443, "hostname": "c.com", **passing}))
    core.settle()
    assert site.condition(core, "Gateway", "l4", "Programmed") == ("False", "Pending")


def test_a_refused_gateway_keeps_the_chains_and_pools_of_what_is_bound(core: Core) -> None:
    """Listeners that the refused version no longer has stay, and nothing they need goes."""
    before = {(each.type_url, each.name): each for each in core.resources()}
    earlier = core.inputs.sources["Gateway"].get(("default", "l4"))
    refused = site.gateway("l4", 8081)
    core.apply([refused])
    assert refused.object is not None
    core.inputs.holds.set(GATEWAY, Hold(refused.object, earlier))
    core.settle()
    after = {(each.type_url, each.name): each for each in core.resources()}
    for key in before:
        assert key in after or "tls/default/l4/9443/a.com" in key
    for each in after.values():
        assert set(each.needs) <= set(after)


@pytest.mark.parametrize(
    ("type_name", "name", "suspects"),
    [
        (emit.LISTENER, "default/l4/9443", {"Gateway l4", "TLSRoute s"}),
        (emit.LISTENER, "default/l4/9000", {"Gateway l4"}),
        (emit.LISTENER, "default/l4/9000/udp", {"Gateway l4"}),
        (emit.ROUTES, "default/l4/9080", {"Gateway l4"}),
        (
            *(emit.ENDPOINTS, "tcp/default/l4/9000"),
            {"Gateway l4", "TCPRoute t", "Service app"},
        ),
        (
            *(emit.CLUSTER, "tls/default/l4/9443/a.com"),
            {"Gateway l4", "TLSRoute s", "Service app"},
        ),
    ],
)
def test_suspects(core: Core, type_name: str, name: str, suspects: set[str]) -> None:
    """Routes of layer 4 are suspects only where they are part of what was refused."""
    core.apply([listeners({"name": "http", "protocol": "HTTP", "port": 9080})])
    core.settle()
    found = origins(core, [(emit.PREFIX + type_name, name)])
    assert {f"{each.kind} {each.name}" for each in found} == suspects
