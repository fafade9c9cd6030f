"""The endpoints of all backends of a rule whose sessions are kept across them.

Knows that each backend has its part of new sessions by weight, and none of its old ones is lost at
weight 0. Must not know how the proxy is told. A backend without a ready endpoint has no part: it
has no session either.
"""

from portway.core import model
from portway.core.translate.cluster import endpoints
from portway.core.translate.l4_pool import grouped
from portway.core.translate.world import World


def session_pools(rules: model.RouteRules) -> dict[model.ClusterKey, model.SessionPool]:
    """The pools that a route needs."""
    return {
        rule.session.pool: model.SessionPool(
            rule.session.pool,
            tuple((s.weight, s.backend) for s in rule.action.shares if s.backend is not None),
        )
        for rule in rules.rules
        if rule.session is not None and rule.session.pool is not None
    }


def session_endpoints(pool: model.SessionPool, world: World) -> model.Endpoints:
    """Every endpoint of the pool, in groups with their parts of new sessions."""
    found = [(weight, key, endpoints(key, world).endpoints) for weight, key in pool.shares]
    groups, _ = grouped([each for each in found if each[2]], 0)
    every = sorted({each for group in groups for each in group.endpoints})
    return model.Endpoints(pool.key, tuple(every), groups)
