"""Routes that take connections as a whole: the part of the graph behind TLS, TCP and UDP listeners.

    TLSRoute, TCPRoute, UDPRoute ─► rules × attachments ─► claims ─┐
    ports ─► base places ──────────────────────────────────────────┴─► places (the oldest claim)
    places ─┬─► pools ─► cluster and endpoint resources
            └─► chains by port ─► listener resources (see `core`)

Knows which part feeds which. A place is either one that a listener has by itself or one that only
routes make, hence two of everything that comes after places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from portway.core import delta, graph, model, translate
from portway.core.wiring import emit
from portway.core.wiring.inputs import Name

if TYPE_CHECKING:
    from portway.core.wiring.core import Core

KINDS = ("TLSRoute", "TCPRoute", "UDPRoute")

Claims = tuple[tuple[tuple[model.L4Key, model.ObjectKey], model.L4Claim], ...]


class Layer4:
    """The collections of layer 4. Reads gateways, ports and attachments of `core`."""

    def __init__(self, g: graph.Graph, core: Core, emitter: emit.Emitter) -> None:
        self._core = core
        self._emitter = emitter
        self._places(g)
        self._pools(g)
        self._chains(g)

    def _places(self, g: graph.Graph) -> None:
        core = self._core
        self.rules: dict[str, graph.Collection[Name, model.L4Route]] = {
            kind: g.map(
                f"rules {kind}",
                core.inputs.admitted[kind],
                lambda ctx, _, obj: translate.l4_route(obj, core.world(ctx)),
            )
            for kind in KINDS
        }
        self._claims: dict[str, graph.Collection[model.L4Key, Claims]] = {}
        for kind, rules in self.rules.items():
            claims = g.derive(f"claims {kind}", rules, self._claims_of)
            self._claims[kind] = g.group(f"claims {kind} by place", claims, lambda k, _: (k[0],))
        # Of ports and not of Gateways: what is bound keeps its chains and pools, also while an
        # earlier version of a refused Gateway stands in.
        self._base: graph.Collection[model.L4Key, model.PortKey] = g.derive(
            "base places",
            core.ports,
            lambda _ctx, key, port: dict.fromkeys(translate.base_places(port), key),
        )
        # A TCPRoute has no host name, so it only ever claims places that listeners have.
        self.places: tuple[graph.Collection[model.L4Key, model.L4Place], ...] = (
            g.map("places of listeners", self._base, lambda ctx, key, _: self._place(ctx, key)),
            g.map(
                "places of routes",
                self._claims["TLSRoute"],
                lambda ctx, key, _: None if ctx.get(self._base, key) else self._place(ctx, key),
            ),
        )

    def _claims_of(
        self, ctx: graph.Context, name: Name, route: model.L4Route
    ) -> Mapping[tuple[model.L4Key, model.ObjectKey], model.L4Claim]:
        attachment = ctx.get(self._core.attachments[route.key.kind], name)
        if attachment is None:
            return {}
        found = translate.claims(route, attachment, self._core.world(ctx))
        return {(place, route.key): claim for place, claim in found.items()}

    def _place(self, ctx: graph.Context, key: model.L4Key) -> model.L4Place:
        members = (ctx.get(each, key) or () for each in self._claims.values())
        return translate.l4_place(key, [claim for found in members for _, claim in found])

    def _pools(self, g: graph.Graph) -> None:
        self.pools: tuple[graph.Collection[model.L4Key, model.L4Pool], ...] = tuple(
            g.map(
                f"pools of {each.name}",
                each,
                lambda ctx, _, place: translate.l4_pool(place, self._core.world(ctx)),
            )
            for each in self.places
        )
        self.cluster_resources: list[graph.Collection[model.L4Key, delta.Resource]] = [
            g.map(f"clusters of {each.name}", each, lambda _c, _k, p: self._emitter.l4_cluster(p))
            for each in self.pools
        ]
        self.endpoint_resources: list[graph.Collection[model.L4Key, delta.Resource]] = [
            g.map(
                f"endpoints of {each.name}",
                each,
                lambda _ctx, _key, pool: (
                    self._emitter.l4_endpoints(pool)
                    if pool.discovery is model.Discovery.LISTED
                    else None
                ),
            )
            for each in self.pools
        ]

    def _chains(self, g: graph.Graph) -> None:
        self._by_port: list[graph.Collection[model.PortKey, Any]] = []
        for each in self.places:
            chains: graph.Collection[model.L4Key, emit.Chain] = g.map(
                f"chains of {each.name}", each, self._chain
            )
            self._by_port.append(
                g.group(f"{chains.name} by port", chains, lambda key, _: (key.port_key,))
            )

    def _chain(
        self, ctx: graph.Context, key: model.L4Key, place: model.L4Place
    ) -> emit.Chain | None:
        if key.protocol != "TLS":
            return None
        port = ctx.get(self._core.ports, key.port_key)
        listener = translate.in_charge(port.listeners, key.domain) if port else None
        if port is None or listener is None or listener.protocol != "TLS":
            return None
        return self._emitter.chain(key, port, listener, place.pooled)

    # -- use -------------------------------------------------------------------------------

    def chains_of(self, ctx: graph.Context, port: model.PortKey) -> Iterable[emit.Chain]:
        """The chains of a port's TLS listeners, by server name."""
        found = [pair for each in self._by_port for pair in ctx.get(each, port) or ()]
        return [chain for _, chain in sorted(found, key=lambda pair: pair[0])]

    def place(self, key: model.L4Key) -> model.L4Place | None:
        """One place, as it is now."""
        return next((found for each in self.places if (found := each.get(key))), None)

    def pool(self, key: model.L4Key) -> model.L4Pool | None:
        """The pool of a place, as it is now."""
        return next((found for each in self.pools if (found := each.get(key))), None)

    def findings(
        self, ctx: graph.Context, attachment: model.Attachment, route: model.L4Route
    ) -> tuple[model.Finding, ...]:
        """What a route's status says beside how its parents fared."""
        world = self._core.world(ctx)
        places = translate.claims(route, attachment, world)
        there = [self._found(ctx, key) for key in sorted(places)]
        return (
            *route.findings,
            *translate.l4_findings(route, attachment, world),
            *translate.l4_waiting(route.key, [each for each in there if each is not None]),
        )

    def _found(self, ctx: graph.Context, key: model.L4Key) -> model.L4Place | None:
        return next((found for each in self.places if (found := ctx.get(each, key))), None)

    def resource_collections(self) -> tuple[graph.Collection[Any, delta.Resource], ...]:
        return (*self.cluster_resources, *self.endpoint_resources)
