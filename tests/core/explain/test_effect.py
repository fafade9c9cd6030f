"""Path edits, redirects and header edits by the spec's tables."""

import pytest

from portway.core import model
from portway.core.explain import effect
from portway.core.explain.request import from_url
from portway.core.explain.trace import Outgoing


@pytest.mark.parametrize(
    ("path", "prefix", "value", "result"),
    [
        ("/foo/bar", "/foo", "/xyz", "/xyz/bar"),
        ("/foo/bar", "/foo/", "/xyz/", "/xyz/bar"),
        ("/foo", "/foo", "/xyz", "/xyz"),
        ("/foo/", "/foo", "/xyz", "/xyz/"),
        ("/foo/bar", "/foo", "", "/bar"),
        ("/foo", "/foo", "", "/"),
        ("/foo/", "/foo", "/", "/"),
        ("/bar", "/", "/xyz", "/xyz/bar"),
    ],
)
def test_prefix_replacement(path: str, prefix: str, value: str, result: str) -> None:
    edit = model.PathEdit("ReplacePrefixMatch", value, prefix)
    assert effect.edited_path(edit, path) == result


@pytest.mark.parametrize(
    ("redirect", "scheme", "port", "location"),
    [
        (model.Redirect(), "http", 80, "http://h/p?q=1"),
        (model.Redirect(), "http", 8080, "http://h:8080/p?q=1"),
        (model.Redirect(scheme="https"), "http", 8080, "https://h/p?q=1"),
        (model.Redirect(scheme="https", port=8443), "http", 80, "https://h:8443/p?q=1"),
        (model.Redirect(scheme="https", port=443), "http", 80, "https://h/p?q=1"),
        (model.Redirect(port=80), "https", 443, "https://h:80/p?q=1"),
        (model.Redirect(hostname="other"), "https", 443, "https://other/p?q=1"),
        (
            model.Redirect(path=model.PathEdit("ReplaceFullPath", "/new")),
            "http",
            80,
            "http://h/new?q=1",
        ),
    ],
)
def test_locations(redirect: model.Redirect, scheme: str, port: int, location: str) -> None:
    assert effect.location(redirect, "h", "/p", "q=1", scheme, port) == location


def test_limits_on_tokens_are_said_in_words() -> None:
    limit = model.TokenLimit("a/b", (model.Budget(5, 60), model.Budget(9, 86400, "Prompt", ("k",))))
    _, (found,) = effect.apply([limit], Outgoing("GET", "h", "/p"))
    assert found.filter == "TokenLimit"
    assert found.text == (
        "no more than 5 tokens each minute; no more than 9 prompt tokens each day for each k"
    )


def test_filters_run_in_order_and_say_what_they_did() -> None:
    edit = model.HeaderEdit(set=(("a", "1"),), add=(("b", "2"),), remove=("c",))
    filters = (
        model.RequestHeaders(edit),
        model.Rewrite("internal", model.PathEdit("ReplaceFullPath", "/x")),
    )
    start = Outgoing("GET", "h", "/p", headers=(("a", "0"), ("c", "3"), ("d", "4")))
    outgoing, effects = effect.apply(filters, start)
    assert outgoing.headers == (("d", "4"), ("a", "1"), ("b", "2"))
    assert (outgoing.host, outgoing.path) == ("internal", "/x")
    assert effects[0].text == "set a: 1; add b: 2; remove c"
    assert effects[1].text == "host h becomes internal; path /p becomes /x"


def test_sessions() -> None:
    pool = model.ClusterKey("HTTPRoute", "shop", "cart", 0, "http")
    one = effect.session(model.Session(True, "x-a"))
    several = effect.session(model.Session(False, "a", pool=pool))
    assert one.text == "the header x-a keeps a client at the endpoint of its first request"
    assert several.text.startswith("the cookie a ")
    assert several.text.endswith(", whatever the weights")


def test_who_is_asked() -> None:
    guard = model.ClusterKey("Service", "shop", "guard", 80, "http")
    start = Outgoing("GET", "h", "/p")
    found = (
        model.ExternalAuth(guard, False, path="/check", body=9),
        model.ExternalAuth(guard, False),
        model.ExternalAuth(guard, True),
    )
    outgoing, effects = effect.apply(found, start)
    assert outgoing == start
    leave = "and goes on only with its leave"
    assert [each.text for each in effects] == [
        f"asks Service shop/guard:80 over HTTP below /check, {leave}; a body over 9 bytes is a 413",
        f"asks Service shop/guard:80 over HTTP, {leave}",
        f"asks Service shop/guard:80 over gRPC (ext_authz), {leave}",
    ]


@pytest.mark.parametrize(
    ("origin", "verdict"),
    [
        ("https://a.example.com", "is allowed"),
        ("https://a.example.org", "is not allowed"),
        ("https://.example.com", "is not allowed"),
    ],
)
def test_a_preflight_is_answered_whatever_its_origin(origin: str, verdict: str) -> None:
    headers = [f"Origin: {origin}", "Access-Control-Request-Method: PUT"]
    policy = model.Cors(origins=("https://*.example.com",))
    rule = model.Rule(0, (model.Match(),), model.Forward(), (policy,))
    assert effect.preflight(rule, from_url("OPTIONS", "http://h/", headers)).endswith(verdict)
    assert effect.preflight(rule, from_url("GET", "http://h/", headers)) == ""
    assert effect.preflight(rule, from_url("OPTIONS", "http://h/", headers[:1])) == ""
