"""InferenceModelRewrites: one model asked for, another one served, by shares.

Knows the object in either API group and its precedence: a rule for exactly this model over one for
all, the oldest object over a newer one, an earlier rule over a later one. Must not know bodies.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec

from portway.core.pick.objective import POOL, Metadata, PoolRef


class ModelValue(msgspec.Struct, frozen=True):
    """``type`` has one value, Exact."""

    value: str
    type: str = "Exact"


class Match(msgspec.Struct, frozen=True):
    """A request for this model."""

    model: ModelValue | None = None


class Share(msgspec.Struct, frozen=True, rename="camel"):
    """How many of all requests get which model."""

    model_rewrite: str
    weight: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1


class Rule(msgspec.Struct, frozen=True):
    """Any of the matches; without any it is for all."""

    targets: tuple[Share, ...]
    matches: tuple[Match, ...] = ()

    def exact(self, model: str) -> bool:
        """Whether it names this model."""
        return any(each.model is not None and each.model.value == model for each in self.matches)

    @property
    def generic(self) -> bool:
        """Whether it is for every model."""
        return not self.matches or any(each.model is None for each in self.matches)


class RewriteSpec(msgspec.Struct, frozen=True, rename="camel"):
    """The rules of one pool."""

    pool_ref: PoolRef
    rules: tuple[Rule, ...] = ()


class Rewrite(msgspec.Struct, frozen=True):
    """One object."""

    metadata: Metadata
    spec: RewriteSpec


def read(document: Mapping[str, Any] | bytes) -> Rewrite | None:
    """The object, or None for something else."""
    try:
        if isinstance(document, bytes | msgspec.Raw):
            return msgspec.json.decode(document, type=Rewrite)
        return msgspec.convert(document, Rewrite)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def rules(rewrites: Iterable[Rewrite], namespace: str, pool: str) -> tuple[Rule, ...]:
    """The rules of one pool, in the order in which they come."""
    of_pool = [
        each
        for each in rewrites
        if each.metadata.namespace == namespace
        and (each.spec.pool_ref.kind, each.spec.pool_ref.name) == (POOL, pool)
    ]
    of_pool.sort(key=lambda each: (each.metadata.creation_timestamp, each.metadata.name))
    return tuple(rule for each in of_pool for rule in each.spec.rules if rule.targets)


def rewritten(rules: Iterable[Rule], model: str, chance: int) -> str | None:
    """The model that is served for one asked for; None where no rule is about it. ``chance``: a
    number as good as random, of 64 bits."""
    known = tuple(rules)
    rule = next((each for each in known if each.exact(model)), None)
    rule = rule or next((each for each in known if each.generic), None)
    if rule is None:
        return None
    left = chance % sum(each.weight for each in rule.targets)
    for each in rule.targets:
        left -= each.weight
        if left < 0:
            return each.model_rewrite
    raise AssertionError("the remainder is less than the sum")
