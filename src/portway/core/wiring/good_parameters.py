"""What a ProxyConfig said last without a fault, for as long as somebody may need it.

Knows which kinds name ProxyConfigs. Must not know what is in one: whether it has a fault is for the
translation to say. What one said outlives it while a Gateway or a class still names it, since a
mistake must not take away what proxies were doing (see `translate.parameters`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from portway.core import api, graph, translate

Name = tuple[str, str]  # (namespace, name)

_NAMING = ("Gateway", "GatewayClass")


class GoodParameters:
    """Told of every object that is admitted, or no more."""

    def __init__(self, g: graph.Graph, admitted: Mapping[str, graph.Source[Name, Any]]) -> None:
        self.source: graph.Source[Name, api.ProxyConfigSpec] = g.source("good parameters")
        self._admitted = admitted
        self._orphans: set[Name] = set()

    def look(self, kind: str, name: Name) -> None:
        """An object changed, came or went."""
        if kind == api.ProxyConfig.kind:
            self._read(name)
        elif kind not in _NAMING:
            return
        if self._orphans:
            self._forget()

    def _read(self, name: Name) -> None:
        config = self._admitted[api.ProxyConfig.kind].get(name)
        if config is None:
            if self.source.get(name) is not None:
                self._orphans.add(name)
            return
        self._orphans.discard(name)
        if not translate.parameter_fault(config.spec):
            self.source.set(name, config.spec)

    def _forget(self) -> None:
        for name in self._orphans.difference(self._named()):
            self._orphans.discard(name)
            self.source.remove(name)

    def _named(self) -> Iterator[Name]:
        for _, gateway in self._admitted["Gateway"].items():
            infrastructure = gateway.spec.infrastructure
            if infrastructure is not None and infrastructure.parameters_ref is not None:
                yield gateway.namespace, infrastructure.parameters_ref.name
        for _, each in self._admitted["GatewayClass"].items():
            if each.spec.parameters_ref is not None:
                yield each.spec.parameters_ref.namespace or "", each.spec.parameters_ref.name
