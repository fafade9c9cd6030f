"""A listener and what it says about TLS and about the routes it lets in.

Shared by Gateway and ListenerSet, whose listeners have one shape. Knows the shape and the CRD
defaults. Must not know which protocols are supported: an unknown one is a matter for status.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from portway.core.api.fields import (
    Group,
    Hostname,
    KindName,
    Port,
    ProtocolType,
    SectionName,
    TLSOptions,
)
from portway.core.api.http_filter import HTTPExternalAuthFilter
from portway.core.api.meta import Value
from portway.core.api.reference import (
    GATEWAY_GROUP,
    LocalObjectReference,
    SecretObjectReference,
)


class LabelSelectorRequirement(Value, frozen=True, kw_only=True):
    """One expression; the CRDs leave ``operator`` open (In, NotIn, Exists, DoesNotExist)."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


class LabelSelector(Value, frozen=True, kw_only=True):
    """All labels and all expressions must match; an empty selector matches everything."""

    match_labels: dict[str, str] = msgspec.field(default_factory=dict)
    match_expressions: tuple[LabelSelectorRequirement, ...] = ()


class RouteNamespaces(Value, frozen=True, kw_only=True):
    """The namespaces routes may come from."""

    from_: Literal["All", "Selector", "Same"] = msgspec.field(name="from", default="Same")
    selector: LabelSelector | None = None


class RouteGroupKind(Value, frozen=True, kw_only=True):
    """A kind of route."""

    group: Group = GATEWAY_GROUP
    kind: KindName


class AllowedRoutes(Value, frozen=True, kw_only=True):
    """Which routes may attach; no kinds means every kind that suits the protocol."""

    namespaces: RouteNamespaces = RouteNamespaces()
    kinds: Annotated[tuple[RouteGroupKind, ...], Meta(max_length=8)] = ()


class ListenerTLSConfig(Value, frozen=True, kw_only=True):
    """How a listener treats TLS."""

    mode: Literal["Terminate", "Passthrough"] = "Terminate"
    certificate_refs: Annotated[tuple[SecretObjectReference, ...], Meta(max_length=64)] = ()
    options: TLSOptions = msgspec.field(default_factory=dict)


class ListenerFilter(Value, frozen=True, kw_only=True):
    """What happens to a request before a route is chosen: ``type`` names the one member set."""

    type: Literal["ExternalAuth", "ExtensionRef"]
    external_auth: HTTPExternalAuthFilter | None = None
    extension_ref: LocalObjectReference | None = None


class ListenerFilters(Value, frozen=True, kw_only=True):
    """Filters before routing, in the order in which they run (GEP-5224)."""

    requests: Annotated[tuple[ListenerFilter, ...], Meta(max_length=16)] = ()


class Listener(Value, frozen=True, kw_only=True):
    """A port, a protocol and (for HTTP, HTTPS and TLS) a host name; no host name means any."""

    name: SectionName
    hostname: Hostname = ""
    port: Port
    protocol: ProtocolType
    tls: ListenerTLSConfig | None = None
    allowed_routes: AllowedRoutes = AllowedRoutes()
    filters: ListenerFilters = ListenerFilters()
