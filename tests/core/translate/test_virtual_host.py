"""Isolation and order, each against a brute-force oracle."""

from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from portway.core import model, translate
from tests.core.translate.conftest import in_order

GATEWAY = model.ObjectKey("Gateway", "infra", "edge")
HOSTS = ["b", "a.b", "x.b", "c.a.b", "x.a.b", "x.c.a.b", "z"]
# Few and nested, so that most examples have one inside another.
NAMES = ["", "*.b", "a.b", "*.a.b", "c.a.b", "z"]


def matches(name: str, host: str) -> bool:
    if name in ("", "*"):
        return True
    return host.endswith(name[1:]) and host != name[1:] if name[0] == "*" else host == name


def best(names: list[str], host: str) -> str | None:
    """The host name that is in charge: exact, else the longest wildcard, else any."""
    fitting = [name for name in names if matches(name, host)]
    return max(fitting, key=lambda n: (n not in ("", "*"), n[:1] != "*", len(n)), default=None)


def answering(
    listeners: list[str], routes: dict[str, tuple[list[str], list[str]]], host: str
) -> set[str]:
    """The routes that may answer: those of the listener in charge whose own host names fit."""
    listener = best(listeners, host)
    return {
        route
        for route, (parents, hostnames) in routes.items()
        if listener in parents and (not hostnames or any(matches(n, host) for n in hostnames))
    }


ROUTES = st.dictionaries(
    st.sampled_from(["r1", "r2", "r3"]),
    st.tuples(
        st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True),
        st.lists(st.sampled_from(NAMES[1:]), max_size=2, unique=True),
    ),
    max_size=3,
)


@settings(deadline=None, max_examples=200)
@given(
    listeners=st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True),
    routes=ROUTES,
)
def test_only_the_listener_in_charge_answers(
    new_world: Callable[[], Any],
    listeners: list[str],
    routes: dict[str, tuple[list[int], list[str]]],
) -> None:
    world = new_world()
    world.edge(
        *(
            {"name": f"l{i}", **({"hostname": name} if name else {})}
            for i, name in enumerate(listeners)
        )
    )
    plan: dict[str, tuple[list[str], list[str]]] = {}
    for name, (picks, hostnames) in routes.items():
        wanted = sorted({pick % len(listeners) for pick in picks})
        refs = [{"name": "edge", "sectionName": f"l{pick}"} for pick in wanted]
        world.route(name, parentRefs=refs, hostnames=hostnames)
        plan[name] = ([listeners[pick] for pick in wanted], hostnames)
    hosts = world.hosts()
    for host in HOSTS:
        domain = best([key.domain for key in hosts], host)
        found = next((v for key, v in hosts.items() if key.domain == domain), None)
        names = {each.route.name for each in found.routes} if found else set()
        allowed = answering(listeners, plan, host)
        # A more specific virtual host hides the wider ones of the same listener, as in Envoy;
        # so some route that may answer does, and never one that may not.
        assert names <= allowed
        assert bool(names) == bool(allowed)


def https_world(world: Any, *hostnames: str) -> dict[tuple[str, str], model.VirtualHost]:
    """The virtual hosts of HTTPS listeners l0, l1, ... with a route on each of them."""
    key = model.ObjectKey("Gateway", "infra", "edge")
    listeners = tuple(
        model.Listener(
            model.ListenerKey(key, key, f"l{i}"), 443, "HTTPS", host, model.AllowedRoutes(())
        )
        for i, host in enumerate(hostnames)
    )
    gateway = model.Gateway(key, 1, "portway", listeners)
    world.gateway = lambda *_: gateway
    brought: dict[model.HostKey, list[model.Contribution]] = {
        host: [] for host in translate.base_hosts(gateway)
    }
    for each in listeners:
        route = model.ObjectKey("HTTPRoute", "infra", each.name)
        rules = model.RouteRules(route, "", (model.Rule(0, (model.Match(),), model.Forward()),))
        parent = model.ParentAttachment(0, key, ((each.key, (each.hostname or "*",)),))
        found = translate.contributions(rules, model.Attachment(route, (parent,)), world)
        for host, contribution in found.items():
            brought.setdefault(host, []).append(contribution)
    return {
        (host.table.listener, host.domain): translate.virtual_host(host, gateway, in_order(each))
        for host, each in brought.items()
    }


def test_a_connection_for_another_listener_is_misdirected(world: Any) -> None:
    hosts = https_world(world, "", "second.org", "*.wild.org", "fourth.wild.org")
    answers = {
        key: 421 if host.misdirected else (200 if host.routes else 404)
        for key, host in hosts.items()
    }
    assert answers == {
        ("l0", "*"): 200,
        ("l0", "second.org"): 421,
        ("l0", "*.wild.org"): 421,
        ("l0", "fourth.wild.org"): 421,
        ("l1", "*"): 421,
        ("l1", "second.org"): 200,
        ("l1", "*.wild.org"): 421,
        ("l1", "fourth.wild.org"): 421,
        ("l2", "*"): 421,
        ("l2", "second.org"): 421,
        ("l2", "*.wild.org"): 200,
        ("l2", "fourth.wild.org"): 421,
        ("l3", "*"): 421,
        ("l3", "second.org"): 421,
        ("l3", "*.wild.org"): 421,
        ("l3", "fourth.wild.org"): 200,
    }
    assert {(each.port, each.scheme) for each in hosts.values()} == {(443, "https")}


