"""EndpointSlice: addresses behind a Service.

Knows the discovery.k8s.io/v1 shape. Must not know how endpoints are balanced. Unlike a cluster's
API server we accept loopback addresses: on one machine that is where the backends are.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from portway.core.api.fields import AppProtocol, NamespaceName, Port, PortName
from portway.core.api.meta import Resource, Value
from portway.core.api.service import TransportProtocol

SERVICE_NAME_LABEL = "kubernetes.io/service-name"
"""The label that says to which Service of its namespace a slice belongs."""


class EndpointConditions(Value, frozen=True, kw_only=True):
    """``None`` is unknown; consumers read an unknown ``ready`` or ``serving`` as true."""

    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class Endpoint(Value, frozen=True, kw_only=True):
    """One backend; its addresses are interchangeable and only the first is used."""

    NOT_DECODED: ClassVar[frozenset[str]] = frozenset({"deprecatedTopology", "hints", "targetRef"})

    addresses: Annotated[tuple[str, ...], Meta(min_length=1, max_length=100)]
    conditions: EndpointConditions = EndpointConditions()
    hostname: NamespaceName = ""
    node_name: str = ""
    zone: str = ""

    @property
    def ready(self) -> bool:
        """Whether the endpoint takes new traffic: everything but an explicit ``false``."""
        return self.conditions.ready is not False


class EndpointPort(Value, frozen=True, kw_only=True):
    """A port of every endpoint of the slice; no number means every port."""

    name: PortName = ""
    port: Port | None = None
    protocol: TransportProtocol = "TCP"
    app_protocol: AppProtocol = ""


class EndpointSlice(Resource, frozen=True, kw_only=True):
    """A part of the endpoints of one Service."""

    # This kind has no status, so a status in a document is an unknown field.
    NOT_DECODED: ClassVar[frozenset[str]] = frozenset()

    api_version: ClassVar[str] = "discovery.k8s.io/v1"
    kind: ClassVar[str] = "EndpointSlice"

    address_type: Literal["IPv4", "IPv6", "FQDN"]
    endpoints: Annotated[tuple[Endpoint, ...], Meta(max_length=1000)] = ()
    ports: Annotated[tuple[EndpointPort, ...], Meta(max_length=100)] = ()
