"""What a rule matches, from the CRD's fields to the model's.

Knows path elements, RE2 and the rule that the first of several equal names counts. Must not know
precedence (`model.Match.rank`) nor what happens to a request that matches.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

import re2

from portway.core import api, model
from portway.core.model.match import EXACT, PREFIX, REGEX

# What is left of a pattern that matches exactly the paths of a PathPrefix: `/.*` is every path,
# and `/a/b(/.*)?` is `/a/b` and everything below. The start and end anchors add nothing, since a
# pattern has to match the whole path.
_EVERYTHING = re.compile(r"\^?/\.\*\$?")
_BELOW = re.compile(r"\^?((?:/[A-Za-z0-9_~%-]+)+)\((?:\?:)?/\.\*\)\?\$?")


class Unreadable(NamedTuple):
    """A match that cannot be carried out, and why."""

    message: str


def match(spec: api.HTTPRouteMatch, field: str) -> model.Match | Unreadable:
    """The match; `field` is its place in the route, for the message."""
    problem = _unreadable_patterns(spec, field)
    if problem:
        return Unreadable(problem)
    return model.Match(
        path=path(spec.path),
        method=spec.method or "",
        headers=headers(spec.headers),
        queries=_queries(spec.query_params),
    )


def path(spec: api.HTTPPathMatch) -> model.PathMatch:
    """The path match. A regular expression that is really a prefix becomes one: it is cheaper,
    and `/.*` no longer goes before every longer prefix."""
    if spec.type == PREFIX:
        return model.PathMatch(PREFIX, spec.value.rstrip("/") or "/")
    if spec.type == REGEX:
        if _EVERYTHING.fullmatch(spec.value):
            return model.PathMatch(PREFIX, "/")
        below = _BELOW.fullmatch(spec.value)
        if below:
            return model.PathMatch(PREFIX, below.group(1))
    return model.PathMatch(spec.type, spec.value)


def prefixes(specs: Iterable[api.HTTPRouteMatch]) -> tuple[str, ...]:
    """The PathPrefix values of a rule's matches as written; empty if any is of another type."""
    found = tuple(each.path.value for each in specs if each.path.type == PREFIX)
    return found if len(found) == len(tuple(specs)) else ()


def headers(
    specs: Iterable[api.HTTPHeaderMatch | api.GRPCHeaderMatch],
) -> tuple[model.HeaderMatch, ...]:
    """The header matches, by name in lower case."""
    # Of names that differ in case only, the first entry counts (HTTPRouteMatch.headers).
    first: dict[str, model.HeaderMatch] = {}
    for spec in specs:
        name = spec.name.lower()
        first.setdefault(name, model.HeaderMatch(name, spec.value, spec.type))
    return tuple(first.values())


def _queries(specs: Iterable[api.HTTPQueryParamMatch]) -> tuple[model.QueryMatch, ...]:
    first: dict[str, model.QueryMatch] = {}
    for spec in specs:
        first.setdefault(spec.name, model.QueryMatch(spec.name, spec.value, spec.type))
    return tuple(first.values())


def _unreadable_patterns(spec: api.HTTPRouteMatch, field: str) -> str:
    """What is wrong with the regular expressions of a match; empty when nothing is."""
    places = [(spec.path.type, spec.path.value, f"{field}.path")]
    places += [(h.type, h.value, f"{field}.headers[{i}]") for i, h in enumerate(spec.headers)]
    places += [
        (q.type, q.value, f"{field}.queryParams[{i}]") for i, q in enumerate(spec.query_params)
    ]
    for kind, value, place in places:
        if kind not in (EXACT, PREFIX, REGEX):
            return f"{place}: the type {kind} is not one Portway knows; use {EXACT} or {REGEX}."
        problem = re2_problem(value, place) if kind == REGEX else ""
        if problem:
            return problem
    return ""


def re2_problem(pattern: str, place: str) -> str:
    """Why the pattern at a place cannot be used; empty when it can."""
    problem = _syntax_problem(pattern)
    if not problem:
        return ""
    return (
        f"{place}: {pattern!r} is not a regular expression of RE2 syntax ({problem}); RE2 "
        "has no look-around and no back-references."
    )


def _syntax_problem(pattern: str) -> str:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        words = error.args[0] if error.args else "it does not compile"
        return words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    return ""
