"""A settled state made by hand, and objects from YAML: analyze without any translation."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pytest
import yaml

from portway.core import api, model
from portway.core.analyze import Issue, analyze

GATEWAY = model.ObjectKey("Gateway", "runai", "edge")


@dataclass
class Board:
    """Satisfies `View`."""

    listeners: list[model.Listener] = field(default_factory=list)
    findings: list[model.Finding] = field(default_factory=list)
    served: bool = True
    port_list: list[model.Port] = field(default_factory=list)
    found: dict[model.ObjectKey, model.RouteRules] = field(default_factory=dict)
    attached: dict[model.ObjectKey, model.Attachment] = field(default_factory=dict)
    ready: dict[model.ClusterKey, model.Endpoints] = field(default_factory=dict)
    policies: dict[model.TLSPolicy, tuple[model.Finding, ...]] = field(default_factory=dict)
    external_backends: list[model.External] = field(default_factory=list)
    routes4: dict[model.ObjectKey, model.L4Route] = field(default_factory=dict)
    places4: dict[model.L4Key, model.L4Place] = field(default_factory=dict)
    pools4: dict[model.L4Key, model.L4Pool] = field(default_factory=dict)

    def listener(
        self,
        name: str,
        hostname: str = "",
        port: int = 443,
        protocol: str = "HTTPS",
        namespaces: str = "Same",
        certificates: tuple[model.ObjectKey, ...] = (),
        validation: model.ClientValidation | None = None,
    ) -> model.ListenerKey:
        key = model.ListenerKey(GATEWAY, GATEWAY, name)
        allowed = model.AllowedRoutes((), namespaces)
        self.listeners.append(
            model.Listener(
                key,
                port,
                protocol,
                hostname,
                allowed,
                certificates=certificates,
                validation=validation,
            )
        )
        return key

    def bind(self, port: int, bound: int, *addresses: str) -> None:
        here = tuple(each for each in self.listeners if each.port == port)
        key = model.PortKey(GATEWAY, port)
        self.port_list.append(model.Port(key, here[0].protocol, addresses, bound, here))

    def route(
        self,
        key: model.ObjectKey,
        hosts: Mapping[model.ListenerKey, tuple[str, ...]],
        *matches: model.Match,
        created: str = "2026-01-01T00:00:00Z",
        reason: str = "",
        clusters: tuple[model.ClusterKey, ...] = (),
        findings: tuple[model.Finding, ...] = (),
    ) -> None:
        rules = tuple(
            model.Rule(index, (match,), model.Forward()) for index, match in enumerate(matches)
        )
        self.found[key] = model.RouteRules(key, created, rules, clusters, findings)
        finding = model.Finding(key, "0", "Accepted", reason, f"refused: {reason}")
        parent = model.ParentAttachment(
            0, GATEWAY, tuple(hosts.items()), finding if reason else None
        )
        self.attached[key] = model.Attachment(key, (parent,))

    # -- View ------------------------------------------------------------------------------

    def gateways(self) -> Iterable[model.Gateway]:
        if not self.served:
            return ()
        listeners = tuple(self.listeners)
        return (model.Gateway(GATEWAY, 1, "portway", listeners, tuple(self.findings)),)

    def ports(self, gateway: model.ObjectKey) -> Iterable[model.Port]:
        return tuple(each for each in self.port_list if each.key.gateway == gateway)

    def virtual_hosts(self, table: model.TableKey) -> Mapping[str, model.VirtualHost]:
        raise AssertionError(f"analyze has no need for {table}")

    def routes(self) -> Iterable[model.ObjectKey]:
        return self.found

    def attachment(self, route: model.ObjectKey) -> model.Attachment | None:
        return self.attached.get(route)

    def rules(self, route: model.ObjectKey) -> model.RouteRules | None:
        return self.found.get(route)

    def cluster(self, key: model.ClusterKey) -> model.Cluster | None:
        return None

    def tls_policies(self) -> Iterable[model.TLSPolicy]:
        return self.policies

    def externals(self) -> tuple[model.External, ...]:
        return tuple(self.external_backends)

    def tls_findings(self, policy: model.ObjectKey) -> Iterable[model.Finding]:
        return next(found for each, found in self.policies.items() if each.key == policy)

    def layer4(self, route: model.ObjectKey) -> model.L4Route | None:
        return self.routes4.get(route)

    def places(self) -> Iterable[model.L4Place]:
        return self.places4.values()

    def place(self, key: model.L4Key) -> model.L4Place | None:
        return self.places4.get(key)

    def pool(self, key: model.L4Key) -> model.L4Pool | None:
        return self.pools4.get(key)

    def endpoints(self, cluster: model.ClusterKey) -> model.Endpoints | None:
        return self.ready.get(cluster)


Check = Callable[..., dict[str, list[Issue]]]


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def check(board: Board) -> Check:
    """Analyzes the board with the objects of a YAML text; issues by code."""

    def run(text: str = "") -> dict[str, list[Issue]]:
        objects = [api.decode(each) for each in yaml.safe_load_all(text) if each]
        found: dict[str, list[Issue]] = {}
        for issue in analyze(board, objects):
            found.setdefault(issue.code, []).append(issue)
        return found

    return run
