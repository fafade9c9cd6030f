"""Where objects enter the graph, and where one is held back.

Knows kinds and keys only. An object that the proxy refused is *held*: until it changes, the
version that worked last (or none) stands in for it, so that a bad edit never takes down what
worked, and its neighbours go on.
"""

from typing import Any

import msgspec

from portway.core import api, graph, model

Name = tuple[str, str]  # (namespace, name) inside one kind

ROUTE_KINDS = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")


class Hold(msgspec.Struct, frozen=True, gc=False):
    """`refused` is the very object value held back; any other value of the same key passes.

    `instead` stands in for it (None: nothing does). `message` is Envoy's own words once the
    object is known to be the culprit; empty while it is only a suspect.
    """

    refused: api.Resource
    instead: api.Resource | None
    message: str = ""


class Inputs:
    """One source per kind, each followed by the collection of admitted objects."""

    def __init__(self, g: graph.Graph) -> None:
        self.holds: graph.Source[model.ObjectKey, Hold] = g.source("holds")
        self.placements: graph.Source[model.ObjectKey, model.Placement] = g.source("placements")
        self.scoped: graph.Source[model.TableKey, bool] = g.source("scoped tables")
        self.acknowledged: graph.Source[tuple[str, str], str] = g.source("acknowledged")
        self.sources: dict[str, graph.Source[Name, Any]] = {}
        self.admitted: dict[str, graph.Collection[Name, Any]] = {}
        for kind in api.KINDS:
            self.sources[kind] = g.source(f"objects {kind}")
            self.admitted[kind] = g.map(kind, self.sources[kind], self._admit(kind))

    def _admit(self, kind: str) -> Any:
        if kind in ("Gateway", "Secret"):
            # Held where its ports are made (see `core`): its routes must not lose their parent.
            # A Secret likewise where its resource is made: the listener goes on naming it, so
            # that mending it changes no listener, and drains none.
            return lambda _ctx, _name, obj: obj

        def admit(ctx: graph.Context, name: Name, obj: api.Resource) -> api.Resource | None:
            hold = ctx.get(self.holds, model.ObjectKey(kind, *name))
            if hold is None or hold.refused != obj:
                return obj
            return hold.instead

        return admit

    def apply(self, event: api.Event) -> bool:
        """Put one event into its source. Returns False for a kind that is not ours."""
        source = self.sources.get(event.kind)
        if source is None:
            return False
        name = (event.namespace, event.name)
        if event.object is None:
            source.remove(name)
        else:
            source.set(name, event.object)
        return True
