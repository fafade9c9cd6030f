"""Which Pods are in which InferencePools.

Knows how a Pod finds its pools: by each of its labels it asks for the selectors that begin with it.
So a Pod that changes costs its labels and its own pools, however many pools and Pods there are.
"""

from collections.abc import Mapping

from portway.core import graph, translate
from portway.core.wiring.inputs import Inputs, Name

Selector = tuple[tuple[str, str], ...]
Membership = tuple[Name, Name]
"""A pool and a Pod of it."""


class Pools:
    """The collections between Pods and the endpoints of pools."""

    def __init__(self, g: graph.Graph, inputs: Inputs) -> None:
        self.referred: graph.Collection[Name, translate.ReferredPool] = g.map(
            "pools as referred to",
            inputs.admitted["InferencePool"],
            lambda _ctx, _name, pool: translate.referred_pool(pool),
        )
        selectors: graph.Collection[Name, Selector] = g.map(
            "selectors of pools",
            inputs.admitted["InferencePool"],
            lambda _ctx, _name, pool: translate.selector(pool),
        )
        self._by_label: graph.Index[tuple[str, str, str], Name, Selector] = g.index(
            "pools by label", selectors, lambda name, wanted: ((name[0], *wanted[0]),)
        )
        ready: graph.Collection[Name, translate.ReadyPod] = g.map(
            "ready pods", inputs.admitted["Pod"], lambda _ctx, _name, pod: translate.ready_pod(pod)
        )
        joined: graph.Collection[Membership, str] = g.derive(
            "members of pools", ready, self._memberships
        )
        self.members: graph.Index[Name, Membership, str] = g.index(
            "members by pool", joined, lambda key, _: (key[0],)
        )

    def _memberships(
        self, ctx: graph.Context, name: Name, pod: translate.ReadyPod
    ) -> Mapping[Membership, str]:
        labels = dict(pod.labels)
        return {
            (pool, name): pod.address
            for key, value in pod.labels
            for pool, wanted in ctx.by(self._by_label, (name[0], key, value))
            if translate.selects(wanted, labels)
        }
