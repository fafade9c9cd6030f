"""Matches that can never win are named, and only those."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from portway.core import model
from portway.core.analyze import overlap


def key(name: str) -> model.ObjectKey:
    return model.ObjectKey("HTTPRoute", "apps", name)


def prefix(value: str, **more: Any) -> model.Match:
    return model.Match(model.PathMatch("PathPrefix", value), **more)


def test_the_younger_of_two_equal_routes_loses(board: Any, check: Any) -> None:
    web = board.listener("web", port=80, protocol="HTTP")
    board.route(key("a"), {web: ("x.example.com",)}, prefix("/"), created="2026-02-01T00:00:00Z")
    board.route(key("b"), {web: ("x.example.com",)}, prefix("/"), created="2026-01-01T00:00:00Z")
    (issue,) = check()["PW051"]
    assert issue.object == key("a")
    assert issue.message == (
        "[PathPrefix /] on x.example.com is taken by rules[0] of HTTPRoute apps/b"
    )


def test_names_decide_among_routes_of_one_age_and_hosts_are_collected(
    board: Any, check: Any
) -> None:
    web = board.listener("web", port=80, protocol="HTTP")
    for name in ("b", "a"):
        board.route(key(name), {web: ("y.example.com", "x.example.com")}, prefix("/v1"))
    (issue,) = check()["PW051"]
    assert issue.object == key("b")
    assert "on x.example.com, y.example.com is taken" in issue.message


def test_a_second_equal_rule_of_one_route_never_matches(board: Any, check: Any) -> None:
    web = board.listener("web", port=80, protocol="HTTP")
    one = (model.HeaderMatch("a", "1"), model.HeaderMatch("b", "2"))
    board.route(key("a"), {web: ("*",)}, prefix("/", headers=one), prefix("/", headers=one[::-1]))
    (issue,) = check()["PW050"]
    assert issue.field == "spec.rules[1].matches[0]"


def test_a_regular_expression_for_everything_takes_the_prefixes(board: Any, check: Any) -> None:
    web = board.listener("web", port=80, protocol="HTTP")
    every = model.Match(model.PathMatch("RegularExpression", "/.*"))
    board.route(key("a"), {web: ("*",)}, every)
    board.route(key("b"), {web: ("*",)}, prefix("/api"))
    assert [each.object for each in check()["PW050"]] == [key("b")]


def test_https_listeners_have_tables_of_their_own(board: Any, check: Any) -> None:
    one = board.listener("one", "x.example.com")
    two = board.listener("two", "*.example.com")
    board.route(key("a"), {one: ("x.example.com",)}, prefix("/"))
    board.route(key("b"), {two: ("x.example.com",)}, prefix("/"))
    assert not {"PW050", "PW051"} & check().keys()


def test_a_place_that_another_route_has(board: Any, check: Any) -> None:
    place = model.L4Key(model.ObjectKey("Gateway", "infra", "edge"), 5432, "TCP")
    winner, loser = (model.ObjectKey("TCPRoute", "apps", name) for name in ("old", "young"))
    board.places4[place] = model.L4Place(place, winner, (), (loser,))
    (issue,) = check()["PW052"]
    assert issue.object == loser
    assert "TCPRoute apps/old already has port 5432/TCP of Gateway infra/edge" in issue.message


MATCHES = st.builds(
    model.Match,
    st.builds(
        model.PathMatch, st.sampled_from(["Exact", "PathPrefix"]), st.sampled_from(["/", "/a"])
    ),
    st.sampled_from(["", "GET"]),
    st.sampled_from([(), (model.HeaderMatch("h", "1"),)]),
)


@given(st.lists(MATCHES, min_size=1, max_size=8))
def test_the_losers_are_those_an_ordered_list_would_never_reach(matches: list[model.Match]) -> None:
    """Oracle: put all in precedence order, and see which have an equal one before them."""
    web = model.ListenerKey(*(model.ObjectKey("Gateway", "n", "g"),) * 2, "web")
    lost = {issue.field for issue in overlap.issues(_OneRoute(web, tuple(matches)))}
    ordered = sorted(range(len(matches)), key=lambda i: (matches[i].rank(), i))
    expected = {
        f"spec.rules[{later}].matches[0]"
        for place, later in enumerate(ordered)
        if any(matches[earlier] == matches[later] for earlier in ordered[:place])
    }
    assert lost == expected


class _OneRoute:
    """Satisfies the part of `View` that overlap asks."""

    def __init__(self, web: model.ListenerKey, matches: tuple[model.Match, ...]) -> None:
        self._web, self._matches = web, matches

    def gateways(self) -> tuple[model.Gateway, ...]:
        listener = model.Listener(self._web, 80, "HTTP", "", model.AllowedRoutes(()))
        return (model.Gateway(self._web.gateway, 1, "portway", (listener,)),)

    def routes(self) -> tuple[model.ObjectKey, ...]:
        return (key("a"),)

    def attachment(self, route: model.ObjectKey) -> model.Attachment:
        parent = model.ParentAttachment(0, self._web.gateway, ((self._web, ("*",)),))
        return model.Attachment(route, (parent,))

    def rules(self, route: model.ObjectKey) -> model.RouteRules:
        rules = (model.Rule(i, (m,), model.Forward()) for i, m in enumerate(self._matches))
        return model.RouteRules(route, "", tuple(rules))

    def ports(self, gateway: model.ObjectKey) -> tuple[model.Port, ...]:
        return ()

    def virtual_hosts(self, table: model.TableKey) -> dict[str, model.VirtualHost]:
        return {}

    def cluster(self, key: model.ClusterKey) -> None:
        return None

    def tls_policies(self) -> tuple[model.TLSPolicy, ...]:
        return ()

    def externals(self) -> tuple[model.External, ...]:
        return ()

    def tls_findings(self, policy: model.ObjectKey) -> tuple[model.Finding, ...]:
        return ()

    def endpoints(self, cluster: model.ClusterKey) -> None:
        return None

    def layer4(self, route: model.ObjectKey) -> None:
        return None

    def places(self) -> tuple[model.L4Place, ...]:
        return ()

    def place(self, key: model.L4Key) -> None:
        return None

    def pool(self, key: model.L4Key) -> None:
        return None
