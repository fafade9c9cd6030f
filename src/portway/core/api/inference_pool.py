"""InferencePool: Pods that serve models, and who picks among them (Inference Extension v1).

Knows the shape and the CRD's defaults. Must not know which Pods are in a pool, nor whether a picker
can be reached.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from portway.core.api.fields import Group, KindName, LabelKey, LabelValue, ObjectName, Port
from portway.core.api.meta import Resource, Value

INFERENCE_GROUP = "inference.networking.k8s.io"


class PoolSelector(Value, frozen=True, kw_only=True):
    """The labels that a Pod of the pool has, every one of them."""

    match_labels: Annotated[dict[LabelKey, LabelValue], Meta(min_length=1, max_length=64)]


class PoolPort(Value, frozen=True, kw_only=True):
    """A port of every Pod of a pool, or of its endpoint picker."""

    number: Port


class EndpointPickerRef(Value, frozen=True, kw_only=True):
    """Who is asked which Pod takes a request; a Service of the pool's namespace unless it says
    else. ``failure_mode`` says what becomes of requests while nobody answers."""

    group: Group = ""
    kind: KindName = "Service"
    name: ObjectName
    port: PoolPort | None = None
    failure_mode: Literal["FailOpen", "FailClose"] = "FailClose"


class InferencePoolSpec(Value, frozen=True, kw_only=True):
    """Each port of each Pod is an endpoint of its own."""

    selector: PoolSelector
    target_ports: Annotated[tuple[PoolPort, ...], Meta(min_length=1, max_length=8)]
    app_protocol: Literal["http", "kubernetes.io/h2c"] = "http"
    endpoint_picker_ref: EndpointPickerRef | None = None


class InferencePool(Resource, frozen=True, kw_only=True):
    """A pool of Pods of its namespace."""

    api_version: ClassVar[str] = "inference.networking.k8s.io/v1"
    kind: ClassVar[str] = "InferencePool"

    spec: InferencePoolSpec
