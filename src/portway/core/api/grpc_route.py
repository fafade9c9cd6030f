"""GRPCRoute: rules for gRPC requests.

Knows the shape and the CRD defaults. Must not know precedence, nor how a method becomes a path.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from portway.core.api.fields import GRPCHeaderMatchValue, HeaderName, Hostname, SectionName
from portway.core.api.meta import Resource, Value
from portway.core.api.reference import BackendRef, LocalObjectReference
from portway.core.api.route import (
    CommonRouteSpec,
    HTTPHeaderFilter,
    HTTPRequestMirrorFilter,
    SessionPersistence,
)

_FILTERS = Meta(max_length=16)


class GRPCMethodMatch(Value, frozen=True, kw_only=True):
    """A service, a method or both; an absent one matches every name."""

    type: Literal["Exact", "RegularExpression"] = "Exact"
    service: Annotated[str, Meta(max_length=1024)] | None = None
    method: Annotated[str, Meta(max_length=1024)] | None = None


class GRPCHeaderMatch(Value, frozen=True, kw_only=True):
    """A request header (metadata entry)."""

    type: Literal["Exact", "RegularExpression"] = "Exact"
    name: HeaderName
    value: GRPCHeaderMatchValue


class GRPCRouteMatch(Value, frozen=True, kw_only=True):
    """All parts must match."""

    method: GRPCMethodMatch | None = None
    headers: Annotated[tuple[GRPCHeaderMatch, ...], Meta(max_length=16)] = ()


class GRPCRouteFilter(Value, frozen=True, kw_only=True):
    """One filter: ``type`` names the one member that is set."""

    type: Literal[
        "RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"
    ]
    request_header_modifier: HTTPHeaderFilter | None = None
    response_header_modifier: HTTPHeaderFilter | None = None
    request_mirror: HTTPRequestMirrorFilter | None = None
    extension_ref: LocalObjectReference | None = None


class GRPCBackendRef(BackendRef, frozen=True, kw_only=True):
    """A backend with filters that run only when it is chosen."""

    filters: Annotated[tuple[GRPCRouteFilter, ...], _FILTERS] = ()


class GRPCRouteRule(Value, frozen=True, kw_only=True):
    """Matches (any of them; none means every request), filters and backends."""

    name: SectionName = ""
    matches: Annotated[tuple[GRPCRouteMatch, ...], Meta(max_length=64)] = ()
    filters: Annotated[tuple[GRPCRouteFilter, ...], _FILTERS] = ()
    backend_refs: Annotated[tuple[GRPCBackendRef, ...], Meta(max_length=16)] = ()
    session_persistence: SessionPersistence | None = None


class GRPCRouteSpec(CommonRouteSpec, frozen=True, kw_only=True):
    """Host names (none: those of the listener) and rules."""

    hostnames: Annotated[tuple[Hostname, ...], Meta(max_length=16)] = ()
    rules: Annotated[tuple[GRPCRouteRule, ...], Meta(max_length=16)] = ()


class GRPCRoute(Resource, frozen=True, kw_only=True):
    """Routes gRPC requests to backends."""

    api_version: ClassVar[str] = "gateway.networking.k8s.io/v1"
    kind: ClassVar[str] = "GRPCRoute"

    spec: GRPCRouteSpec
