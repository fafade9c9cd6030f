"""Which changes reach which status."""

from typing import Any

import pytest

from portway.core import api, model, render
from portway.core.schema import Schema
from portway.core.wiring import Core, Hold
from tests.core import site


def policy(service: str) -> api.Event:
    return site.event(
        {
            "apiVersion": site.GATEWAY_API,
            "kind": "BackendTLSPolicy",
            "metadata": {"name": "tls"},
            "spec": {
                "targetRefs": [{"group": "", "kind": "Service", "name": service}],
                "validation": {"hostname": "app.example.com", "wellKnownCACertificates": "System"},
            },
        }
    )


def as_written(core: Core, name: str) -> api.Resource:
    found = core.inputs.sources["HTTPRoute"].get(("default", name))
    assert isinstance(found, api.HTTPRoute)
    return found


def ancestors(core: Core) -> list[str]:
    core.settle()
    status: dict[str, Any] = core.statuses().get(site.key("BackendTLSPolicy", "tls"), {})
    return [each["ancestorRef"]["name"] for each in status.get("ancestors", [])]


def test_a_policy_speaks_of_the_gateways_that_use_its_service(schema: Schema) -> None:
    core = site.core(schema, policy("app"))
    assert ancestors(core) == []
    core.apply([site.route("a")])
    assert ancestors(core) == ["web"]
    core.apply([site.gone("HTTPRoute", "a")])
    assert ancestors(core) == []


def test_a_held_route_is_judged_as_it_is_written(schema: Schema) -> None:
    core = site.core(schema, site.route("a", "missing"))
    written = as_written(core, "a")
    better = site.route("a").object
    core.inputs.holds.set(site.key("HTTPRoute", "a"), Hold(written, better, "not this one"))
    core.settle()
    assert site.condition(core, "HTTPRoute", "a", "Accepted") == ("False", "RejectedByProxy")
    assert site.condition(core, "HTTPRoute", "a", "ResolvedRefs") == ("False", "BackendNotFound")


def test_a_suspect_is_not_called_refused(schema: Schema) -> None:
    core = site.core(schema, site.route("a"))
    written = as_written(core, "a")
    core.inputs.holds.set(site.key("HTTPRoute", "a"), Hold(written, None, ""))
    core.settle()
    assert site.condition(core, "HTTPRoute", "a", "Accepted") == ("True", "Accepted")


@pytest.mark.parametrize(("parent", "known"), [("web", True), ("nobody", False)])
def test_a_listener_set_has_a_status_where_its_gateway_is_ours(
    schema: Schema, parent: str, known: bool
) -> None:
    document = {
        "apiVersion": site.GATEWAY_API,
        "kind": "ListenerSet",
        "metadata": {"name": "more"},
        "spec": {
            "parentRef": {"name": parent},
            "listeners": [{"name": "extra", "protocol": "HTTP", "port": 9000}],
        },
    }
    core = site.core(schema, site.event(document))
    assert (site.key("ListenerSet", "more") in core.statuses()) is known


def acknowledge(core: Core, *, but: str = "") -> None:
    for each in core.resources():
        if each.name != but:
            core.inputs.acknowledge({each.key: each.version})
    core.settle()


@pytest.mark.parametrize("routes", [1, 100])
def test_programmed_needs_the_listener_and_its_table_in_either_shape(
    schema: Schema, routes: int
) -> None:
    core = site.core(schema, *[site.route(f"r{number}") for number in range(routes)])
    if core.reshape(quiet=True):
        core.settle()
    key = model.TableKey(site.key("Gateway", "web"), 8080, "")
    rest = render.names.scope(model.HostKey(key, "*"))
    table = rest if routes == 100 else "default/web/8080"
    assert table in {each.name for each in core.resources()}
    acknowledge(core, but=table)
    assert site.condition(core, "Gateway", "web", "Programmed")[0] == "False"
    acknowledge(core)
    assert site.condition(core, "Gateway", "web", "Programmed") == ("True", "Programmed")
    core.inputs.acknowledge({each.key: None for each in core.resources()})
    core.settle()
    assert site.condition(core, "Gateway", "web", "Programmed")[0] == "False"


def test_the_users_of_a_service_are_not_asked_for_without_a_policy(schema: Schema) -> None:
    core = site.core(schema, site.route("a"))
    core.apply([site.route("b")])
    assert "backends used by HTTPRoute" not in core.settle().changed
    core.apply([policy("app")])
    assert core.settle().changed["backends used by HTTPRoute"] == 2
    core.apply([site.gone("BackendTLSPolicy", "tls")])
    core.settle()
    assert ancestors(core) == []
