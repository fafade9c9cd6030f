"""Where objects enter the graph, and where one is held back.

Knows kinds and keys only. An object that the proxy refused is *held*: until it changes, the
version that worked last (or none) stands in for it, so that a bad edit never takes down what
worked, and its neighbours go on.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from portway.core import api, delta, graph, model, render
from portway.core.wiring.good_parameters import GoodParameters

Name = tuple[str, str]  # (namespace, name) inside one kind

RULED = ("HTTPRoute", "GRPCRoute")  # kinds whose rules match requests
ROUTE_KINDS = (*RULED, "TLSRoute", "TCPRoute", "UDPRoute")


class Hold(msgspec.Struct, frozen=True, gc=False):
    """`refused` is the very object value held back; any other value of the same key passes.

    `instead` stands in for it (None: nothing does). `message` is Envoy's own words once the
    object is known to be the culprit; empty while it is only a suspect.
    """

    refused: api.Resource
    instead: api.Resource | None
    message: str = ""


# The types whose acknowledgement a status speaks of: listeners and what they need. What a proxy
# says of thousands of clusters, endpoints and scopes changes no status, so it is not even kept.
_SPOKEN_OF = frozenset((delta.LDS, delta.RDS, delta.SDS))

# Gateways and ListenerSets are held where ports are made (see `core`): their routes must not lose
# their parent. A Secret
# likewise where its resource is made: the listener goes on naming it, so that mending it changes no
# listener, and drains none. Authorities and policies where they are read (`World.refused`), since
# without a policy its backends would be sent to in plain text.
_NEVER_HELD = frozenset(
    ("Gateway", "ListenerSet", "Secret", "ConfigMap", "ClusterTrustBundle", "BackendTLSPolicy")
)


class Inputs:
    """One source per kind as written, each followed by the source of admitted objects."""

    def __init__(self, g: graph.Graph) -> None:
        self.holds: graph.Source[model.ObjectKey, Hold] = g.source(
            "holds", lambda key: self._admit(key.kind, (key.namespace, key.name))
        )
        self.placements: graph.Source[model.ObjectKey, model.Placement] = g.source("placements")
        self.scoped: graph.Source[model.TableKey, bool] = g.source("scoped tables")
        self.acknowledged: graph.Source[delta.Key, str] = g.source("acknowledged")
        self.unserved: graph.Source[str, bool] = g.source("kinds that are not served")
        self.sources: dict[str, graph.Source[Name, Any]] = {}
        self.admitted: dict[str, graph.Source[Name, Any]] = {}
        for kind in api.KINDS:
            self.sources[kind] = g.source(f"objects {kind}", partial(self._admit, kind))
            self.admitted[kind] = g.source(kind)
        self.good_parameters = GoodParameters(g, self.admitted)

    def _admit(self, kind: str, name: Name) -> None:
        """An object was written, or held, or let go."""
        written, admitted = self.sources[kind].get(name), self.admitted[kind]
        hold = None
        if len(self.holds) and kind not in _NEVER_HELD:
            hold = self.holds.get(model.ObjectKey(kind, *name))
        passes = written if hold is None or hold.refused != written else hold.instead
        if passes is None:
            admitted.remove(name)
        else:
            admitted.set(name, passes)
        self.good_parameters.look(kind, name)

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

    def serve(self, kinds: frozenset[str]) -> None:
        """The kinds that there can be objects of; without a word, all."""
        for kind in api.KINDS:
            if kind in kinds:
                self.unserved.remove(kind)
            else:
                self.unserved.set(kind, True)

    def acknowledge(self, news: Mapping[delta.Key, str | None]) -> None:
        """What the proxies hold by now, of what a status may depend on; None: not any more."""
        for key, version in news.items():
            if version is None:
                self.acknowledged.remove(key)
            else:
                self.acknowledged.set(key, version)


def spoken_of(ack: delta.Ack) -> delta.Ack:
    """The part of it that a status may depend on."""
    versions = {
        name: version for name, version in ack.versions.items() if is_spoken_of(ack.type_url, name)
    }
    removed = tuple(name for name in ack.removed if is_spoken_of(ack.type_url, name))
    return delta.Ack(ack.type_url, versions, removed)


def is_spoken_of(type_url: str, name: str) -> bool:
    """Whether a status may depend on the proxy having acknowledged a resource.

    Clusters are not among them: a port is sent only after its clusters are warm (`core.delta`).
    """
    # Of all scopes a listener needs the one of the rest of its table (see `emit.scope_key`).
    return type_url in _SPOKEN_OF or (type_url == delta.SRDS and name.startswith(render.names.REST))
