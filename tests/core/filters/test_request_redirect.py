"""RequestRedirect: the Location a client gets, worked out by the simulator from Envoy's fields."""

import pytest

from portway.core import filters, model
from portway.core.api.http_filter import (
    HTTPPathModifier,
    HTTPRequestRedirectFilter,
    HTTPRouteFilter,
)
from portway.core.filters import request_redirect as subject
from tests.core.filters.test_filters import PLACE
from tests.sim import paths
from tests.sim.requests import Call, matches

R = model.Redirect
HTTP = subject.Seen("*", 80, "http")
HTTP_8080 = subject.Seen("*", 8080, "http")
HTTPS = subject.Seen("*", 443, "https")
EXACT = subject.Seen("x.com", 8080, "http")


def location(redirect: model.Redirect, seen: subject.Seen, host: str = "x.com") -> str:
    call = Call(seen.port, host, "/p?q=1", sni="" if seen.scheme == "https" else None)
    for headers, action in subject.actions(redirect, seen):
        if matches({"prefix": "/", "headers": headers}, call):
            return paths.location(action, {"prefix": "/"}, call)
    raise AssertionError("some action has to hold")


@pytest.mark.parametrize(
    ("redirect", "seen", "host", "expected"),
    [
        (R(), HTTP, "x.com", "http://x.com/p?q=1"),
        (R(), HTTP_8080, "x.com", "http://x.com:8080/p?q=1"),
        (R(), HTTPS, "x.com", "https://x.com/p?q=1"),
        (R(scheme="https"), HTTP, "x.com", "https://x.com/p?q=1"),
        (R(scheme="https"), HTTP_8080, "x.com", "https://x.com/p?q=1"),
        (R(scheme="http"), HTTPS, "x.com", "http://x.com/p?q=1"),
        (R(port=80), HTTP_8080, "x.com", "http://x.com/p?q=1"),
        (R(port=443), HTTPS, "x.com", "https://x.com/p?q=1"),
        (R(port=8080), HTTP, "x.com", "http://x.com:8080/p?q=1"),
        (R(scheme="https", port=443), HTTP, "x.com", "https://x.com/p?q=1"),
        # Well known, but for the other scheme: it has to be said.
        (R(scheme="https", port=80), HTTP, "x.com", "https://x.com:80/p?q=1"),
        (R(scheme="http", port=443), HTTPS, "x.com", "http://x.com:443/p?q=1"),
        (R(port=80), HTTPS, "x.com", "https://x.com:80/p?q=1"),
        (R(hostname="y.com"), HTTP_8080, "x.com:8080", "http://y.com:8080/p?q=1"),
        (R(hostname="y.com", scheme="https"), HTTP_8080, "x.com:8080", "https://y.com/p?q=1"),
        # The port of the Host header is the old one; it must not survive.
        (R(scheme="https"), EXACT, "x.com:8080", "https://x.com/p?q=1"),
        (R(scheme="https"), HTTP_8080, "x.com:8080", "https://x.com:443/p?q=1"),
        (R(), HTTP_8080, "x.com:8080", "http://x.com:8080/p?q=1"),
        (R(scheme="https"), HTTP_8080, "[::1]:8080", "https://[::1]:443/p?q=1"),
        (R(scheme="https"), HTTP_8080, "[::1]", "https://[::1]/p?q=1"),
        (
            R(path=model.PathEdit("ReplaceFullPath", "/new")),
            HTTP,
            "x.com",
            "http://x.com/new?q=1",
        ),
    ],
)
def test_location(redirect: R, seen: subject.Seen, host: str, expected: str) -> None:
    assert location(redirect, seen, host) == expected


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (301, "MOVED_PERMANENTLY"),
        (302, "FOUND"),
        (303, "SEE_OTHER"),
        (307, "TEMPORARY_REDIRECT"),
        (308, "PERMANENT_REDIRECT"),
    ],
)
def test_the_status_is_always_written(status: int, name: str) -> None:
    (_, action), *_ = subject.actions(R(status=status), HTTP_8080)
    assert action["response_code"] == name


def test_from_spec_keeps_what_is_left_to_the_request() -> None:
    spec = HTTPRouteFilter(type="RequestRedirect", request_redirect=HTTPRequestRedirectFilter())
    assert filters.from_spec(spec, PLACE) == R("", "", 0, None, 302)


def test_from_spec_takes_everything_given() -> None:
    path = HTTPPathModifier(type="ReplacePrefixMatch", replace_prefix_match="/x")
    redirect = HTTPRequestRedirectFilter(
        scheme="https", hostname="y.com", port=8443, status_code=308, path=path
    )
    spec = HTTPRouteFilter(type="RequestRedirect", request_redirect=redirect)
    found = filters.from_spec(spec, PLACE._replace(prefixes=("/foo/",)))
    edit = model.PathEdit("ReplacePrefixMatch", "/x", "/foo")
    assert found == R("https", "y.com", 8443, edit, 308)


def test_a_bad_path_is_named_by_its_field() -> None:
    path = HTTPPathModifier(type="ReplaceFullPath", replace_full_path="x")
    spec = HTTPRouteFilter(
        type="RequestRedirect", request_redirect=HTTPRequestRedirectFilter(path=path)
    )
    found = filters.from_spec(spec, PLACE)
    assert isinstance(found, filters.Problem)
    assert found.message.startswith("rules[0].filters[0].requestRedirect.path: ")
