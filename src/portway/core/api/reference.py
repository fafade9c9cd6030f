"""References from one object to another, as several kinds share them.

Knows the shapes and the CRD defaults of group and kind. Must not know whether a target exists or
may be referred to: that is decided where references are resolved.
"""

from portway.core.api.fields import (
    Group,
    KindName,
    NamespaceName,
    ObjectName,
    Port,
    SectionName,
    Weight,
)
from portway.core.api.meta import Value

GATEWAY_GROUP = "gateway.networking.k8s.io"


class LocalObjectReference(Value, frozen=True, kw_only=True):
    """An object in the same namespace."""

    group: Group
    kind: KindName
    name: ObjectName


class ObjectReference(Value, frozen=True, kw_only=True):
    """An object, possibly in another namespace (``""``: the same)."""

    group: Group
    kind: KindName
    name: ObjectName
    namespace: NamespaceName = ""


class SecretObjectReference(Value, frozen=True, kw_only=True):
    """A Secret unless group and kind say otherwise."""

    group: Group = ""
    kind: KindName = "Secret"
    name: ObjectName
    namespace: NamespaceName = ""


class ParametersReference(Value, frozen=True, kw_only=True):
    """A GatewayClass's parameters; a namespace only for namespaced kinds."""

    group: Group
    kind: KindName
    name: ObjectName
    namespace: NamespaceName = ""


class ParentReference(Value, frozen=True, kw_only=True):
    """The parent (normally a Gateway) a route or ListenerSet attaches to."""

    group: Group = GATEWAY_GROUP
    kind: KindName = "Gateway"
    namespace: NamespaceName = ""
    name: ObjectName
    section_name: SectionName = ""
    port: Port | None = None


class BackendObjectReference(Value, frozen=True, kw_only=True):
    """An object that can take traffic: a Service unless group and kind say otherwise."""

    group: Group = ""
    kind: KindName = "Service"
    name: ObjectName
    namespace: NamespaceName = ""
    port: Port | None = None


class BackendRef(BackendObjectReference, frozen=True, kw_only=True):
    """A backend with its share of the traffic; weight 0 means none."""

    weight: Weight = 1


class LocalPolicyTargetReference(Value, frozen=True, kw_only=True):
    """A policy's target in the same namespace, or a section of it (GEP-713)."""

    group: Group
    kind: KindName
    name: ObjectName
    section_name: SectionName = ""
