"""The whole way of a request, from the port to the expected answer."""

from typing import Any

import pytest

from portway.core import model
from portway.core.explain import explain, from_url
from portway.core.explain.trace import Explanation


def rule(
    backend: model.ClusterKey | None, path: str = "/", index: int = 0, **more: Any
) -> model.Rule:
    match = model.Match(model.PathMatch("PathPrefix", path))
    return model.Rule(index, (match,), model.Forward((model.Share(1, backend),)), **more)


def ask(site: Any, url: str, *headers: str, method: str = "GET") -> Explanation:
    return explain(site, from_url(method, url, headers))


def test_the_longest_prefix_wins_and_the_backend_is_named(site: Any) -> None:
    web = site.listener("web", 80)
    site.route("root", {web: ("a.example.com",)}, rule(site.service("root", "10.0.0.1")))
    site.route(
        "login", {web: ("a.example.com",)}, rule(site.service("login", "10.0.0.2"), "/login")
    )
    found = ask(site, "http://a.example.com/login/x?y=1")
    assert found.answer.kind == "forward"
    assert found.answer.text == "forwarded to Service apps/login:80"
    (trace,) = found.traces
    assert trace.domain == "a.example.com"
    assert [each.name for each in trace.domains] == ["a.example.com", "*"]
    assert trace.destinations[0].endpoints == ("10.0.0.2:8080",)
    outgoing = trace.destinations[0].outgoing
    assert outgoing is not None
    assert (outgoing.path, outgoing.query) == ("/login/x", "y=1")


def test_rules_that_did_not_match_say_why_in_order(site: Any) -> None:
    web = site.listener("web", 80)
    site.route("login", {web: ("*",)}, rule(site.service("login"), "/login"))
    (trace,) = ask(site, "http://a/loginx").traces
    assert trace.answer.status == 404
    assert "inside the same path element" in trace.attempts[0].reason


def test_a_bound_port_is_found_as_well_as_the_declared_one(site: Any) -> None:
    site.listener("web", 80)
    assert len(ask(site, "http://a:8080/").traces) == 1
    assert len(ask(site, "http://a/").traces) == 1
    answer = ask(site, "http://a:81/").answer
    assert answer.kind == "refused"
    assert "127.0.0.2:8080" in answer.text


def test_an_address_of_nobody_is_refused(site: Any) -> None:
    site.listener("web", 80)
    assert ask(site, "http://127.0.0.9/").answer.kind == "refused"
    assert ask(site, "http://127.0.0.2/").answer.status == 404


def test_a_more_specific_listener_keeps_its_hosts_from_a_wildcard(site: Any) -> None:
    star = site.listener("star", 80, "*.example.com")
    site.listener("one", 80, "one.example.com")
    site.route("all", {star: ("*.example.com",)}, rule(site.service("all", "10.0.0.1")))
    assert ask(site, "http://two.example.com/").answer.kind == "forward"
    found = ask(site, "http://one.example.com/")
    assert found.answer.status == 404
    assert found.traces[0].listener == "one"


def test_sni_chooses_the_https_listener(site: Any) -> None:
    star = site.listener("star", 443, "*.example.com", "HTTPS")
    site.route("all", {star: ("*.example.com",)}, rule(site.service("all", "10.0.0.1")))
    assert ask(site, "https://a.example.com/").answer.kind == "forward"
    assert ask(site, "https://a.example.org/").answer.kind == "refused"


def test_no_sni_is_refused_with_the_command_that_works(site: Any) -> None:
    site.listener("one", 443, "one.example.com", "HTTPS")
    answer = ask(site, "https://127.0.0.2/x", "Host: one.example.com").answer
    assert answer.kind == "refused"
    assert "curl --resolve one.example.com:8443:127.0.0.2 https://one.example.com:8443/x" in (
        answer.text
    )


def test_a_host_of_another_https_listener_is_misdirected(site: Any) -> None:
    site.listener("star", 443, "*.example.com", "HTTPS")
    site.listener("one", 443, "one.example.com", "HTTPS")
    answer = ask(site, "https://two.example.com/", "Host: one.example.com").answer
    assert answer.status == 421


def test_a_listener_without_certificate_keeps_its_name_but_refuses(site: Any) -> None:
    site.listener("star", 443, "*.example.com", "HTTPS")
    site.listener("one", 443, "one.example.com", "HTTPS", serving=False)
    answer = ask(site, "https://one.example.com/").answer
    assert answer.kind == "refused"
    assert "no usable certificate" in answer.text


