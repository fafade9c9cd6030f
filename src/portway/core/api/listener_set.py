"""ListenerSet: listeners added to a Gateway by another owner (GEP-1713).

Knows the shape. Must not know how listeners of several owners are merged.
"""

from typing import Annotated, ClassVar

from msgspec import Meta

from portway.core.api.fields import Group, KindName, NamespaceName, ObjectName
from portway.core.api.listener import Listener
from portway.core.api.meta import Resource, Value
from portway.core.api.reference import GATEWAY_GROUP


class ParentGatewayReference(Value, frozen=True, kw_only=True):
    """The Gateway the listeners are added to."""

    group: Group = GATEWAY_GROUP
    kind: KindName = "Gateway"
    name: ObjectName
    namespace: NamespaceName = ""


class ListenerSetSpec(Value, frozen=True, kw_only=True):
    """A parent and at least one listener."""

    parent_ref: ParentGatewayReference
    listeners: Annotated[tuple[Listener, ...], Meta(min_length=1, max_length=64)]


class ListenerSet(Resource, frozen=True, kw_only=True):
    """A set of listeners attached to a Gateway."""

    api_version: ClassVar[str] = "gateway.networking.k8s.io/v1"
    kind: ClassVar[str] = "ListenerSet"

    spec: ListenerSetSpec
