"""Every way an expected route can lose is told apart."""

from typing import Any

from portway.core import model
from portway.core.explain import explain, from_url
from portway.core.explain.trace import WhyNot


def rule(backend: Any, path: str = "/", kind: str = "PathPrefix", method: str = "") -> model.Rule:
    match = model.Match(model.PathMatch(kind, path), method)
    return model.Rule(0, (match,), model.Forward((model.Share(1, backend),)))


def why(site: Any, url: str, expected: str) -> WhyNot:
    found = explain(site, from_url("GET", url), expected).why_not
    assert found is not None
    return found


def test_the_winner_is_confirmed(site: Any) -> None:
    site.route("a", {site.listener("web", 80): ("*",)}, rule(None))
    assert why(site, "http://h/", "apps/a").won


def test_an_unknown_route_gets_a_hint(site: Any) -> None:
    site.route("a", {site.listener("web", 80): ("*",)}, rule(None))
    found = why(site, "http://h/", "other/a")
    assert found.reasons == ("there is no route 'other/a'; there is HTTPRoute apps/a",)


def test_a_refused_parent_is_quoted(site: Any) -> None:
    finding = model.Finding(
        model.ObjectKey("HTTPRoute", "apps", "a"),
        "0",
        "Accepted",
        "NotAllowedByListeners",
        "closed",
    )
    site.listener("web", 80)
    site.route("a", {}, rule(None), finding=finding)
    assert why(site, "http://h/", "a").reasons == (
        "not attached to Gateway infra/edge: NotAllowedByListeners: closed",
    )


def test_other_hosts_are_listed(site: Any) -> None:
    site.route("a", {site.listener("web", 80): ("a.example.com",)}, rule(None))
    (reason,) = why(site, "http://b.example.com/", "a").reasons
    assert "are a.example.com; the request is for 'b.example.com'" in reason


def test_a_more_specific_host_hides_a_wildcard_even_without_a_rule(site: Any) -> None:
    web = site.listener("web", 80)
    site.route("wild", {web: ("*.example.com",)}, rule(None))
    site.route("one", {web: ("b.example.com",)}, rule(None, "/only"))
    (reason,) = why(site, "http://b.example.com/x", "wild").reasons
    assert "b.example.com is more specific and takes the request" in reason


def test_the_differing_part_of_a_rule_is_named(site: Any) -> None:
    site.route("a", {site.listener("web", 80): ("*",)}, rule(None, "/login"))
    (reason,) = why(site, "http://h/logout", "a").reasons
    assert reason.startswith("no rule matches: rules[0]: path '/logout' is not under '/login'")


def test_the_step_of_precedence_is_named(site: Any) -> None:
    web = site.listener("web", 80)
    site.route("short", {web: ("*",)}, rule(None, "/"))
    site.route("long", {web: ("*",)}, rule(None, "/x"))
    site.route("exact", {web: ("*",)}, rule(None, "/x/y", "Exact"))
    (reason,) = why(site, "http://h/x/z", "short").reasons
    assert reason == (
        "rules[0] matches, but rules[0] of HTTPRoute apps/long (PathPrefix /x) comes first: "
        "the longer path goes first"
    )
    assert "an Exact path goes before" in why(site, "http://h/x/y", "long").reasons[0]


def test_an_older_route_wins_a_tie(site: Any) -> None:
    web = site.listener("web", 80)
    site.route("young", {web: ("*",)}, rule(None), created="2026-02-01T00:00:00Z")
    site.route("old", {web: ("*",)}, rule(None), created="2026-01-01T00:00:00Z")
    (reason,) = why(site, "http://h/", "young").reasons
    assert "the older route goes first (2026-01-01T00:00:00Z before 2026-02-01" in reason


def test_another_port_is_named(site: Any) -> None:
    site.route("a", {site.listener("web", 80): ("*",)}, rule(None))
    (reason,) = why(site, "http://h:9090/", "a").reasons
    assert reason == "Gateway infra/edge does not listen on h:9090 port 9090 (its ports: 80)"


def test_another_listener_by_sni_is_named(site: Any) -> None:
    star = site.listener("star", 443, "*.example.com", "HTTPS")
    site.listener("one", 443, "one.example.com", "HTTPS")
    site.route("a", {star: ("*.example.com",)}, rule(None))
    (reason,) = why(site, "https://one.example.com/", "a").reasons
    assert reason == ("SNI 'one.example.com' chooses one, not listener star of Gateway infra/edge")
