"""Which InferencePools an HTTPRoute sends to, for which Gateways.

Knows where references to pools stand. Must not know the pools: a pool's status names every Gateway
that uses it, also one that took none of its routes (HTTPRouteNotAccepted).
"""

from typing import NamedTuple

from portway.core import api, model
from portway.core.translate.reference import Referrer, Target, permitted
from portway.core.translate.world import World


class PoolUse(NamedTuple):
    """A pool and a Gateway, and whether the Gateway took a route that leads from one to the
    other."""

    pool: model.ObjectKey
    gateway: model.ObjectKey
    accepted: bool


def pools_named(obj: api.HTTPRoute, world: World) -> tuple[model.ObjectKey, ...]:
    """The pools a route may refer to and does, each once, sorted. A route without a grant writes
    nothing into the status of somebody else's pool."""
    found: set[model.ObjectKey] = set()
    for index, rule in enumerate(obj.spec.rules):
        for ref in rule.backend_refs:
            if (ref.group, ref.kind) != (api.INFERENCE_GROUP, "InferencePool"):
                continue
            target = Target(ref.group, ref.kind, ref.namespace or obj.namespace, ref.name)
            referrer = Referrer(obj.kind, obj.namespace, obj.name, f"rules[{index}]")
            if permitted(referrer, target, world):
                found.add(model.ObjectKey(ref.kind, target.namespace, ref.name))
    return tuple(sorted(found))


def pool_uses(
    pools: tuple[model.ObjectKey, ...], attachment: model.Attachment | None
) -> tuple[PoolUse, ...]:
    """The uses that a route with these parents makes of these pools."""
    parents = attachment.parents if attachment else ()
    return tuple(
        sorted(
            {
                PoolUse(pool, parent.gateway, parent.finding is None)
                for pool in pools
                for parent in parents
            }
        )
    )
