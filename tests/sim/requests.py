"""Calls, and whether one matches a route: the simulator's reading of Envoy's RouteMatch.

Knows path, header and query matchers. Must not know what happens to a request that matches.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import re2

Json: TypeAlias = dict[str, Any]

_PATHS = {"prefix", "path", "path_separated_prefix", "safe_regex"}
_KNOWN = {*_PATHS, "grpc", "headers", "query_parameters", "runtime_fraction"}


class Call(NamedTuple):
    """One request. `path` holds the query. `sni` None is plain text, "" is TLS without a name;
    `address` empty is any address of the port. Header names are in lower case."""

    port: int
    host: str
    path: str = "/"
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    sni: str | None = None
    address: str = ""

    @property
    def scheme(self) -> str:
        return "http" if self.sni is None else "https"


def matches(match: Json, call: Call) -> bool:
    """Whether a RouteMatch takes the call, fractions aside."""
    unknown = match.keys() - _KNOWN
    assert not unknown, f"no rule for {unknown}"
    path, _, query = call.path.partition("?")
    return (
        _path(match, path)
        and ("grpc" not in match or _grpc(call))
        and all(_header(each, call) for each in match.get("headers", ()))
        and all(_query(each, query) for each in match.get("query_parameters", ()))
    )


def _grpc(call: Call) -> bool:
    kinds = (value.partition("+")[0] for name, value in call.headers if name == "content-type")
    return "application/grpc" in kinds


def _path(match: Json, path: str) -> bool:
    if "path" in match:
        return bool(path == match["path"])
    if "prefix" in match:
        return bool(path.startswith(match["prefix"]))
    if "path_separated_prefix" in match:
        prefix = match["path_separated_prefix"]
        return bool(path == prefix or path.startswith(f"{prefix}/"))
    return _full(match["safe_regex"]["regex"], path)


def _full(pattern: str, text: str) -> bool:
    return re2.fullmatch(pattern, text) is not None


def _header(matcher: Json, call: Call) -> bool:
    """Envoy 1.40 compares the values of a repeated header one by one."""
    values = header_values(call, matcher["name"])
    if matcher.get("present_match"):
        found = bool(values)
    else:
        found = any(string_matches(matcher["string_match"], value) for value in values)
    return bool(found != matcher.get("invert_match", False))


def header_values(call: Call, name: str) -> list[str]:
    """All values of a header, pseudo-headers included."""
    if name == ":method":
        return [call.method]
    if name == ":path":
        return [call.path]
    if name in (":authority", "host"):
        return [call.host]
    return [value for each, value in call.headers if each == name]


def string_matches(matcher: Json, value: str) -> bool:
    """Whether a StringMatcher takes a text."""
    if "exact" in matcher:
        return bool(matcher["exact"] == value)
    if "contains" in matcher:
        return str(matcher["contains"]) in value
    return _full(matcher["safe_regex"]["regex"], value)


def _query(matcher: Json, query: str) -> bool:
    """The first of equal names counts; nothing is decoded."""
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name == matcher["name"]:
            return string_matches(matcher["string_match"], value)
    return False


def is_preflight(call: Call) -> bool:
    """What Envoy's cors filter answers by itself."""
    return (
        call.method == "OPTIONS"
        and any(header_values(call, "origin"))
        and any(header_values(call, "access-control-request-method"))
    )


def edited(headers: Iterable[tuple[str, str]], place: Json) -> list[tuple[str, str]]:
    """Headers after the edits of a Route or ClusterWeight: first removals, then additions."""
    gone = set(place.get("request_headers_to_remove", ()))
    found = [each for each in headers if each[0] not in gone]
    for option in place.get("request_headers_to_add", ()):
        name, value = option["header"]["key"], option["header"]["value"].replace("%%", "%")
        if option["append_action"] == "OVERWRITE_IF_EXISTS_OR_ADD":
            found = [each for each in found if each[0] != name]
        found.append((name, value))
    return found
