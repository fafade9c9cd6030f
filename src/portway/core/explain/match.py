"""Whether a match holds for a request, and if not, the first part that differs and where.

Knows the spec's meaning of each kind of match (HTTPRoute `rules.matches`): path prefixes by
elements, regular expressions over the whole text, header names without case, query names with.
Deliberately its own implementation: it is compared with the proxy in tests, not derived from it.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import re2

from portway.core import model
from portway.core.explain.request import Request
from portway.core.model.match import EXACT, PREFIX

_SHOWN = 5  # names of a header


def refusal(match: model.Match, request: Request, path: str) -> str:
    """The first reason why `match` does not hold; empty when it does.

    `path` is the normalised path (see `normal.path`).
    """
    if reason := path_refusal(match.path, path):
        return reason
    if match.grpc is not None and not request.grpc:
        found = ", ".join(request.header("content-type")) or "absent"
        return f"content-type is {found}, and the rule is for gRPC requests (application/grpc)"
    if match.method and match.method != request.method:
        return f"method is {request.method}, the rule wants {match.method}"
    for header in match.headers:
        if reason := _header_refusal(header, request):
            return reason
    for query in match.queries:
        if reason := _query_refusal(query, request.query):
            return reason
    return ""


def path_refusal(match: model.PathMatch, path: str) -> str:
    """Why the path does not fit; empty when it does."""
    if match.kind == EXACT:
        if path == match.value:
            return ""
        return f"path {path!r} is not exactly {match.value!r}: {_difference(match.value, path)}"
    if match.kind == PREFIX:
        return _prefix_refusal(match.value, path)
    if fullmatch(match.value, path):
        return ""
    return f"path {path!r} does not match the whole of the regular expression {match.value!r}"


def under_prefix(prefix: str, path: str) -> bool:
    """Element-wise prefix: `/abc` holds for `/abc`, `/abc/` and `/abc/d`, not for `/abcd`."""
    bare = prefix.rstrip("/")
    return path == bare or path.startswith(f"{bare}/")


def _prefix_refusal(prefix: str, path: str) -> str:
    if under_prefix(prefix, path):
        return ""
    bare = prefix.rstrip("/")
    if path.startswith(bare):
        return (
            f"path {path!r} begins with {bare!r} but goes on inside the same path element "
            f"({path[len(bare)]!r} at character {len(bare) + 1}); a PathPrefix matches whole "
            "elements"
        )
    return f"path {path!r} is not under {prefix!r}: {_difference(bare, path)}"


def _difference(wanted: str, got: str) -> str:
    """Where two different texts part, counted from 1."""
    place = next(
        (i for i, (a, b) in enumerate(zip(wanted, got, strict=False)) if a != b),
        min(len(wanted), len(got)),
    )
    want = repr(wanted[place]) if place < len(wanted) else "the end"
    have = repr(got[place]) if place < len(got) else "the end"
    hint = ""
    if place < min(len(wanted), len(got)) and wanted[place].lower() == got[place].lower():
        hint = " (paths are case-sensitive)"
    return f"character {place + 1} is {have}, wanted {want}{hint}"


def _header_refusal(match: model.HeaderMatch, request: Request) -> str:
    values = request.header(match.name)
    if not values:
        return f"header {match.name} is missing"
    if any(_holds(match.kind, match.value, each) for each in values):
        return ""
    shown = ", ".join(repr(each) for each in values)
    wanted = _told(match) if match.any_of else _wanted(match.kind, match.value)
    return f"header {match.name} is {shown}, the rule wants {wanted}"


def _query_refusal(match: model.QueryMatch, query: str) -> str:
    """The first of several equal names counts; names and values are compared as sent."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    value = next((each for name, _, each in pairs if name == match.name), None)
    if value is None:
        return f"query parameter {match.name} is missing{_query_case(match.name, query)}"
    if _holds(match.kind, match.value, value):
        return ""
    return (
        f"query parameter {match.name} is {value!r}, "
        f"the rule wants {_wanted(match.kind, match.value)}"
    )


def _query_case(name: str, query: str) -> str:
    other = next((key for key, _ in parse_qsl(query, True) if key.lower() == name.lower()), None)
    return f" ({other} is there: names are case-sensitive)" if other else ""


def _wanted(kind: str, value: str) -> str:
    return repr(value) if kind == EXACT else f"a full match of {value!r}"


def _holds(kind: str, wanted: str, got: str) -> bool:
    return wanted == got if kind == EXACT else fullmatch(wanted, got)


def fullmatch(pattern: str, text: str) -> bool:
    """RE2 over the whole text. A pattern RE2 refuses matches nothing."""
    compiled = _compiled(pattern)
    return compiled is not None and compiled(text) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Callable[[str], Any] | None:
    options = re2.Options()
    options.log_errors = False
    try:
        compiled: Callable[[str], Any] = re2.compile(pattern, options).fullmatch
    except re2.error:
        return None
    return compiled


def _told(header: model.HeaderMatch) -> str:
    """Names are told rather than the expression that was made of them, a few of many."""
    shown = " or ".join(header.any_of[:_SHOWN])
    more = len(header.any_of) - _SHOWN
    return f"{shown} or {more} more" if more > 0 else shown or header.value


def describe(match: model.Match) -> str:
    """One line, as `explain` and `analyze` print a match."""
    call = "gRPC " if match.grpc is not None else ""
    parts = [f"{call}{match.path.kind} {match.path.value}"]
    if match.method:
        parts.append(f"method {match.method}")
    parts += [f"header {each.name}={_told(each)}" for each in match.headers]
    parts += [f"query {each.name}={each.value}" for each in match.queries]
    return ", ".join(parts)
