"""Service: a name for a set of endpoints.

Knows the part of the core v1 shape that routing needs. Must not know which EndpointSlices belong
to it.
"""

from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec
from msgspec import Meta

from portway.core.api.fields import AppProtocol, Port, PortName, TargetPortName
from portway.core.api.meta import Resource, Value

TransportProtocol: TypeAlias = Literal["TCP", "UDP", "SCTP"]


class ServicePort(Value, frozen=True, kw_only=True):
    """A port of a Service. ``target_port`` is a number or a container port's name."""

    name: PortName = ""
    port: Port
    target_port: Annotated[int, Meta(ge=0, le=65535)] | TargetPortName | None = None
    protocol: TransportProtocol = "TCP"
    app_protocol: AppProtocol = ""
    node_port: Annotated[int, Meta(ge=0, le=65535)] = 0

    @property
    def effective_target_port(self) -> int | str:
        """``target_port``, or ``port`` where it is absent or 0 (as the server does)."""
        return self.target_port or self.port


class ServiceSpec(Value, frozen=True, kw_only=True):
    """``cluster_ip`` is ``None`` in words (the text "None") for a headless Service."""

    NOT_DECODED: ClassVar[frozenset[str]] = frozenset(
        {
            "allocateLoadBalancerNodePorts",
            "clusterIPs",
            "externalIPs",
            "externalTrafficPolicy",
            "healthCheckNodePort",
            "internalTrafficPolicy",
            "ipFamilies",
            "ipFamilyPolicy",
            "loadBalancerClass",
            "loadBalancerIP",
            "loadBalancerSourceRanges",
            "publishNotReadyAddresses",
            "sessionAffinity",
            "sessionAffinityConfig",
            "trafficDistribution",
        }
    )

    type: Literal["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"] = "ClusterIP"
    cluster_ip: str = msgspec.field(name="clusterIP", default="")
    selector: dict[str, str] = msgspec.field(default_factory=dict)
    external_name: str = ""
    ports: tuple[ServicePort, ...] = ()


class Service(Resource, frozen=True, kw_only=True):
    """A core v1 Service."""

    api_version: ClassVar[str] = "v1"
    kind: ClassVar[str] = "Service"

    spec: ServiceSpec = ServiceSpec()
