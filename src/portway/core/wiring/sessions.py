"""Pools of backends that share sessions: the part of the graph behind sessionPersistence.

    rules ─► session pools ─► cluster and endpoint resources

Knows which part feeds which. A pool belongs to one rule; its cluster is the same whatever its
backends are, so that weights, backends and endpoints change endpoints and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portway.core import delta, graph, model, translate
from portway.core.wiring import emit

if TYPE_CHECKING:
    from portway.core.wiring.core import Core


class Sessions:
    """The collections of pools. Reads the rules of `core`."""

    def __init__(self, g: graph.Graph, core: Core, emitter: emit.Emitter) -> None:
        self.pools: graph.Collection[model.ClusterKey, model.SessionPool] = g.union(
            "session pools",
            [
                g.derive(
                    f"session pools of {kind}",
                    rules,
                    lambda _ctx, _name, each: translate.session_pools(each),
                )
                for kind, rules in core.rules.items()
            ],
        )
        self.endpoints: graph.Collection[model.ClusterKey, model.Endpoints] = g.map(
            "endpoints of sessions",
            self.pools,
            lambda ctx, _, pool: translate.session_endpoints(pool, core.world(ctx)),
        )
        self.cluster_resources: graph.Collection[model.ClusterKey, delta.Resource] = g.map(
            "clusters of sessions",
            self.pools,
            lambda _ctx, key, _: emitter.cluster(model.Cluster(key, pooled=True)),
        )
        self.endpoint_resources: graph.Collection[model.ClusterKey, delta.Resource] = g.map(
            "endpoint resources of sessions",
            self.endpoints,
            lambda _ctx, _key, found: emitter.endpoints(found),
        )

    def resource_collections(self) -> tuple[graph.Collection[Any, delta.Resource], ...]:
        return (self.cluster_resources, self.endpoint_resources)
