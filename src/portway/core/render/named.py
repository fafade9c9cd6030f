"""The routes by which requests come to have the name of their model in a header.

Knows which matches ask for that header, and that it has to be there before they are tried: each is
preceded by a route with everything else it asks for, for requests whose body nobody has looked at
yet. There the body is read (`filters.model_name`), and the route is chosen again. So a request pays
only if a rule that goes by the model is what it comes to, wherever that stands in a list or tree.
Must not know how a name is found.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from msgspec.structs import replace

from portway.core import model
from portway.core.filters import model_name
from portway.core.render import names
from portway.core.render.route_match import route_match

Json: TypeAlias = dict[str, Any]


def unnamed(match: model.Match) -> model.Match | None:
    """What a match asks for besides the model; None where it does not ask for that. Bodies of gRPC
    are no JSON."""
    rest = tuple(each for each in match.headers if each.name != model_name.HEADER)
    if len(rest) == len(match.headers) or match.grpc is not None:
        return None
    return replace(match, headers=rest, base=None)


def readings(matches: Iterable[model.Match]) -> Iterator[model.Match | None]:
    """For each match of a host, in order, the one that the body is read for just before it. Once is
    enough: each reading costs the proxy an interpreter for every worker."""
    seen: set[model.Match] = set()
    for each in matches:
        rest = unnamed(each)
        yield None if rest in seen else rest
        if rest is not None:
            seen.add(rest)


def turned_on(routes: Iterable[Json]) -> frozenset[str]:
    """The names of the filters that some of the Routes, or of their weighted clusters, turn on."""
    found: set[str] = set()
    for route in routes:
        weighted = route.get("route", {}).get("weighted_clusters", {}).get("clusters", ())
        for each in (route, *weighted):
            found |= each.get("typed_per_filter_config", {}).keys()
    return _shared(frozenset(found))


@lru_cache(maxsize=256)
def _shared(found: frozenset[str]) -> frozenset[str]:
    """The same set for all who turn on the same filters: each route keeps one, and an empty one
    takes 216 bytes."""
    return found


def reading(rest: model.Match, on: frozenset[str]) -> Json:
    """The Route on which the body of a request is read, for those like `rest`. `on`: filters that
    the routes of its host turn on."""
    match = {**route_match(rest), "dynamic_metadata": [model_name.unread()]}
    return {
        "name": names.READING,
        "match": match,
        # Otherwise Envoy refuses what is longer than a connection's buffer.
        "request_body_buffer_limit": str(model_name.LOOKED_AT),
        # Never reached: by then the request has a route of its own.
        "route": {
            "cluster": names.NO_BACKEND,
            "cluster_not_found_response_code": "NOT_FOUND",
        },
        "typed_per_filter_config": model_name.settings(on),
    }
