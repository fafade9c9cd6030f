"""Read access to a settled core, for explain, analyze and dumps.

Knows which collection answers which question; never changes anything. Valid until the next
settle, like every reading of the graph from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from portway.core import model

if TYPE_CHECKING:
    from portway.core.wiring.core import Core


class CoreView:
    """Satisfies `explain.View`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def gateways(self) -> Iterable[model.Gateway]:
        return [gateway for _, gateway in self._core.gateways.items()]

    def ports(self, gateway: model.ObjectKey) -> Iterable[model.Port]:
        return [port for key, port in self._core.ports.items() if key.gateway == gateway]

    def virtual_hosts(self, table: model.TableKey) -> Mapping[str, model.VirtualHost]:
        return {host.host.domain: host.host for host in self._core.hosts_of(table)}

    def routes(self) -> Iterable[model.ObjectKey]:
        return [
            model.ObjectKey(kind, *name)
            for kind, attachments in self._core.attachments.items()
            for name, _ in attachments.items()
        ]

    def attachment(self, route: model.ObjectKey) -> model.Attachment | None:
        attachments = self._core.attachments.get(route.kind)
        return attachments.get((route.namespace, route.name)) if attachments else None

    def rules(self, route: model.ObjectKey) -> model.RouteRules | None:
        rules = self._core.rules.get(route.kind)
        return rules.get((route.namespace, route.name)) if rules else None

    def cluster(self, key: model.ClusterKey) -> model.Cluster | None:
        return self._core.clusters.get(key)

    def tls_policies(self) -> Iterable[model.TLSPolicy]:
        return [policy for _, policy in self._core.lookups.tls_policies.items()]

    def externals(self) -> Iterable[model.External]:
        return [backend for _, backend in self._core.lookups.externals.items()]

    def tls_findings(self, policy: model.ObjectKey) -> Iterable[model.Finding]:
        return self._core.tls_findings.get((policy.namespace, policy.name)) or ()

    def places(self) -> Iterable[model.L4Place]:
        return [place for each in self._core.layer4.places for _, place in each.items()]

    def place(self, key: model.L4Key) -> model.L4Place | None:
        return self._core.layer4.place(key)

    def layer4(self, route: model.ObjectKey) -> model.L4Route | None:
        rules = self._core.layer4.rules.get(route.kind)
        return rules.get((route.namespace, route.name)) if rules else None

    def pool(self, key: model.L4Key) -> model.L4Pool | None:
        return self._core.layer4.pool(key)

    def endpoints(self, cluster: model.ClusterKey) -> model.Endpoints | None:
        return self._core.endpoints.get(cluster)