def test_plain_http_to_an_https_port_is_explained(site: Any) -> None:
    site.listener("one", 443, "one.example.com", "HTTPS")
    assert "use https://" in ask(site, "http://one.example.com:443/").answer.text


def test_an_escaped_slash_is_redirected_before_any_route(site: Any) -> None:
    web = site.listener("web", 80)
    site.route("all", {web: ("*",)}, rule(site.service("all", "10.0.0.1")))
    answer = ask(site, "http://a/x%2Fy?z=1").answer
    assert (answer.status, answer.location) == (307, "/x/y?z=1")


def test_a_header_with_an_underscore_is_refused(site: Any) -> None:
    web = site.listener("web", 80)
    site.route("all", {web: ("*",)}, rule(site.service("all", "10.0.0.1")))
    assert ask(site, "http://a/", "x_user: root").answer.status == 400


@pytest.mark.parametrize(
    ("shares", "kind", "text"),
    [
        ((), "respond", "500: the rule has no backend with a positive weight"),
        (((1, None),), "respond", "500: the backend reference is not valid"),
        (((1, "empty"),), "respond", "503: Service apps/empty:80 has no ready endpoint"),
        (((0, "full"),), "respond", "500: the rule has no backend with a positive weight"),
        (
            ((3, "full"), (1, None)),
            "split",
            "75 %: forwarded to Service apps/full:80; "
            "25 %: 500: the backend reference is not valid",
        ),
    ],
)
def test_shares(site: Any, shares: Any, kind: str, text: str) -> None:
    keys = {"empty": site.service("empty"), "full": site.service("full", "10.0.0.1"), None: None}
    web = site.listener("web", 80)
    action = model.Forward(tuple(model.Share(weight, keys[name]) for weight, name in shares))
    site.route("all", {web: ("*",)}, model.Rule(0, (model.Match(),), action))
    answer = ask(site, "http://a/").answer
    assert (answer.kind, answer.text) == (kind, text)


def test_a_broken_filter_answers_500_in_its_words(site: Any) -> None:
    web = site.listener("web", 80)
    site.route("all", {web: ("*",)}, rule(None, broken="extension x is unknown"))
    assert ask(site, "http://a/").answer.text == "500: extension x is unknown"


def test_a_redirect_has_its_location(site: Any) -> None:
    web = site.listener("web", 80)
    redirect = model.Redirect(scheme="https", status=301)
    site.route("all", {web: ("*",)}, rule(None, redirect=redirect))
    answer = ask(site, "http://a.example.com/x?y=1").answer
    assert (answer.status, answer.location) == (301, "https://a.example.com/x?y=1")


def test_filters_change_what_the_backend_receives(site: Any) -> None:
    web = site.listener("web", 80)
    edit = model.HeaderEdit(set=(("x-env", "test"),))
    filters = (
        model.RequestHeaders(edit),
        model.Rewrite(path=model.PathEdit("ReplacePrefixMatch", "/", "/api")),
    )
    site.route("api", {web: ("*",)}, rule(site.service("api", "10.0.0.1"), "/api", filters=filters))
    (destination,) = ask(site, "http://a/api/v1").traces[0].destinations
    assert destination.outgoing is not None
    assert destination.outgoing.path == "/v1"
    assert destination.outgoing.headers == (("x-env", "test"),)


def test_a_port_that_cannot_be_served_is_told_apart_from_no_port(site: Any) -> None:
    site.listener("one", 443, "one.example.com", "HTTPS", serving=False)
    site.hidden = frozenset({443})
    text = ask(site, "https://one.example.com/").answer.text
    assert text.endswith("; Gateway infra/edge has one there, but cannot serve it")


def test_a_preflight_belongs_to_the_rule_for_the_method_it_asks_about(site: Any) -> None:
    web = site.listener("web", 80)
    put = model.Match(method="PUT")
    cors = model.Cors(origins=("https://a.example.com",))
    site.route("put", {web: ("*",)}, model.Rule(0, (put,), model.Forward(), (cors,)))
    headers = ["Origin: https://a.example.com", "Access-Control-Request-Method: PUT"]
    assert ask(site, "http://h/", *headers, method="OPTIONS").answer.status == 200
    headers[1] = "Access-Control-Request-Method: GET"
    assert ask(site, "http://h/", *headers, method="OPTIONS").answer.status == 404
