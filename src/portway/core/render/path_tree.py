"""A host's routes as a tree of paths, so that the last of thousands costs what the first does.

Envoy tries the routes of a host one after the other. With a matcher it walks a tree of prefixes
first and then tries only routes that may match at all. Knows which text every path of a match
begins with, and how routes are spread over the leaves of a tree. Must not know what a route does
or why it stands where it does: the order it is given is the order in which it is tried.

Why a leaf is complete: a route can only match a path that begins with its key. A path comes to the
leaf with the longest key that it begins with. So it is enough that a leaf holds every route whose
key is a beginning of the leaf's, and those with longer keys that lead to no leaf of their own.
Envoy does not go back up when nothing in a leaf matches, nor does it have to.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

import re2

from portway.core.model import PathMatch
from portway.core.model import match as kinds

Json: TypeAlias = dict[str, Any]

_TYPE = "type.googleapis.com/"
_ROUTE = f"{_TYPE}envoy.config.route.v3.Route"
_LIST = f"{_TYPE}envoy.config.route.v3.RouteList"
_HEADER = f"{_TYPE}envoy.type.matcher.v3.HttpRequestHeaderMatchInput"
# A leaf repeats the routes of the keys it begins with. One that repeats so many times more than it
# adds is not worth it, and its routes stay in the leaf above.
_REPEATED = 8
# Whatever is not plain text ends what is known of a pattern's beginning.
_PLAIN = re.compile(r"[!-~]*")
_LONGEST = 256  # characters of a key; what is longer is told apart by the routes themselves


class Keyed(NamedTuple):
    """Envoy routes that are tried one after the other, and what all their paths begin with."""

    key: str
    routes: Sequence[Json | bytes]


def key(path: PathMatch) -> str:
    """The text that every matching path begins with; every path begins with "/"."""
    found = _of_pattern(path.value) if path.kind == kinds.REGEX else path.value
    return found[:_LONGEST] if found.startswith("/") else "/"


@lru_cache(maxsize=4096)
def _of_pattern(pattern: str) -> str:
    """RE2 knows the least and the greatest text a pattern matches: what both begin with, all do."""
    try:
        bounds = re2.compile(f"^(?:{pattern})$").possiblematchrange(_LONGEST)
    except re2.error:
        return "/"
    if not bounds:
        return "/"
    least, greatest = bounds
    plain = _PLAIN.match(_common(least.decode("latin-1"), greatest.decode("latin-1")))
    return plain[0] if plain else ""


def _common(one: str, other: str) -> str:
    """What two texts both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    end = next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
    return one[:end]


def leaves(keys: Sequence[str]) -> dict[str, list[int]]:
    """For each leaf's key the places (in `keys`) of the routes it holds, in order."""
    places = sorted(range(len(keys)), key=lambda place: (keys[place], place))
    return dict(_leaves("/", [(keys[place], place) for place in places], []))


def _leaves(
    prefix: str, entries: list[tuple[str, int]], above: list[int]
) -> Iterator[tuple[str, list[int]]]:
    """The leaf of `prefix`, with which all keys of `entries` begin, and those below it."""
    own = [place for key, place in entries if key == prefix]
    here = above + own
    stay: list[int] = []
    end = len(prefix)
    for _, group in groupby(entries[len(own) :], key=lambda entry: entry[0][end]):
        below = list(group)
        if len(below) * _REPEATED < len(here):
            stay += [place for _, place in below]
        else:
            first, last = below[0][0], below[-1][0]
            yield from _leaves(_common(first, last), below, here)
    if own or stay or prefix == "/":
        yield prefix, sorted(here + stay)


def tree(ranked: Sequence[Keyed], refused: list[Json]) -> Json:
    """The `matcher` of a VirtualHost. `refused` are FieldMatchers that come before all routes."""
    found = leaves([each.key for each in ranked])
    matchers = {
        key: {"action": _action([route for place in places for route in ranked[place].routes])}
        for key, places in sorted(found.items())
    }
    paths = {"input": header(":path"), "prefix_match_map": {"map": matchers}}
    return {
        "matcher_list": {"matchers": refused},
        "on_no_match": {"matcher": {"matcher_tree": paths}},
    }


def refusal(predicates: list[Json], route: Json) -> Json:
    """A FieldMatcher: all `predicates` hold, and `route` answers."""
    predicate = (
        predicates[0] if len(predicates) == 1 else {"and_matcher": {"predicate": predicates}}
    )
    return {"predicate": predicate, "on_match": {"action": _action([route])}}


def holds(name: str, value: Json) -> Json:
    """The predicate that a header is as a StringMatcher says."""
    return {"single_predicate": {"input": header(name), "value_match": value}}


def header(name: str) -> Json:
    """A request header as what is matched."""
    return {"name": name, "typed_config": {"@type": _HEADER, "header_name": name}}


def _action(routes: list[Json | bytes]) -> Json:
    if len(routes) == 1:
        (only,) = routes
        config = {"@encoded": only} if isinstance(only, bytes) else only
        return {"name": "route", "typed_config": {"@type": _ROUTE, **config}}
    return {"name": "routes", "typed_config": {"@type": _LIST, "routes": routes}}
