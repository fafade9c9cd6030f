"""CORS: origins, wildcards, credentials and which preflights need a route of their own."""

import pytest
import re2

from portway.core import filters, model
from portway.core.api.http_filter import HTTPCORSFilter, HTTPRouteFilter
from portway.core.filters import cors as subject
from tests.core.filters.test_filters import PLACE
from tests.sim.requests import Call, matches


def test_from_spec() -> None:
    spec = HTTPCORSFilter(
        allow_origins=("https://WWW.Foo.com",),
        allow_methods=("GET",),
        allow_headers=("X-A",),
        expose_headers=("X-B",),
        allow_credentials=True,
    )
    found = filters.from_spec(HTTPRouteFilter(type="CORS", cors=spec), PLACE)
    assert found == model.Cors(("https://www.foo.com",), ("GET",), ("X-A",), ("X-B",), True, 5)


def allows(configured: str, origin: str) -> bool:
    """Envoy's reading: a matcher that takes the text "*" allows everything."""
    for matcher in subject.origin_matchers(configured):
        for text in ("*", origin):
            if "exact" in matcher and matcher["exact"] == text:
                return True
            if "safe_regex" in matcher and re2.fullmatch(matcher["safe_regex"]["regex"], text):
                return True
    return False


@pytest.mark.parametrize(
    ("configured", "origin", "expected"),
    [
        ("https://www.foo.com", "https://www.foo.com", True),
        ("https://www.foo.com", "https://www.foo.com:443", True),
        ("https://www.foo.com:443", "https://www.foo.com", True),
        ("https://www.foo.com", "https://www.foo.com:444", False),
        ("https://www.foo.com:444", "https://www.foo.com:444", True),
        ("https://www.foo.com:444", "https://www.foo.com", False),
        ("https://www.foo.com", "http://www.foo.com", False),
        ("https://www.foo.com", "https://wwwxfoo.com", False),
        ("https://*.bar.com", "https://www.bar.com", True),
        ("https://*.bar.com", "https://xpto.www.bar.com", True),
        ("https://*.bar.com", "https://www.bar.com:443", True),
        ("https://*.bar.com", "https://bar.com", False),
        ("https://*.bar.com", "https://foobar.com", False),
        ("https://*.bar.com", "https://www.bar.com.evil.org", False),
        ("https://*.bar.com", "https://evil.org/.bar.com", False),
        ("https://*.bar.com", "https://evil.org:1.bar.com", False),
        ("https://*.bar.com:8443", "https://www.bar.com:8443", True),
        ("https://*.bar.com:8443", "https://www.bar.com", False),
        ("https://*", "https://anything.org", True),
        ("https://*", "https://[::1]:443", True),
        ("https://*", "https://anything.org:444", False),
        ("https://*", "http://anything.org", False),
        ("http://*:8080", "http://anything.org:8080", True),
        ("*", "https://foobar.com:12345", True),
        ("*", "null", True),
    ],
)
def test_origins(configured: str, origin: str, expected: bool) -> None:
    assert allows(configured, origin) is expected


def test_without_credentials_nothing_is_said_of_them() -> None:
    found = subject.policy(model.Cors(("*",), ("*",), ("*",), ("*", "x-a")))
    assert "allow_credentials" not in found
    assert found["expose_headers"] == "*, x-a"
    assert (found["allow_methods"], found["allow_headers"]) == ("*", "*")


def test_with_credentials_no_star_is_exposed() -> None:
    found = subject.policy(model.Cors(("*",), ("*",), ("*",), ("*",), True))
    assert found["allow_credentials"] is True
    assert "expose_headers" not in found


def test_lists_are_joined_and_absent_ones_left_out() -> None:
    found = subject.policy(model.Cors(("https://a.com",), ("GET", "PUT"), max_age=3600))
    assert found["allow_methods"] == "GET, PUT"
    assert found["max_age"] == "3600"
    assert found.keys().isdisjoint({"allow_headers", "expose_headers"})
    assert found["forward_not_matching_preflights"] is False


CORS = model.Cors(("https://a.com",), ("GET",), ("x-a",))
ANY_HEADER = model.Cors(("https://a.com",), ("GET",), ("*",))


@pytest.mark.parametrize(
    ("filter", "method", "answered", "routes"),
    [
        (CORS, "", True, 0),
        (CORS, "OPTIONS", True, 0),
        (CORS, "GET", True, 1),
        (CORS, "", False, 1),
        (ANY_HEADER, "", True, 1),
        (ANY_HEADER, "GET", True, 2),
    ],
)
def test_preflights_that_need_a_route(
    filter: model.Cors, method: str, answered: bool, routes: int
) -> None:
    assert len(subject.preflights(filter, method, answered=answered)) == routes


def test_a_preflight_asks_for_the_rule_s_method() -> None:
    ((headers, policy),) = subject.preflights(CORS, "PUT", answered=True)
    assert headers == [
        {"name": ":method", "string_match": {"exact": "OPTIONS"}},
        {"name": "origin", "present_match": True},
        {"name": "access-control-request-method", "string_match": {"exact": "PUT"}},
    ]
    assert policy == subject.policy(CORS)


def test_a_preflight_that_asks_for_no_headers_gets_no_star() -> None:
    ((headers, policy),) = subject.preflights(ANY_HEADER, "", answered=True)
    absent = {
        "name": "access-control-request-headers",
        "present_match": True,
        "invert_match": True,
    }
    assert headers[-1] == absent
    assert "allow_headers" not in policy


@pytest.mark.parametrize(
    ("origins", "origin", "marked"),
    [
        (("https://a.com", "https://*.b.com"), "https://a.com", True),
        (("https://a.com", "https://*.b.com"), "https://x.b.com", True),
        (("https://a.com", "https://*.b.com"), "https://axcom", False),
        (("https://a.com", "https://*.b.com"), "https://a.com.evil.org", False),
        (("*",), "null", True),
    ],
)
def test_marks_hold_for_allowed_origins(
    origins: tuple[str, ...], origin: str, marked: bool
) -> None:
    matcher, _ = subject.marks(model.Cors(origins))
    call = Call(80, "x.com", headers=(("origin", origin),))
    assert matches({"prefix": "/", "headers": [matcher]}, call) is marked


def test_marks_say_what_the_filter_would_say() -> None:
    _, options = subject.marks(model.Cors(("*",), expose=("*", "x-a"), credentials=True))
    assert {each["header"]["key"]: each["header"]["value"] for each in options} == {
        "access-control-allow-origin": "%REQ(origin)%",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-a",
    }
