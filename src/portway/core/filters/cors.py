"""CORS (GEP-1767): answers preflights and marks responses for cross-origin readers.

Knows the spec's wildcards and what Envoy's filter makes of them. Must not know routing, apart
from the header matchers by which a preflight is recognised.
"""

import re

from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.filters.kind import Draft, Json, Kind, missing
from portway.core.filters.place import Place, Problem
from portway.core.model import Cors

NAME = "envoy.filters.http.cors"
_PACKAGE = "type.googleapis.com/envoy.extensions.filters.http.cors.v3"
_DEFAULT_PORT = {"http": ":80", "https": ":443"}
_ORIGIN = re.compile(r"(https?)://(.*?)(:[0-9]+)?\Z")
# A `*` reaches over any number of labels, but not out of the host.
_ANY_HOST = r"(?:\[[0-9a-f:.]+\]|[^/:\[\]]+)"
_ANY_LABELS = r"[^/:\[\]]+"

ORIGIN = "origin"
REQUEST_METHOD = "access-control-request-method"
REQUEST_HEADERS = "access-control-request-headers"


def from_spec(spec: HTTPRouteFilter, place: Place) -> Cors | Problem:
    """The policy; origins in lower case, as browsers write them (RFC 6454 section 4)."""
    cors = spec.cors
    if cors is None:
        return missing(place, "cors")
    return Cors(
        origins=tuple(origin.lower() for origin in cors.allow_origins),
        methods=tuple(cors.allow_methods),
        headers=tuple(cors.allow_headers),
        expose=tuple(cors.expose_headers),
        credentials=cors.allow_credentials,
        max_age=cors.max_age,
    )


def apply(filter: Cors, draft: Draft) -> None:
    """The policy as the route's (or weighted cluster's) own setting of the cors filter."""
    draft.outer.setdefault("typed_per_filter_config", {})[NAME] = policy(filter)


def policy(filter: Cors, *, with_headers: bool = True) -> Json:
    """Envoy's CorsPolicy.

    A lone `*` among methods or headers makes Envoy echo what the preflight asks for, with or
    without credentials. `with_headers` False leaves the allowed headers out of the answer.
    """
    found: Json = {
        "@type": f"{_PACKAGE}.CorsPolicy",
        "allow_origin_string_match": [m for o in filter.origins for m in origin_matchers(o)],
        "max_age": str(filter.max_age),
        # A preflight of a foreign origin is answered here, without the headers that would allow
        # it: the backend never sees it.
        "forward_not_matching_preflights": False,
    }
    if filter.methods:
        found["allow_methods"] = _listed(filter.methods)
    if filter.headers and with_headers:
        found["allow_headers"] = _listed(filter.headers)
    if exposed := _exposed(filter):
        found["expose_headers"] = exposed
    if filter.credentials:
        found["allow_credentials"] = True
    return found


def _listed(values: tuple[str, ...]) -> str:
    # Envoy takes `*` for "any" only when it stands alone.
    return "*" if "*" in values else ", ".join(values)


def _exposed(filter: Cors) -> str:
    """With credentials `*` would be taken as a header called `*` (fetch standard)."""
    names = (name for name in filter.expose if not (filter.credentials and name == "*"))
    return ", ".join(names)


def origin_matchers(origin: str) -> list[Json]:
    """StringMatchers for one allowed origin; a port left out is the scheme's own."""
    parts = _ORIGIN.match(origin)
    if origin == "*" or parts is None:
        # Envoy asks each matcher whether it takes the text "*", and if so allows any origin.
        return [{"exact": origin}]
    scheme, host, port = parts.groups()
    standard = _DEFAULT_PORT[scheme]
    ports = ["", standard] if port in (None, standard) else [port]
    if "*" not in host:
        return [{"exact": f"{scheme}://{host}{each}"} for each in ports]
    host = _ANY_HOST if host == "*" else _ANY_LABELS + re.escape(host.removeprefix("*"))
    suffix = f"(?:{standard})?" if len(ports) > 1 else ports[0]
    return [{"safe_regex": {"regex": f"{scheme}://{host}{suffix}"}}]


def preflights(filter: Cors, method: str, *, answered: bool) -> list[tuple[list[Json], Json]]:
    """Routes that a rule with this filter needs for its preflights, before its own.

    Args:
        method: what the rule's match asks for; empty for any.
        answered: whether Envoy's cors filter acts on the rule's own routes. It does when they
            forward, and it does not on redirects and direct responses.

    Returns:
        Header matchers, and the policy of the route they select.
    """
    found: list[tuple[list[Json], Json]] = []
    asked = _preflight_headers("" if method == "OPTIONS" else method)
    if "*" in filter.headers:
        # Envoy echoes the headers asked for; where none were asked for it would send an empty
        # list, and the spec wants the header left out.
        silent = {"name": REQUEST_HEADERS, "present_match": True, "invert_match": True}
        found.append(([*asked, silent], policy(filter, with_headers=False)))
    if method not in ("", "OPTIONS") or not answered:
        # A preflight is an OPTIONS request, so it does not match a rule for another method.
        found.append((asked, policy(filter)))
    return found


def _preflight_headers(method: str) -> list[Json]:
    """What makes a request a preflight for one with `method` (any, when empty)."""
    asked: Json = {"name": REQUEST_METHOD}
    asked.update({"string_match": {"exact": method}} if method else {"present_match": True})
    return [
        {"name": ":method", "string_match": {"exact": "OPTIONS"}},
        {"name": ORIGIN, "present_match": True},
        asked,
    ]


def marks(filter: Cors) -> tuple[Json, list[Json]]:
    """What Envoy's cors filter would do to responses, for routes on which it does not act.

    Returns:
        The header matcher of a request from an allowed origin, and the response headers it gets.
    """
    matchers = [each for origin in filter.origins for each in origin_matchers(origin)]
    patterns = [
        re.escape(each["exact"]) if "exact" in each else each["safe_regex"]["regex"]
        for each in matchers
    ]
    asked: Json = {"name": ORIGIN}
    if "*" in filter.origins:
        asked["present_match"] = True
    else:
        asked["string_match"] = {"safe_regex": {"regex": "|".join(patterns)}}
    told = {"access-control-allow-origin": f"%REQ({ORIGIN})%"}
    if filter.credentials:
        told["access-control-allow-credentials"] = "true"
    if exposed := _exposed(filter):
        told["access-control-expose-headers"] = exposed
    options = [
        {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        for key, value in told.items()
    ]
    return asked, options


def http_filter() -> Json:
    """Always in the chain, so that adding a policy changes no listener; disabled until a route
    brings one, since a filter that has nothing to do still costs 2 to 3 % of a request."""
    return {"name": NAME, "disabled": True, "typed_config": {"@type": f"{_PACKAGE}.Cors"}}


FILTER = Kind(
    type="CORS",
    model=Cors,
    from_spec=from_spec,
    apply=apply,
    http_filter=http_filter,
    in_weight=lambda _: True,
)
