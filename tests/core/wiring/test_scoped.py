"""Large tables in scopes: when they change over, and what a change in them touches."""

import pytest

from portway.core import api, delta, model, render
from portway.core.schema import Schema
from portway.core.wiring import Core
from portway.core.wiring.emit import LISTENER, PREFIX, ROUTES, SCOPE
from tests.core import site

TABLE = model.TableKey(site.key("Gateway", "web"), 8080, "")


def core(schema: Schema, routes: int, scopes_from: int = 3, *more: api.Event) -> Core:
    made = Core(schema, render.Defaults(scopes_from=scopes_from), strict=True)
    made.apply([site.gateway_class(), site.gateway(), site.service("app")])
    made.apply([site.route(f"r{number}") for number in range(routes)])
    made.apply(more)
    made.settle()
    for _, each in made.gateways.items():
        made.inputs.placements.set(each.key, model.Placement(("127.0.0.1",)))
    made.settle()
    return made


def scoped(schema: Schema, routes: int, *more: api.Event) -> Core:
    made = core(schema, routes, 3, *more)
    assert made.reshape(quiet=True)
    made.settle()
    return made


def names(core: Core, type_name: str) -> list[str]:
    """Of scopes the keys, sorted."""
    found = [each.name for each in core.resources() if each.type_url == PREFIX + type_name]
    return sorted(map(told, found)) if type_name == SCOPE else found


DOMAINS = ["*", "new.example.com", *(f"r{number}.example.com" for number in range(500))]
KEYS = [model.HostKey(TABLE, each) for each in DOMAINS]
SCOPES = {render.names.scope(each): render.names.scope_key(each) for each in KEYS}


def told(name: str) -> str:
    """A name, or the key that it stands for."""
    return SCOPES.get(name, name)


def acknowledge(core: Core) -> None:
    for each in core.resources():
        core.inputs.acknowledged.set(each.key, each.version)
    core.settle()


def test_a_small_table_stays_whole(schema: Schema) -> None:
    made = core(schema, 2)
    assert not made.reshape(quiet=True)
    assert names(made, SCOPE) == []
    assert names(made, ROUTES) == ["default/web/8080"]


def test_a_large_one_is_split_and_its_listener_looks_there(schema: Schema) -> None:
    made = core(schema, 3, 3, site.route("wild", host="*.w.com"))
    assert made.reshape(quiet=True)
    changes = {each.name: each for each in made.settle().resources if each.type_url != LISTENER}
    removed = [each for each in changes.values() if isinstance(each, delta.Removed)]
    assert [each.type_url for each in removed] == [PREFIX + ROUTES]
    hosts = [f"default/web/8080/r{number}.example.com" for number in range(3)]
    assert names(made, SCOPE) == ["default/web/8080/*", *hosts]
    assert names(made, ROUTES) == []
    (listener,) = (each for each in made.resources() if each.type_url == PREFIX + LISTENER)
    assert listener.needs == ((PREFIX + SCOPE, render.names.scope(model.HostKey(TABLE, "*"))),)
    rest = made.route_resources.get(TABLE)
    assert rest is not None
    decoded = schema.decode(SCOPE, rest.body)["route_configuration"]
    assert [each["domains"] for each in decoded["virtual_hosts"]] == [["*"], ["*.w.com"]]


def test_it_stays_split_for_as_long_as_it_exists(schema: Schema) -> None:
    made = scoped(schema, 3)
    made.apply([site.gone("HTTPRoute", "r0"), site.gone("HTTPRoute", "r1")])
    made.settle()
    assert not made.reshape(quiet=True)
    assert names(made, SCOPE) == ["default/web/8080/*", "default/web/8080/r2.example.com"]
    made.apply([site.gone("Gateway", "web")])
    made.settle()
    made.reshape(quiet=True)
    made.settle()
    assert made.inputs.scoped.items() == ()
    assert names(made, SCOPE) == []


def test_a_table_that_serves_waits_for_a_quiet_proxy(schema: Schema) -> None:
    made = core(schema, 2)
    acknowledge(made)
    made.apply([site.route("r2")])
    made.settle()
    assert not made.reshape(quiet=False)
    assert made.reshape(quiet=True)


def test_a_table_that_does_not_serve_yet_is_split_at_once(schema: Schema) -> None:
    assert core(schema, 3).reshape(quiet=False)


@pytest.mark.parametrize("routes", [50, 500])
def test_a_changed_route_touches_its_own_keys_only(schema: Schema, routes: int) -> None:
    made = scoped(schema, routes)
    made.apply([site.route("r7", path="/new")])
    turn = made.settle()
    assert [told(each.name) for each in turn.resources] == ["default/web/8080/r7.example.com"]
    assert turn.recomputed <= 20


def test_a_new_route_and_a_gone_one_touch_their_own_scope(schema: Schema) -> None:
    made = scoped(schema, 50)
    made.apply([site.route("new"), site.gone("HTTPRoute", "r7")])
    assert {(told(each.name), type(each)) for each in made.settle().resources} == {
        ("default/web/8080/new.example.com", delta.Resource),
        ("default/web/8080/r7.example.com", delta.Removed),
    }


def test_a_wildcard_touches_the_scope_of_the_rest(schema: Schema) -> None:
    made = scoped(schema, 50)
    made.apply([site.route("wild", host="*.w.com")])
    assert [told(each.name) for each in made.settle().resources] == ["default/web/8080/*"]


def test_a_host_that_a_listener_comes_to_name_keeps_its_scope(schema: Schema) -> None:
    everyone = {"allowedRoutes": {"namespaces": {"from": "All"}}}
    made = scoped(schema, 4)
    made.apply([site.gateway("web", 8080, hostname="r1.example.com", **everyone)])
    turn = made.settle()
    assert "default/web/8080/r1.example.com" in names(made, SCOPE)
    removed = [told(each.name) for each in turn.resources if isinstance(each, delta.Removed)]
    assert "default/web/8080/r1.example.com" not in removed


def test_scopes_and_tables_hold_the_same_hosts(schema: Schema) -> None:
    whole, split = core(schema, 5), scoped(schema, 5)
    assert whole.hosts_of(TABLE) != []
    assert [each.host for each in whole.hosts_of(TABLE)] == [
        each.host for each in split.hosts_of(TABLE)
    ]


def test_a_listener_is_programmed_when_its_scope_is_acknowledged(schema: Schema) -> None:
    made = scoped(schema, 3)
    for each in made.resources():
        if each.type_url != PREFIX + SCOPE:
            made.inputs.acknowledged.set(each.key, each.version)
    made.settle()
    assert site.condition(made, "Gateway", "web", "Programmed")[0] == "False"
    acknowledge(made)
    assert site.condition(made, "Gateway", "web", "Programmed")[0] == "True"


@pytest.mark.parametrize("routes", [50, 500])
def test_the_endpoints_of_a_shared_service_touch_no_route(schema: Schema, routes: int) -> None:
    made = scoped(schema, routes)
    made.apply([site.service("app", "127.0.0.1:4000")])
    turn = made.settle()
    assert [each.type_url.rpartition(".")[2] for each in turn.resources] == [
        "ClusterLoadAssignment"
    ]
    assert turn.recomputed <= 6
