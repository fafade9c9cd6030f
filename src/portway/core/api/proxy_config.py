"""ProxyConfig (portway.dev/v1alpha1): what the proxies of a Gateway are like in a cluster.

Knows the shape of our own kind. Must not know how a proxy is run. A GatewayClass names one in
`spec.parametersRef`, a Gateway in `spec.infrastructure.parametersRef` (of its own namespace); where
both say something, the Gateway's counts, field by field.

    apiVersion: portway.dev/v1alpha1
    kind: ProxyConfig
    metadata: {name: large, namespace: shop}
    spec:
      replicas: 3
      resources: {requests: {cpu: "1", memory: 512Mi}}
      service: {type: LoadBalancer, externalTrafficPolicy: Local}
"""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, field

from portway.core.api.fields import AnnotationKey, HeaderName, LabelKey, LabelValue
from portway.core.api.meta import Resource, Value

Count = Annotated[int, Meta(ge=1, le=1000)]
Seconds = Annotated[int, Meta(ge=0, le=86400)]
Quantities = dict[str, Annotated[str, Meta(min_length=1, max_length=64)]]


class ProxyResources(Value, frozen=True, kw_only=True):
    """Of the container, by name of the resource (`cpu`, `memory`)."""

    requests: Quantities = field(default_factory=dict)
    limits: Quantities = field(default_factory=dict)


class ProxyService(Value, frozen=True, kw_only=True):
    """The Service in front of the proxies."""

    type: Literal["", "LoadBalancer", "NodePort", "ClusterIP"] = ""
    annotations: dict[AnnotationKey, str] = field(default_factory=dict)
    external_traffic_policy: Literal["", "Cluster", "Local"] = ""
    load_balancer_class: str = ""
    ip_family_policy: Literal["", "SingleStack", "PreferDualStack", "RequireDualStack"] = ""
    ip_families: Annotated[tuple[Literal["IPv4", "IPv6"], ...], Meta(max_length=2)] = ()


class ProxyAutoscaling(Value, frozen=True, kw_only=True):
    """Between how many replicas, by their use of the processor in percent of what they request."""

    min_replicas: Count = 2
    max_replicas: Count
    target_cpu_utilization: Annotated[int, Meta(ge=1, le=100)] = 75


class ProxyToleration(Value, frozen=True, kw_only=True):
    """A toleration, as of a Pod."""

    key: str = ""
    operator: Literal["", "Exists", "Equal"] = ""
    value: str = ""
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = ""
    toleration_seconds: int | None = None


class ProxySpread(Value, frozen=True, kw_only=True):
    """A constraint of how the proxies are spread, as of a Pod; which Pods are meant is known."""

    max_skew: Count = 1
    topology_key: Annotated[str, Meta(min_length=1, max_length=317)]
    when_unsatisfiable: Literal["DoNotSchedule", "ScheduleAnyway"] = "ScheduleAnyway"


LogField = Literal[
    "time",
    "method",
    "host",
    "path",
    "protocol",
    "status",
    "details",
    "flags",
    "bytes_in",
    "bytes_out",
    "duration_ms",
    "client",
    "backend",
    "cluster",
    "request_id",
    "route",
    "picked",
    "pick",
    "sni",
    "model",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
]


class ProxyAccessLog(Value, frozen=True, kw_only=True):
    """A line for each request, or connection of layer 4, on the standard output of the container.
    Without ``fields`` all that are known; ``request_headers`` come after them."""

    enabled: bool = True
    format: Literal["JSON", "Text"] = "JSON"
    fields: tuple[LogField, ...] = ()
    request_headers: Annotated[tuple[HeaderName, ...], Meta(max_length=16)] = ()


class ProxyProbe(Value, frozen=True, kw_only=True):
    """How a cluster asks, as of a Pod; what is asked is known."""

    initial_delay_seconds: Annotated[int, Meta(ge=0, le=3600)] | None = None
    period_seconds: Annotated[int, Meta(ge=1, le=3600)] | None = None
    timeout_seconds: Annotated[int, Meta(ge=1, le=3600)] | None = None
    failure_threshold: Annotated[int, Meta(ge=1, le=100)] | None = None


class ProxyProbes(Value, frozen=True, kw_only=True):
    """Whether the container lives, whether it may be sent requests, and whether it has begun; of
    the last there is none unless it is asked for."""

    liveness: ProxyProbe | None = None
    readiness: ProxyProbe | None = None
    startup: ProxyProbe | None = None


class ProxyConfigSpec(Value, frozen=True, kw_only=True):
    """What is left out is as the class, or else the controller, has it."""

    kind: Literal["", "Deployment", "DaemonSet"] = ""
    replicas: Count | None = None
    image: Annotated[str, Meta(max_length=512)] = ""
    resources: ProxyResources | None = None
    service: ProxyService | None = None
    autoscaling: ProxyAutoscaling | None = None
    node_selector: dict[LabelKey, LabelValue] = field(default_factory=dict)
    affinity: dict[str, Any] = field(default_factory=dict)
    tolerations: tuple[ProxyToleration, ...] = ()
    topology_spread_constraints: tuple[ProxySpread, ...] = ()
    concurrency: Annotated[int, Meta(ge=1, le=1024)] | None = None
    delay_seconds: Seconds | None = None
    drain_seconds: Seconds | None = None
    probes: ProxyProbes | None = None
    access_log: ProxyAccessLog | None = None
    envoy_flags: Annotated[tuple[str, ...], Meta(max_length=16)] = ()


class ProxyConfig(Resource, frozen=True, kw_only=True):
    """What the proxies of a Gateway are like."""

    api_version: ClassVar[str] = "portway.dev/v1alpha1"
    kind: ClassVar[str] = "ProxyConfig"

    spec: ProxyConfigSpec
