"""ExternalAuth (GEP-1494): asks a service whether a request may go on.

Knows the two protocols of the spec and Envoy's ext_authz filter, which speaks both. Must not know
how a reference is resolved, nor routing: the service is asked about the request as the client sent
it, before header edits and rewrites. It fails closed, always: a service that is not there, says
nothing in time or fails is a 503, and a filter that cannot be honoured breaks its rule.

Envoy's filter has settings that only a listener can have, and a change of a listener drains it. So
the chain has an empty place (a composite filter), and each route says what stands in it: decision
0019.
"""

from collections.abc import Callable, Iterable, Sequence

from portway.core.api.http_filter import HTTPExternalAuthFilter, HTTPRouteFilter
from portway.core.filters.kind import Draft, Json, Kind, missing
from portway.core.filters.other_than import other_than
from portway.core.filters.place import Place, Problem, unsupported
from portway.core.model import ClusterKey, ExternalAuth, Protocol

NAME = "portway.dev/external-auth"
BEFORE = "portway.dev/listener-filters"
GRPC = "GRPC"

_TYPE = "type.googleapis.com/"
_COMPOSITE = f"{_TYPE}envoy.extensions.filters.http.composite.v3"
_EXT_AUTHZ = f"{_TYPE}envoy.extensions.filters.http.ext_authz.v3.ExtAuthz"
# The spec names no limit. An answer that a person waits for has to come sooner than this.
_TIMEOUT = "5s"

# Never copied to the request, though the spec says "all except Authority or Host": what speaks of
# the service's answer as a message (its length, its kind, its connection) would be a lie about the
# request. Only beginnings, no longer than need be, since each letter costs every route memory.
_OF_THE_ANSWER = ("host",)
_BEGINNINGS = (":", "conn", "content-", "keep-", "proxy-", "transf", "upgr", "x-envoy-")


def from_spec(spec: HTTPRouteFilter, place: Place) -> ExternalAuth | Problem:
    """The service and what it is told; header names in lower case."""
    auth = spec.external_auth
    if auth is None:
        return missing(place, "externalAuth")
    path = _prefix(auth.http.path if auth.http else "")
    if path is None:
        return unsupported(
            f"{place.field}.externalAuth.http.path",
            "a path with . or .. in it may lead anywhere in the service; write the path it means.",
        )
    backend = place.resolve(auth.backend_ref)
    if isinstance(backend, Problem):
        return backend
    return ExternalAuth(
        backend=_spoken(backend, auth),
        grpc=auth.protocol == GRPC,
        headers=_lower(_asked(auth)),
        response_headers=_lower(auth.http.allowed_response_headers if auth.http else ()),
        path=path,
        body=auth.forward_body.max_size if auth.forward_body else 0,
    )


def _spoken(backend: ClusterKey, auth: HTTPExternalAuthFilter) -> ClusterKey:
    """gRPC is HTTP/2, whatever the port says of itself."""
    return backend._replace(protocol=Protocol.H2C) if auth.protocol == GRPC else backend


def _asked(auth: HTTPExternalAuthFilter) -> tuple[str, ...]:
    member = auth.grpc if auth.protocol == GRPC else auth.http
    return member.allowed_headers if member else ()


def _lower(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.lower() for each in names))


def _prefix(path: str) -> str | None:
    """What goes in front of a path: begins with a slash and ends without one; None if it walks."""
    parts = path.strip("/")
    walked = parts.lower().replace("%2e", ".").replace("%2f", "/")
    if any(each in (".", "..") for each in walked.split("/")):
        return None
    return f"/{parts}" if parts else ""


def apply(filter: ExternalAuth, draft: Draft) -> None:
    """What stands in the empty place of the chain, for this route (or weighted cluster)."""
    config = _ext_authz(filter, draft.cluster(filter.backend))
    draft.outer.setdefault("typed_per_filter_config", {})[NAME] = _standing(config)


