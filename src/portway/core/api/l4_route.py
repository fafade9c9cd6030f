"""TLSRoute, TCPRoute and UDPRoute: one rule with backends.

Knows the shapes. Must not know what a listener does with them. The types take up to 16 rules,
as v1alpha2 does; v1 takes exactly one, and ``validate`` knows which version was written.
"""

from typing import Annotated, ClassVar

from msgspec import Meta

from portway.core.api.fields import Hostname, SectionName
from portway.core.api.meta import Resource, Value
from portway.core.api.reference import BackendRef
from portway.core.api.route import CommonRouteSpec

_BACKENDS = Meta(min_length=1, max_length=16)
_RULES = Meta(min_length=1, max_length=16)


class TLSRouteRule(Value, frozen=True, kw_only=True):
    """The backends of a TLSRoute."""

    name: SectionName = ""
    backend_refs: Annotated[tuple[BackendRef, ...], _BACKENDS]


class TLSRouteSpec(CommonRouteSpec, frozen=True, kw_only=True):
    """SNI host names and backends; v1 requires at least one host name."""

    hostnames: Annotated[tuple[Hostname, ...], Meta(max_length=1024)] = ()
    rules: Annotated[tuple[TLSRouteRule, ...], _RULES]


class TLSRoute(Resource, frozen=True, kw_only=True):
    """Routes TLS connections by SNI."""

    api_version: ClassVar[str] = "gateway.networking.k8s.io/v1"
    kind: ClassVar[str] = "TLSRoute"

    spec: TLSRouteSpec


class TCPRouteRule(Value, frozen=True, kw_only=True):
    """The backends of a TCPRoute."""

    name: SectionName = ""
    backend_refs: Annotated[tuple[BackendRef, ...], _BACKENDS]


class TCPRouteSpec(CommonRouteSpec, frozen=True, kw_only=True):
    """Backends of TCP connections."""

    rules: Annotated[tuple[TCPRouteRule, ...], _RULES]


class TCPRoute(Resource, frozen=True, kw_only=True):
    """Routes TCP connections of a listener."""

    api_version: ClassVar[str] = "gateway.networking.k8s.io/v1"
    kind: ClassVar[str] = "TCPRoute"

    spec: TCPRouteSpec


class UDPRouteRule(Value, frozen=True, kw_only=True):
    """The backends of a UDPRoute."""

    name: SectionName = ""
    backend_refs: Annotated[tuple[BackendRef, ...], _BACKENDS]


class UDPRouteSpec(CommonRouteSpec, frozen=True, kw_only=True):
    """Backends of UDP datagrams."""

    rules: Annotated[tuple[UDPRouteRule, ...], _RULES]


class UDPRoute(Resource, frozen=True, kw_only=True):
    """Routes UDP datagrams of a listener."""

    api_version: ClassVar[str] = "gateway.networking.k8s.io/v1"
    kind: ClassVar[str] = "UDPRoute"

    spec: UDPRouteSpec
