"""ReferenceGrant: lets objects of other namespaces refer to objects of this one.

Knows the shape. Must not know how a grant is looked up. Stored as v1beta1 upstream; both served
versions have one shape, so both decode to this value.
"""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from portway.core.api.fields import Group, KindName, NamespaceName, ObjectName
from portway.core.api.meta import Resource, Value

_ENTRIES = Meta(min_length=1, max_length=16)


class ReferenceGrantFrom(Value, frozen=True, kw_only=True):
    """Who may refer."""

    group: Group
    kind: KindName
    namespace: NamespaceName


class ReferenceGrantTo(Value, frozen=True, kw_only=True):
    """What may be referred to; no name means every object of the kind."""

    group: Group
    kind: KindName
    name: ObjectName = ""


class ReferenceGrantSpec(Value, frozen=True, kw_only=True):
    """Every ``from_`` may refer to every ``to``."""

    from_: Annotated[tuple[ReferenceGrantFrom, ...], _ENTRIES] = msgspec.field(name="from")
    to: Annotated[tuple[ReferenceGrantTo, ...], _ENTRIES]


class ReferenceGrant(Resource, frozen=True, kw_only=True):
    """Lives in the namespace of the objects it opens."""

    api_version: ClassVar[str] = "gateway.networking.k8s.io/v1"
    kind: ClassVar[str] = "ReferenceGrant"

    spec: ReferenceGrantSpec