def test_without_a_catch_all_an_unknown_host_is_not_misdirected(world: Any) -> None:
    hosts = https_world(world, "a.org", "b.org")
    assert not hosts["l0", "*"].misdirected
    assert hosts["l0", "*"].routes == ()
    assert hosts["l0", "b.org"].misdirected


# -- order ---------------------------------------------------------------------------------

MATCHES = st.builds(
    model.Match,
    path=st.builds(
        model.PathMatch,
        st.sampled_from(["Exact", "PathPrefix"]),
        st.sampled_from(["/", "/a", "/a/b"]),
    ),
    method=st.sampled_from(["", "GET"]),
    headers=st.sampled_from([(), (model.HeaderMatch("x", "1"),)]),
    queries=st.sampled_from([(), (model.QueryMatch("q", "1"),)]),
)
RULES = st.lists(st.lists(MATCHES, min_size=1, max_size=2), min_size=1, max_size=2)
CONTRIBUTIONS = st.dictionaries(
    st.tuples(st.sampled_from(["a", "a-b", "a.b"]), st.sampled_from(["x", "y"])),
    st.tuples(st.sampled_from(["", "2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z"]), RULES),
    min_size=1,
    max_size=4,
)


def precedes(one: Any, other: Any) -> int:
    """The list of the spec (HTTPRouteRule.matches), question by question; -1: `one` goes first."""
    (match, created, route, place), (match2, created2, route2, place2) = one, other
    questions: list[tuple[Any, Any]] = [
        (match.path.kind == "Exact", match2.path.kind == "Exact"),
        (len(match.path.value), len(match2.path.value)),
        (bool(match.method), bool(match2.method)),
        (len(match.headers), len(match2.headers)),
        (len(match.queries), len(match2.queries)),
    ]
    for mine, theirs in questions:
        if mine != theirs:
            return -1 if mine > theirs else 1
    age, age2 = created or "9999", created2 or "9999"
    for mine, theirs in ((age, age2), (route, route2), (place, place2)):
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0


@given(CONTRIBUTIONS, st.randoms(use_true_random=False))
def test_routes_stand_in_the_order_of_the_spec(drawn: dict[Any, Any], random: Any) -> None:
    brought, entries = [], []
    for (namespace, name), (created, rules) in drawn.items():
        key = model.ObjectKey("HTTPRoute", namespace, name)
        made = tuple(
            model.Rule(index, tuple(found), model.Forward()) for index, found in enumerate(rules)
        )
        brought.append(model.Contribution(key, created, made))
        entries += [
            (match, created, f"{namespace}/{name}", (rule.index, number))
            for rule in made
            for number, match in enumerate(rule.matches)
        ]
    random.shuffle(brought)
    gateway = model.Gateway(GATEWAY, 1, "portway", ())
    host = model.HostKey(model.TableKey(GATEWAY, 80, ""), "*")
    found = translate.virtual_host(host, gateway, in_order(brought))
    expected = sorted(entries, key=cmp_to_key(precedes))
    assert [
        (each.match, f"{each.route.namespace}/{each.route.name}", each.rule.index)
        for each in found.routes
    ] == [(match, route, place[0]) for match, _, route, place in expected]
    assert (found.port, found.scheme, found.domain) == (80, "http", "*")


def test_a_regular_expression_goes_between_exact_and_prefix() -> None:
    paths = [("PathPrefix", "/very/long/prefix"), ("RegularExpression", "/a+"), ("Exact", "/a")]
    rule = model.Rule(
        0, tuple(model.Match(model.PathMatch(*each)) for each in paths), model.Forward()
    )
    brought = model.Contribution(model.ObjectKey("HTTPRoute", "a", "r"), "", (rule,))
    host = model.HostKey(model.TableKey(GATEWAY, 80, ""), "*")
    found = translate.virtual_host(
        host, model.Gateway(GATEWAY, 1, "portway", ()), in_order([brought])
    )
    assert [each.match.path.kind for each in found.routes] == [
        "Exact",
        "RegularExpression",
        "PathPrefix",
    ]


def test_a_route_brings_nothing_to_a_gateway_that_is_not_accepted(world: Any) -> None:
    world.edge({})
    obj = world.route("r")
    rules, attachment = translate.route_rules(obj, world), translate.attach(obj, world)
    assert len(translate.contributions(rules, attachment, world)) == 1
    refused = msgspec.structs.replace(world.gateway("infra", "edge"), accepted=False)
    world.gateway = lambda *_: refused
    assert translate.contributions(rules, attachment, world) == {}


def test_a_route_that_can_match_nothing_keeps_its_host(world: Any) -> None:
    """Else a route for a wildcard would answer what this one was meant for."""
    world.edge({})
    unreadable = {"matches": [{"path": {"type": "RegularExpression", "value": "/a(?=b)"}}]}
    world.route("broken", unreadable, hostnames=["a.b"])
    world.route("wide", hostnames=["*.b"])
    routes = {key.domain: host.routes for key, host in world.hosts().items()}
    assert routes["a.b"] == ()
    assert len(routes["*.b"]) == 1
