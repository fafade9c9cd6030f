"""What every filter brings: its spec side, its Envoy side and, if it has one, its proxy filter.

Knows the shape only; the filters themselves live in one file each and never import each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.filters.place import Place, Problem
from portway.core.model import ClusterKey

Json: TypeAlias = dict[str, Any]
F = TypeVar("F")

MILLION = 1_000_000


@dataclass(slots=True)
class Draft:
    """An Envoy route that is being written, private to one call of the renderer.

    `outer` is the Route, or the ClusterWeight when the filter belongs to one backend: header
    edits and per-route filter settings go there. `action` is the RouteAction, or again the
    ClusterWeight. `cluster` names a backend as the renderer does. `span` is the part of the
    random number's range (of a million) that reaches this route: Envoy draws one number per
    request and compares every fraction with it.
    """

    outer: Json
    action: Json
    cluster: Callable[[ClusterKey], str]
    span: tuple[int, int] = (0, MILLION)


@dataclass(frozen=True, slots=True)
class Kind(Generic[F]):
    """One filter.

    `type` is the value of the CRD's enum, `model` what the filter becomes. `apply` writes it into
    a draft; None means that it replaces the action (a redirect) and the renderer asks for it.
    `http_filter` is the entry of the proxy's filter chain it needs. `in_weight` says whether
    Envoy can do it for one of several weighted backends; if not, the rule is split into a route
    per backend.
    """

    type: str
    model: Callable[..., F]
    from_spec: Callable[[HTTPRouteFilter, Place], F | Problem]
    apply: Callable[[F, Draft], None] | None = None
    http_filter: Callable[[], Json] | None = None
    in_weight: Callable[[F], bool] = lambda _: False


def missing(place: Place, member: str) -> Problem:
    """The union member that `type` announces is absent."""
    return Problem(
        "Accepted",
        "UnsupportedValue",
        f"{place.field}: the type asks for {member}, which is absent. Add {member}.",
    )
