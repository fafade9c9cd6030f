"""What explain and analyze may look up, and nothing more.

Knows the questions; must not know who answers them. The wiring page satisfies this protocol from
its graph, tests satisfy it from hand-made values, so neither needs the other.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from portway.core import model


class View(Protocol):
    """Look-ups in one settled state. An unknown key gives nothing (None or empty), never raises."""

    def gateways(self) -> Iterable[model.Gateway]: ...

    def ports(self, gateway: model.ObjectKey) -> Iterable[model.Port]: ...

    def virtual_hosts(self, table: model.TableKey) -> Mapping[str, model.VirtualHost]:
        """By domain."""

    def routes(self) -> Iterable[model.ObjectKey]:
        """Every route that is known, attached or not."""

    def attachment(self, route: model.ObjectKey) -> model.Attachment | None: ...

    def rules(self, route: model.ObjectKey) -> model.RouteRules | None: ...

    def cluster(self, key: model.ClusterKey) -> model.Cluster | None: ...

    def tls_policies(self) -> Iterable[model.TLSPolicy]: ...

    def externals(self) -> Iterable[model.External]: ...

    def tls_findings(self, policy: model.ObjectKey) -> Iterable[model.Finding]:
        """What is wrong with a policy, with what it is about, and who beats it."""

    def layer4(self, route: model.ObjectKey) -> model.L4Route | None:
        """What a TLSRoute, TCPRoute or UDPRoute means."""

    def places(self) -> Iterable[model.L4Place]:
        """Every place where connections arrive that one route takes as a whole."""

    def place(self, key: model.L4Key) -> model.L4Place | None: ...

    def pool(self, key: model.L4Key) -> model.L4Pool | None: ...

    def endpoints(self, cluster: model.ClusterKey) -> model.Endpoints | None: ...
