"""Matches: normal forms, first of several names, and regular expressions."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from portway.core import api, model
from portway.core.translate.match import Unreadable, match, path, prefixes


def http_path(value: str, type_: str = "PathPrefix") -> api.HTTPPathMatch:
    return api.HTTPPathMatch(type=type_, value=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "normal"), [("/", "/"), ("/a", "/a"), ("/a/", "/a")])
def test_a_prefix_has_no_trailing_slash(value: str, normal: str) -> None:
    assert path(http_path(value)) == model.PathMatch("PathPrefix", normal)


def test_an_exact_path_stays_as_it_is() -> None:
    assert path(http_path("/a/", "Exact")) == model.PathMatch("Exact", "/a/")


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [
        ("^/.*$", "/"),
        ("/.*", "/"),
        ("^/.*", "/"),
        ("/foo(/.*)?", "/foo"),
        ("^/foo/bar-1(?:/.*)?$", "/foo/bar-1"),
    ],
)
def test_a_pattern_that_is_a_prefix_becomes_one(pattern: str, prefix: str) -> None:
    assert path(http_path(pattern, "RegularExpression")) == model.PathMatch("PathPrefix", prefix)


@pytest.mark.parametrize("pattern", ["/foo/.*", "/foo.*", "/f.o(/.*)?", "/foo(/.*)", "/.+", ".*x"])
def test_any_other_pattern_stays(pattern: str) -> None:
    assert path(http_path(pattern, "RegularExpression")).kind == "RegularExpression"


SEGMENTS = st.lists(st.sampled_from(["foo", "bar", "fo", "x1"]), max_size=3)


@given(
    st.sampled_from(["^/.*$", "/.*", "/foo(/.*)?", "^/foo/bar(?:/.*)?$", "/x1(/.*)?$"]),
    SEGMENTS,
    st.booleans(),
)
def test_the_prefix_takes_exactly_the_paths_of_the_pattern(
    pattern: str, segments: list[str], slash: bool
) -> None:
    asked = "/" + "/".join(segments) + ("/" if slash and segments else "")
    prefix = path(http_path(pattern, "RegularExpression")).value.rstrip("/")
    taken = asked == prefix or asked.startswith(prefix + "/")
    assert taken == bool(re2.fullmatch(pattern, asked))


def test_of_equal_header_names_the_first_counts() -> None:
    spec = api.HTTPRouteMatch(
        headers=(
            api.HTTPHeaderMatch(name="X-One", value="1"),
            api.HTTPHeaderMatch(name="x-one", value="2"),
            api.HTTPHeaderMatch(name="x-two", value="3"),
        ),
        query_params=(
            api.HTTPQueryParamMatch(name="a", value="1"),
            api.HTTPQueryParamMatch(name="a", value="2"),
            api.HTTPQueryParamMatch(name="A", value="3"),
        ),
        method="GET",
    )
    found = match(spec, "rules[0].matches[0]")
    assert isinstance(found, model.Match)
    assert [(each.name, each.value) for each in found.headers] == [("x-one", "1"), ("x-two", "3")]
    assert [(each.name, each.value) for each in found.queries] == [("a", "1"), ("A", "3")]
    assert found.method == "GET"


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (api.HTTPRouteMatch(path=http_path("/(?!x)", "RegularExpression")), "f.path"),
        (
            api.HTTPRouteMatch(
                headers=(
                    api.HTTPHeaderMatch(name="ok", value="("),
                    api.HTTPHeaderMatch(name="x", value="(", type="RegularExpression"),
                )
            ),
            "f.headers[1]",
        ),
        (
            api.HTTPRouteMatch(
                query_params=(
                    api.HTTPQueryParamMatch(name="x", value="\\1", type="RegularExpression"),
                )
            ),
            "f.queryParams[0]",
        ),
    ],
)
def test_a_pattern_re2_cannot_read_is_told_with_its_field(
    spec: api.HTTPRouteMatch, field: str, capfd: pytest.CaptureFixture[str]
) -> None:
    found = match(spec, "f")
    assert isinstance(found, Unreadable)
    assert found.message.startswith(f"{field}: ")
    assert "RE2" in found.message
    assert capfd.readouterr().err == ""


def test_prefixes_are_those_of_a_rule_with_nothing_else() -> None:
    one, two = (api.HTTPRouteMatch(path=http_path(value)) for value in ("/a", "/b/"))
    exact = api.HTTPRouteMatch(path=http_path("/a", "Exact"))
    assert prefixes((one, two)) == ("/a", "/b/")
    assert prefixes((one, exact)) == ()
