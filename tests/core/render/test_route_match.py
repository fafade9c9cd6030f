"""What a rule asks of a request, field by field."""

from typing import Any

import pytest

from portway.core.model import HeaderMatch, Match, PathMatch, QueryMatch
from portway.core.render.route_match import route_match


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (PathMatch("Exact", "/foo/"), {"path": "/foo/"}),
        (PathMatch("PathPrefix", "/"), {"prefix": "/"}),
        (PathMatch("PathPrefix", "/foo"), {"path_separated_prefix": "/foo"}),
        (PathMatch("PathPrefix", "/foo/"), {"path_separated_prefix": "/foo"}),
        (PathMatch("RegularExpression", "/a.*"), {"safe_regex": {"regex": "/a.*"}}),
    ],
)
def test_paths(path: PathMatch, expected: dict[str, Any]) -> None:
    assert route_match(Match(path)) == expected


def test_method_headers_and_query() -> None:
    match = Match(
        PathMatch(),
        "GET",
        (HeaderMatch("x-a", "1"), HeaderMatch("x-b", "2.*", "RegularExpression")),
        (QueryMatch("Q", "1"), QueryMatch("r", "2.*", "RegularExpression")),
    )
    assert route_match(match) == {
        "prefix": "/",
        "headers": [
            {"name": ":method", "string_match": {"exact": "GET"}},
            {"name": "x-a", "string_match": {"exact": "1"}},
            {"name": "x-b", "string_match": {"safe_regex": {"regex": "2.*"}}},
        ],
        "query_parameters": [
            {"name": "Q", "string_match": {"exact": "1"}},
            {"name": "r", "string_match": {"safe_regex": {"regex": "2.*"}}},
        ],
    }
