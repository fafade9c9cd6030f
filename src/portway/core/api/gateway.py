"""Gateway: addresses and listeners, and how clients and backends are met over TLS.

Knows the shape and the CRD defaults. Must not know what an address is bound to.
"""

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from portway.core.api.fields import (
    AddressType,
    AnnotationValue,
    LabelKey,
    LabelValue,
    ObjectName,
    Port,
)
from portway.core.api.listener import LabelSelector, Listener
from portway.core.api.meta import Resource, Value
from portway.core.api.reference import (
    LocalObjectReference,
    ObjectReference,
    SecretObjectReference,
)


class GatewaySpecAddress(Value, frozen=True, kw_only=True):
    """A wanted address; an empty value asks for any address of the type. ``routability``: where it
    has to be reached from (GEP-5093); empty: wherever addresses here are."""

    type: AddressType = "IPAddress"
    value: Annotated[str, Meta(max_length=253)] = ""
    routability: Annotated[str, Meta(max_length=253)] = ""


class GatewayInfrastructure(Value, frozen=True, kw_only=True):
    """Labels and annotations for everything made for the Gateway, and its parameters."""

    labels: Annotated[dict[LabelKey, LabelValue], Meta(max_length=8)] = msgspec.field(
        default_factory=dict
    )
    annotations: Annotated[dict[LabelKey, AnnotationValue], Meta(max_length=16)] = msgspec.field(
        default_factory=dict
    )
    parameters_ref: LocalObjectReference | None = None


class FrontendTLSValidation(Value, frozen=True, kw_only=True):
    """How client certificates are verified (GEP-91)."""

    ca_certificate_refs: Annotated[tuple[ObjectReference, ...], Meta(min_length=1, max_length=16)]
    mode: Literal["AllowValidOnly", "AllowInsecureFallback"] = "AllowValidOnly"


class TLSConfig(Value, frozen=True, kw_only=True):
    """TLS towards clients; without validation no client certificate is asked for."""

    validation: FrontendTLSValidation | None = None


class TLSPortConfig(Value, frozen=True, kw_only=True):
    """TLS towards clients of one port; it replaces the default as a whole."""

    port: Port
    tls: TLSConfig


class FrontendTLSConfig(Value, frozen=True, kw_only=True):
    """TLS towards clients, for all HTTPS listeners and for single ports."""

    default: TLSConfig
    per_port: Annotated[tuple[TLSPortConfig, ...], Meta(max_length=64)] = ()


class GatewayBackendTLS(Value, frozen=True, kw_only=True):
    """The certificate the Gateway shows to backends (GEP-3155)."""

    client_certificate_ref: SecretObjectReference | None = None


class GatewayTLSConfig(Value, frozen=True, kw_only=True):
    """TLS of a whole Gateway."""

    backend: GatewayBackendTLS | None = None
    frontend: FrontendTLSConfig | None = None


class ListenerNamespaces(Value, frozen=True, kw_only=True):
    """The namespaces ListenerSets may come from; none by default."""

    from_: Literal["All", "Selector", "Same", "None"] = msgspec.field(name="from", default="None")
    selector: LabelSelector | None = None


class AllowedListeners(Value, frozen=True, kw_only=True):
    """Which ListenerSets may add listeners (GEP-1713)."""

    namespaces: ListenerNamespaces = ListenerNamespaces()


class GatewaySpec(Value, frozen=True, kw_only=True):
    """What a Gateway asks for."""

    gateway_class_name: ObjectName
    listeners: Annotated[tuple[Listener, ...], Meta(min_length=1, max_length=64)]
    addresses: Annotated[tuple[GatewaySpecAddress, ...], Meta(max_length=16)] = ()
    infrastructure: GatewayInfrastructure | None = None
    allowed_listeners: AllowedListeners = AllowedListeners()
    tls: GatewayTLSConfig | None = None
    default_scope: Literal["All", "None"] | None = None


class Gateway(Resource, frozen=True, kw_only=True):
    """An entry point for traffic."""

    api_version: ClassVar[str] = "gateway.networking.k8s.io/v1"
    kind: ClassVar[str] = "Gateway"

    spec: GatewaySpec
