"""The whole core: what a change touches, and what it must not."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portway.core import api, model, render
from portway.core.schema import Schema
from portway.core.wiring import Core
from tests.core import site


def bodies(core: Core) -> dict[tuple[str, str], bytes]:
    return {(each.type_url, each.name): each.body for each in core.resources()}


def test_nothing_changes_when_nothing_happens(schema: Schema) -> None:
    core = site.core(schema, site.route("a"))
    turn = core.settle()
    assert (turn.resources, turn.statuses, turn.recomputed) == ((), {}, 0)


def test_a_gateway_is_programmed_only_when_envoy_said_so(schema: Schema) -> None:
    core = site.core(schema)
    assert site.condition(core, "Gateway", "web", "Programmed")[0] == "False"
    for each in core.resources():
        assert site.condition(core, "Gateway", "web", "Programmed")[0] == "False"
        core.inputs.acknowledged.set((each.type_url, each.name), each.version)
        core.settle()
    assert site.condition(core, "Gateway", "web", "Programmed") == ("True", "Programmed")


def test_an_older_version_acknowledged_is_not_enough(schema: Schema) -> None:
    core = site.core(schema)
    for each in core.resources():
        core.inputs.acknowledged.set((each.type_url, each.name), "older")
    core.settle()
    assert site.condition(core, "Gateway", "web", "Programmed")[0] == "False"


def test_a_route_touches_its_own_keys_only(schema: Schema) -> None:
    many = [site.route(f"r{number}") for number in range(300)]
    core = site.core(schema, *many)
    core.apply([site.route("r7", path="/new")])
    turn = core.settle()
    assert [each.name for each in turn.resources] == ["default/web/8080"]
    assert turn.recomputed < 20


def test_endpoints_touch_one_resource(schema: Schema) -> None:
    core = site.core(schema, *[site.route(f"r{number}") for number in range(100)])
    core.apply([site.service("app", "127.0.0.1:4000")])
    turn = core.settle()
    assert [each.type_url.rsplit(".", 1)[1] for each in turn.resources] == ["ClusterLoadAssignment"]


def test_attached_routes_are_counted(schema: Schema) -> None:
    core = site.core(schema, site.route("a"), site.route("b"))
    status = core.statuses()[site.key("Gateway", "web")]
    assert status["listeners"][0]["attachedRoutes"] == 2
    core.apply([site.gone("HTTPRoute", "a")])
    core.settle()
    status = core.statuses()[site.key("Gateway", "web")]
    assert status["listeners"][0]["attachedRoutes"] == 1


def test_order_of_arrival_never_matters(schema: Schema) -> None:
    events = [site.gateway_class(), site.gateway(), site.service("app"), site.route("a")]
    events += [site.route("b", "missing"), site.gateway("other", 9090)]
    expected = bodies(site.core(schema, *events))
    shuffle = random.Random(7)
    for _ in range(10):
        shuffle.shuffle(events)
        assert bodies(site.core(schema, *events)) == expected


CHANGES = st.lists(
    st.one_of(
        st.builds(site.route, st.sampled_from("abc"), st.sampled_from(["app", "other"])),
        st.builds(site.service, st.sampled_from(["app", "other"])),
        st.builds(site.gateway, st.just("web"), st.sampled_from([8080, 9090])),
        st.builds(site.gone, st.just("HTTPRoute"), st.sampled_from("abc")),
        st.builds(site.gone, st.just("Service"), st.sampled_from(["app", "other"])),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_any_history_ends_where_a_fresh_start_ends(
    schema: Schema, history: list[api.Event]
) -> None:
    core = site.core(schema)
    final: dict[tuple[str, str], api.Event] = {}
    for each in history:
        core.apply([each])
        core.settle()
        final[each.kind, each.name] = each
    fresh = site.core(schema)
    fresh.apply(final.values())
    fresh.settle()
    assert bodies(core) == bodies(fresh)
    assert core.statuses() == fresh.statuses()


def test_our_own_bug_costs_one_route(schema: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = render.routes

    def broken(value: model.HostRoute, seen: Any) -> Any:
        if value.route.name == "bad":
            raise RuntimeError("a bug in the renderer")
        return whole(value, seen)

    monkeypatch.setattr(render, "routes", broken)
    shared = [site.route(name, path=f"/{name}", host="one.example.com") for name in ("good", "bad")]
    core = site.core(schema, *shared)
    assert site.condition(core, "HTTPRoute", "bad", "Accepted") == ("False", "InternalError")
    assert site.condition(core, "HTTPRoute", "good", "Accepted") == ("True", "Accepted")
    table = next(b for (t, _), b in bodies(core).items() if t.endswith("RouteConfiguration"))
    assert b"/good" in table
    assert b"/bad" not in table
