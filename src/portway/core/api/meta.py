"""What every resource has: metadata, a group and a kind.

Knows the part of Kubernetes object metadata that the control plane reads. Must not know any
single kind. ``managedFields`` (often the largest part of an object) and ``status`` (our own
output) have no attribute, so they are skipped while decoding.
"""

from typing import Annotated, ClassVar, NamedTuple

import msgspec

from portway.core.api.fields import AnnotationKey, LabelKey, LabelValue, OwnNamespace, SubdomainName


class GroupKind(NamedTuple):
    """A kind in its API group; the core group is ``""``."""

    group: str
    kind: str


class Value(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, rename="camel"
):
    """An immutable piece of a resource; attributes in snake_case, documents in camelCase.

    An optional string that is absent is ``""``; only where ``""`` means something of its own is
    an absent one ``None``. Absent lists and maps are empty.
    """

    NOT_DECODED: ClassVar[frozenset[str]] = frozenset()
    """Document fields that are legal here but that nothing in the control plane reads."""


class ObjectMeta(Value, frozen=True, kw_only=True):
    """Object metadata. Times are RFC 3339 text, as the API server sends them."""

    NOT_DECODED: ClassVar[frozenset[str]] = frozenset(
        {
            "deletionGracePeriodSeconds",
            "finalizers",
            "generateName",
            "managedFields",
            "ownerReferences",
            "selfLink",
        }
    )

    name: SubdomainName
    namespace: OwnNamespace = ""
    uid: str = ""
    resource_version: str = ""
    generation: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0
    creation_timestamp: str = ""
    deletion_timestamp: str = ""
    labels: dict[LabelKey, LabelValue] = msgspec.field(default_factory=dict)
    annotations: dict[AnnotationKey, str] = msgspec.field(default_factory=dict)


class Resource(Value, frozen=True, kw_only=True):
    """The base of every kind. ``api_version`` is the storage version we normalise to."""

    NOT_DECODED: ClassVar[frozenset[str]] = frozenset({"status"})

    api_version: ClassVar[str] = ""
    kind: ClassVar[str] = ""

    metadata: ObjectMeta

    @property
    def name(self) -> str:
        """``metadata.name``."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """``metadata.namespace``; ``""`` for a cluster-scoped kind."""
        return self.metadata.namespace

    @property
    def group_kind(self) -> GroupKind:
        """The group and kind, as references name them."""
        group, _, version = self.api_version.rpartition("/")
        return GroupKind(group if version else "", self.kind)