def before_routing(
    filters: Sequence[ExternalAuth], cluster: Callable[[ClusterKey], str], on: Iterable[str]
) -> dict[str, Json]:
    """The `typed_per_filter_config` of a virtual host whose listener has filters (GEP-5224): one
    after the other, and what a service adds to the request counts for the choice of a route. None
    can change which listener that is, so none can change the host.

    A filter chain is made for the route that a request has at first, and that may be none of those
    that the answers lead to: so `on`, the filters that such a route may turn on, are made too.
    """
    there: dict[str, Json] = {
        each: {"@type": f"{_TYPE}envoy.config.route.v3.FilterConfig", "config": {}}
        for each in sorted(on)
    }
    return there | {
        _before(number): _standing(
            {
                **_ext_authz(each, cluster(each.backend)),
                **_beginning(each.body),
                "clear_route_cache": True,
                "decoder_header_mutation_rules": {
                    "allow_all_routing": True,
                    "disallow_expression": {"regex": "(?i)host|:authority"},
                },
            }
        )
        for number, each in enumerate(filters)
    }


def _before(number: int) -> str:
    return f"{BEFORE}/{number}"


def _standing(config: Json) -> Json:
    """What stands in an empty place of the chain."""
    asked = {"name": NAME, "typed_config": config}
    action = {"@type": f"{_COMPOSITE}.ExecuteFilterAction", "typed_config": asked}
    return {
        "@type": f"{_COMPOSITE}.CompositePerRoute",
        "matcher": {"on_no_match": {"action": {"name": NAME, "typed_config": action}}},
    }


def _ext_authz(filter: ExternalAuth, cluster: str) -> Json:
    found: Json = {
        "@type": _EXT_AUTHZ,
        "transport_api_version": "V3",
        "failure_mode_allow": False,
        # Without an answer nobody has been refused: the client may come again.
        "status_on_error": {"code": "ServiceUnavailable"},
        # What a service makes of a request must still be one; if not, 500.
        "validate_mutations": True,
        # How a request is routed inside the proxy is nobody's business.
        "disallowed_headers": {"patterns": [{"prefix": "x-portway-"}]},
        **(_grpc(filter, cluster) if filter.grpc else _http(filter, cluster)),
    }
    if filter.headers:
        found["allowed_headers"] = _exactly(filter.headers)
    if filter.body:
        # A longer body is a 413.
        found["with_request_body"] = {"max_request_bytes": filter.body}
    return found


def _grpc(filter: ExternalAuth, cluster: str) -> Json:
    # Without an authority Envoy sends the cluster's name, which has slashes, and servers refuse it.
    authority = f"{filter.backend.name}.{filter.backend.namespace}"
    service = {"cluster_name": cluster, "authority": authority}
    return {"grpc_service": {"envoy_grpc": service, "timeout": _TIMEOUT}}


def _http(filter: ExternalAuth, cluster: str) -> Json:
    copied = _exactly(filter.response_headers) if filter.response_headers else _EVERYTHING
    service: Json = {
        # The service sees the client's Host and path; of this URI the cluster counts.
        "server_uri": {"uri": "http://authorization", "cluster": cluster, "timeout": _TIMEOUT},
        "authorization_response": {"allowed_upstream_headers": copied},
    }
    if filter.path:
        service["path_prefix"] = filter.path
    return {"http_service": service}


def _exactly(names: tuple[str, ...]) -> Json:
    return {"patterns": [{"exact": each, "ignore_case": True} for each in names]}


_EVERYTHING: Json = {
    "patterns": [{"safe_regex": {"regex": other_than(_OF_THE_ANSWER, _BEGINNINGS)}}]
}


def _beginning(size: int) -> Json:
    """As the spec has it, a longer body is cut: the second of two filters gets what the first has
    kept as a whole, so that Envoy could not refuse it."""
    if not size:
        return {}
    return {"with_request_body": {"max_request_bytes": size, "allow_partial_message": True}}


def http_filters_before(places: int) -> list[Json]:
    """The empty places of the filters of listeners. A chain in one place would be shorter, and does
    not do: a composite filter forgets what stands behind one that has waited for its answer, and a
    filter_chain is made for the route that a request has at first, which in scopes may be none."""
    return [_empty(_before(number)) for number in range(max(1, places))]


def http_filter() -> Json:
    """Always in the chain and empty, so that a first filter changes no listener."""
    return _empty(NAME)


def _empty(name: str) -> Json:
    return {
        "name": name,
        "disabled": True,
        "typed_config": {"@type": f"{_COMPOSITE}.Composite"},
    }


FILTER = Kind(
    type="ExternalAuth",
    model=ExternalAuth,
    from_spec=from_spec,
    apply=apply,
    http_filter=http_filter,
    in_weight=lambda _: True,
)
