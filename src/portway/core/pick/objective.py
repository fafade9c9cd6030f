"""InferenceObjectives: how much requests of one kind matter.

Knows the object in either API group (`inference.networking.x-k8s.io` and `llm-d.ai`, both
v1alpha2), whose fields are the same. Must not know requests: a header names the objective. An
object that cannot be read has no say.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

GROUPS: Final = ("llm-d.ai", "inference.networking.x-k8s.io")
"""The first one wins where both have an object of one name."""
POOL: Final = "InferencePool"


class PoolRef(msgspec.Struct, frozen=True):
    """Whose requests an object is about: a pool of its own namespace."""

    name: str
    kind: str = POOL
    group: str = ""


class Metadata(msgspec.Struct, frozen=True, rename="camel"):
    """What is read of an object's metadata."""

    name: str
    namespace: str = ""
    creation_timestamp: str = ""


class ObjectiveSpec(msgspec.Struct, frozen=True, rename="camel"):
    """Without a priority it is 0."""

    pool_ref: PoolRef
    priority: int | None = None


class Objective(msgspec.Struct, frozen=True):
    """One object."""

    metadata: Metadata
    spec: ObjectiveSpec


def read(document: Mapping[str, Any] | bytes) -> Objective | None:
    """The object, or None for something else."""
    try:
        if isinstance(document, bytes | msgspec.Raw):
            return msgspec.json.decode(document, type=Objective)
        return msgspec.convert(document, Objective)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def priorities(objectives: Iterable[Objective], namespace: str, pool: str) -> dict[str, int]:
    """The priorities of one pool's objectives, by name; the first of a name counts."""
    found: dict[str, int] = {}
    for each in objectives:
        ref = each.spec.pool_ref
        if each.metadata.namespace == namespace and (ref.kind, ref.name) == (POOL, pool):
            found.setdefault(each.metadata.name, each.spec.priority or 0)
    return found
