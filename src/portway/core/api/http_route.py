"""HTTPRoute: rules for HTTP requests.

Knows the shape and the CRD defaults. Must not know precedence or how rules are carried out.
"""

from typing import Annotated, ClassVar

from msgspec import Meta

from portway.core.api.fields import Duration, Hostname, NaturalInt32, SectionName
from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.api.http_match import HTTPRouteMatch
from portway.core.api.meta import Resource, Value
from portway.core.api.reference import BackendRef
from portway.core.api.route import CommonRouteSpec, SessionPersistence

_FILTERS = Meta(max_length=16)


class HTTPBackendRef(BackendRef, frozen=True, kw_only=True):
    """A backend with filters that run only when it is chosen."""

    filters: Annotated[tuple[HTTPRouteFilter, ...], _FILTERS] = ()


class HTTPRouteTimeouts(Value, frozen=True, kw_only=True):
    """Time limits for the whole exchange and for one try; ``0s`` disables, ``""`` is unset."""

    request: Duration = ""
    backend_request: Duration = ""


class HTTPRouteRetry(Value, frozen=True, kw_only=True):
    """Retries (GEP-1731); ``attempts`` counts the retries, not the tries: none with 0."""

    codes: tuple[Annotated[int, Meta(ge=400, le=599)], ...] = ()
    attempts: NaturalInt32 | None = None
    backoff: Duration = ""


class HTTPRouteRule(Value, frozen=True, kw_only=True):
    """Matches (any of them), filters and backends. An explicit empty list of matches stays
    empty; it means the same as the default, every request."""

    name: SectionName = ""
    matches: Annotated[tuple[HTTPRouteMatch, ...], Meta(max_length=64)] = (HTTPRouteMatch(),)
    filters: Annotated[tuple[HTTPRouteFilter, ...], _FILTERS] = ()
    backend_refs: Annotated[tuple[HTTPBackendRef, ...], Meta(max_length=16)] = ()
    timeouts: HTTPRouteTimeouts | None = None
    retry: HTTPRouteRetry | None = None
    session_persistence: SessionPersistence | None = None


class HTTPRouteSpec(CommonRouteSpec, frozen=True, kw_only=True):
    """Host names (none: those of the listener) and rules."""

    hostnames: Annotated[tuple[Hostname, ...], Meta(max_length=16)] = ()
    rules: Annotated[tuple[HTTPRouteRule, ...], Meta(min_length=1, max_length=16)] = (
        HTTPRouteRule(),
    )


class HTTPRoute(Resource, frozen=True, kw_only=True):
    """Routes HTTP requests to backends."""

    api_version: ClassVar[str] = "gateway.networking.k8s.io/v1"
    kind: ClassVar[str] = "HTTPRoute"

    spec: HTTPRouteSpec
