"""The filters of HTTPRoute and GRPCRoute rules: what each means, and what Envoy is told.

Knows which filters exist and in which order the proxy carries them out. Each filter is one file
with a spec side (`from_spec`) and an Envoy side (`apply`, `http_filter`); none knows another.
Must not know attachment, precedence or references.

Adding a filter: its file, its line in ORDER, its golden, its test.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias, cast

from portway.core import model
from portway.core.api.grpc_route import GRPCRouteFilter
from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.filters import (
    cors,
    endpoint_picker,
    external_auth,
    model_name,
    prompt,
    request_header_modifier,
    request_mirror,
    request_redirect,
    response_header_modifier,
    session_persistence,
    token_limit,
    url_rewrite,
    usage,
)
from portway.core.filters.external_auth import before_routing
from portway.core.filters.hand_down import hand_down
from portway.core.filters.kind import MILLION, Draft, Json, Kind
from portway.core.filters.place import Place, Problem
from portway.core.filters.session_persistence import keep

__all__ = [
    "MILLION",
    "ORDER",
    "Draft",
    "Kind",
    "Place",
    "Problem",
    "Spec",
    "apply",
    "before_routing",
    "from_spec",
    "hand_down",
    "http_filters",
    "in_weight",
    "keep",
]

# The position is the order in the proxy. Envoy fixes it; the spec leaves it to us apart from
# header edits and rewrites, which touch different things or are applied as they are listed.
ORDER: tuple[Kind[Any], ...] = (
    cors.FILTER,  # first: a preflight carries no credentials and is never forwarded
    # then: whoever may not ask gets nothing else, no redirect, no copy, no edit
    external_auth.FILTER,
    token_limit.FILTER,  # whoever has spent what there was is not forwarded, nor is a picker asked
    request_redirect.FILTER,  # a redirected request has no backend, so nothing below matters to it
    request_header_modifier.FILTER,  # the backend, and every mirror, sees the edited headers
    url_rewrite.FILTER,  # after matching, before sending; mirrors see the rewritten path
    request_mirror.FILTER,  # copies the request as the backend gets it
    response_header_modifier.FILTER,  # last: nothing comes between it and the client
)

Spec: TypeAlias = HTTPRouteFilter | GRPCRouteFilter
"""A filter as it is written."""

_BY_TYPE = {kind.type: kind for kind in ORDER}
_BY_MODEL: dict[object, Kind[Any]] = {kind.model: kind for kind in ORDER}
_ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"


def from_spec(spec: Spec, place: Place) -> model.Filter | Problem:
    """What a filter means at its place, or why it cannot be honoured."""
    # The filters of a GRPCRoute are some of an HTTPRoute's, by the same names.
    kind = _BY_TYPE[spec.type]
    meaning: model.Filter | Problem = kind.from_spec(cast(HTTPRouteFilter, spec), place)
    return meaning


def apply(filters: Iterable[model.Filter], draft: Draft) -> None:
    """Writes filters into a draft in their listed order; redirects are left to the renderer."""
    for each in filters:
        write = _BY_MODEL[type(each)].apply
        if write is not None:
            write(each, draft)


def in_weight(filter: model.Filter) -> bool:
    """Whether Envoy can carry the filter out for one of several weighted backends."""
    return _BY_MODEL[type(filter)].in_weight(filter)


def http_filters(before: int = 0) -> list[Json]:
    """The HTTP filter chain of every listener, router last. The same for all, whatever routes
    ask for, so that no route change ever changes a listener. `before`: how many filters the
    listener has itself; there is always a place for one."""
    chain = [kind.http_filter() for kind in ORDER if kind.http_filter is not None]
    # The router would add x-envoy-* headers to requests and responses: neither clients nor
    # backends have asked to know what stands between them.
    # Its dynamic statistics repeat per cluster and status code what the connection manager
    # counts, for 5 % of a request.
    router = {"@type": _ROUTER, "suppress_envoy_headers": True, "dynamic_stats": False}
    session = session_persistence.http_filter()
    # Near the end, so that a picker sees what its pool would get.
    asked = endpoint_picker.http_filter()
    last = {"name": "envoy.filters.http.router", "typed_config": router}
    # After the picker, so that of an answer it sees what the model server sent.
    counted = usage.http_filter()
    # What listeners and models decide on comes first: which route the others go by.
    first = [*external_auth.http_filters_before(before), model_name.http_filter()]
    return [*first, *chain, prompt.http_filter(), asked, counted, session, last]
