"""Whether one object may refer to another, and what it finds there: the only place that decides.

Knows ReferenceGrants (GEP-709). Must not know what a reference is for, so that backends, mirrors,
certificates and whatever comes later cannot differ in how strict they are. The order is fixed:
the kind must be one that can stand here, then the grant is asked for, and only then is the target
looked up, so that a refusal never tells whether the target exists.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import NamedTuple, TypeAlias, TypeVar

from portway.core.api.meta import GroupKind
from portway.core.api.reference import GATEWAY_GROUP
from portway.core.api.reference_grant import ReferenceGrantSpec
from portway.core.translate.world import World

Found = TypeVar("Found")

Kinds: TypeAlias = Mapping[GroupKind, Callable[[str, str], Found | None]]
"""The kinds that may stand at a place, each with its look-up by namespace and name."""


class Referrer(NamedTuple):
    """The object whose field holds the reference. `kind` is a Gateway API kind."""

    kind: str
    namespace: str
    name: str
    field: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}, {self.field}"


class Target(NamedTuple):
    """What is referred to; the namespace is already filled in, and empty for what is in none."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}".replace(" /", " ")


class Cause(Enum):
    """Why a reference leads nowhere; each field has its own reason words for these."""

    KIND = "kind"
    NOT_PERMITTED = "not permitted"
    MISSING = "missing"


class Unresolved(NamedTuple):
    """A reference that leads nowhere, in words."""

    cause: Cause
    message: str


def resolve_ref(
    referrer: Referrer, target: Target, kinds: Kinds[Found], world: World
) -> Found | Unresolved:
    """The object referred to, or why there is none. Denies unless a rule allows."""
    look_up = kinds.get(GroupKind(target.group, target.kind))
    if look_up is None:
        return Unresolved(Cause.KIND, _wrong_kind(referrer, target, kinds))
    if not permitted(referrer, target, world):
        return Unresolved(
            Cause.NOT_PERMITTED,
            f"{referrer}: no ReferenceGrant in namespace {target.namespace} lets a "
            f"{referrer.kind} of namespace {referrer.namespace} refer to {target}; create one "
            "there, or refer to an object of the own namespace.",
        )
    found = look_up(target.namespace, target.name)
    if found is None:
        return Unresolved(
            Cause.MISSING, f"{referrer}: {target} does not exist; create it or correct the name."
        )
    return found


def permitted(referrer: Referrer, target: Target, world: World) -> bool:
    """Inside one namespace always; across namespaces when a grant of the target's says so. What is
    in no namespace has nobody who could grant it, and is there for all."""
    if target.namespace in ("", referrer.namespace):
        return True
    return any(_grants(grant.spec, referrer, target) for grant in world.grants(target.namespace))


def _grants(spec: ReferenceGrantSpec, referrer: Referrer, target: Target) -> bool:
    who = (GATEWAY_GROUP, referrer.kind, referrer.namespace)
    return any((each.group, each.kind, each.namespace) == who for each in spec.from_) and any(
        (each.group, each.kind) == (target.group, target.kind) and each.name in ("", target.name)
        for each in spec.to
    )


def _wrong_kind(referrer: Referrer, target: Target, kinds: Kinds[Found]) -> str:
    fitting = ", ".join(f"{kind} (group {group!r})" for group, kind in sorted(kinds))
    return (
        f"{referrer}: kind {target.kind} of group {target.group!r} cannot be used here; "
        f"use {fitting}."
    )
