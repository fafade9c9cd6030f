"""Each part of a match, and that a refusal says where the difference is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core import model
from portway.core.explain import match, normal
from portway.core.explain.request import Request, from_url
from portway.core.model.match import EXACT, PREFIX, REGEX


def _path(kind: str, value: str, path: str) -> str:
    return match.path_refusal(model.PathMatch(kind, value), path)


@pytest.mark.parametrize("path", ["/abc", "/abc/", "/abc/d"])
@pytest.mark.parametrize("prefix", ["/abc", "/abc/"])
def test_a_prefix_holds_by_elements(prefix: str, path: str) -> None:
    assert _path(PREFIX, prefix, path) == ""


def test_a_prefix_inside_an_element_is_explained() -> None:
    assert "inside the same path element ('d' at character 5)" in _path(PREFIX, "/abc", "/abcd")


def test_the_first_difference_is_named_and_case_is_hinted_at() -> None:
    reason = _path(EXACT, "/Login", "/login")
    assert "character 2 is 'l', wanted 'L' (paths are case-sensitive)" in reason


def test_a_shorter_path_ends_where_more_was_wanted() -> None:
    assert "character 3 is the end, wanted 'b'" in _path(EXACT, "/ab", "/a")


def test_a_regular_expression_must_match_the_whole_path() -> None:
    assert _path(REGEX, "/v[0-9]+", "/v12") == ""
    assert "whole" in _path(REGEX, "/v[0-9]+", "/v12/x")


def test_a_regular_expression_that_is_none_matches_nothing() -> None:
    assert _path(REGEX, "(", "(") != ""


@given(st.lists(st.sampled_from(["a", "b", "ab"]), max_size=4), st.integers(0, 4))
def test_every_run_of_leading_elements_is_a_prefix(elements: list[str], count: int) -> None:
    path = "/" + "/".join(elements)
    prefix = "/" + "/".join(elements[:count])
    assert _path(PREFIX, prefix, path) == ""


def _refusal(wanted: model.Match, request: Request) -> str:
    return match.refusal(wanted, request, normal.path(request.path).value)


def test_header_names_have_no_case_and_one_of_several_values_is_enough() -> None:
    wanted = model.Match(headers=(model.HeaderMatch("x-model", "b"),))
    assert _refusal(wanted, from_url("GET", "http://h/", ["X-Model: a", "x-model: b"])) == ""


def test_values_on_one_line_are_one_value() -> None:
    wanted = model.Match(headers=(model.HeaderMatch("x-model", "b"),))
    request = from_url("GET", "http://h/", ["X-Model: a, b"])
    assert _refusal(wanted, request) == "header x-model is 'a, b', the rule wants 'b'"


def test_a_missing_header_is_named() -> None:
    wanted = model.Match(headers=(model.HeaderMatch("x-model", "b"),))
    assert _refusal(wanted, from_url("GET", "http://h/")) == "header x-model is missing"


def test_query_names_are_case_sensitive_and_the_first_of_equal_names_counts() -> None:
    wanted = model.Match(queries=(model.QueryMatch("q", "1"),))
    assert _refusal(wanted, from_url("GET", "http://h/?q=1&q=2")) == ""
    assert "is '2'" in _refusal(wanted, from_url("GET", "http://h/?q=2&q=1"))
    assert "names are case-sensitive" in _refusal(wanted, from_url("GET", "http://h/?Q=1"))


def test_query_values_are_compared_as_sent() -> None:
    wanted = model.Match(queries=(model.QueryMatch("q", "x y"),))
    assert _refusal(wanted, from_url("GET", "http://h/?q=x%20y")) != ""


def test_methods_are_compared_as_they_are() -> None:
    reason = _refusal(model.Match(method="POST"), from_url("GET", "http://h/"))
    assert reason == "method is GET, the rule wants POST"


def test_a_match_is_described_in_one_line() -> None:
    wanted = model.Match(model.PathMatch(EXACT, "/a"), "GET", (model.HeaderMatch("x", "1"),))
    assert match.describe(wanted) == "Exact /a, method GET, header x=1"


def test_a_rule_for_grpc_takes_no_other_request() -> None:
    wanted = model.Match(grpc=model.GRPCMethod())
    assert _refusal(wanted, from_url("GET", "grpc://a/b.C/D")) == ""
    page = from_url("POST", "http://a/b.C/D", ["content-type: text/html"])
    found = "content-type is text/html, and the rule is for gRPC requests (application/grpc)"
    assert _refusal(wanted, page) == found
    assert "content-type is absent" in _refusal(wanted, from_url("GET", "http://a/"))
    assert match.describe(wanted) == "gRPC PathPrefix /"
