"""What a rule asks of a request, in Envoy's words.

Knows paths, methods, headers and query parameters; knows nothing of order: the routes come in the
order in which they are tried.
"""

from typing import Any, TypeAlias

from portway.core import model
from portway.core.model import match as kinds

Json: TypeAlias = dict[str, Any]


def route_match(match: model.Match) -> Json:
    """An envoy.config.route.v3.RouteMatch."""
    found = path(match.path)
    if match.grpc is not None:
        found["grpc"] = {}
    headers = header_matchers(match)
    if headers:
        found["headers"] = headers
    if match.queries:
        found["query_parameters"] = [
            {"name": each.name, "string_match": _string(each.kind, each.value)}
            for each in match.queries
        ]
    return found


def path(value: model.PathMatch) -> Json:
    """The path part of a RouteMatch.

    A PathPrefix goes by path elements: /v2 covers /v2 and /v2/x but not /v2example, which is
    `path_separated_prefix`. The root has no element and takes the plain prefix "/". A regular
    expression must match the whole path without the query, which is how Envoy reads it.
    """
    if value.kind == kinds.EXACT:
        return {"path": value.value}
    if value.kind == kinds.REGEX:
        return {"safe_regex": {"regex": value.value}}
    prefix = value.value.rstrip("/")
    return {"path_separated_prefix": prefix} if prefix else {"prefix": "/"}


def header_matchers(match: model.Match) -> list[Json]:
    """Method first: it is the cheapest to compare."""
    method: list[Json] = []
    if match.method:
        method = [{"name": ":method", "string_match": {"exact": match.method}}]
    return [
        *method,
        *(
            {"name": each.name, "string_match": _string(each.kind, each.value)}
            for each in match.headers
        ),
    ]


def _string(kind: str, value: str) -> Json:
    return {"safe_regex": {"regex": value}} if kind == kinds.REGEX else {"exact": value}
