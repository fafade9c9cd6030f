"""Objects in, Envoy resources and statuses out: the wiring of the whole graph.

Read it top to bottom; every collection is made of the ones above it.

    objects ─► admitted ─► gateways ─► ports ─┬─► listener resources
                  │           │    └─► secrets │ (and those that clusters refer to)
                  ├───────────┴─► layer 4 (see `layer4`): chains, cluster and endpoint resources
                  ├─► attachments ─┐
                  └─► rules ───────┴─► pieces ─► hosts ─► route and scope resources
                        ├─► clusters ─► cluster and endpoint resources
                        └─► pools of sessions (see `sessions`): cluster and endpoint resources
    gateways, attachments, rules + what Envoy acknowledged ─► statuses (see `statuses`)

Knows which part feeds which; knows no rule of the spec and no field of Envoy.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from portway.core import api, delta, graph, infra, model, render, translate
from portway.core.controller_name import CONTROLLER
from portway.core.schema import Schema
from portway.core.wiring import emit, turn
from portway.core.wiring.infrastructure import Infrastructure
from portway.core.wiring.inputs import ROUTE_KINDS, RULED, Hold, Inputs, Name
from portway.core.wiring.layer4 import Layer4
from portway.core.wiring.secrets import Secrets
from portway.core.wiring.sessions import Sessions
from portway.core.wiring.statuses import Status, Statuses, decoded
from portway.core.wiring.turn import Turn
from portway.core.wiring.view import CoreView
from portway.core.wiring.world import ContextWorld, Lookups

Members = tuple[tuple[tuple[model.HostKey, model.ObjectKey], emit.Piece], ...]


class Core:
    """The graph and its inputs. Single-threaded; nothing happens before `settle`."""

    def __init__(
        self,
        schema: Schema,
        defaults: render.Defaults | None = None,
        controller: str = CONTROLLER,
        strict: bool = False,
        system_authorities: str = "",
        proxies: infra.Defaults | None = None,
    ) -> None:
        """`strict` re-raises failures of transformations (for tests). `system_authorities` is the
        path of the machine's own CA certificates, where the proxy runs; empty without any.
        `proxies`: what those of each Gateway are like in a cluster, where they are to be made."""
        g = self.graph = graph.Graph(strict=strict)
        self._emitter = emit.Emitter(schema, defaults or render.Defaults())
        self.inputs = Inputs(g)
        self.lookups = Lookups(g, self.inputs, controller, system_authorities)
        self.controller = controller
        self._own_proxies = proxies is not None
        self._gateways(g)
        self._routes(g)
        self.layer4 = Layer4(g, self, self._emitter)
        self.listener_resources: graph.Collection[model.PortKey, delta.Resource] = g.map(
            "listener resources", self.ports, self._listener_resource
        )
        self._hosts(g)
        self._backends(g)
        self.sessions = Sessions(g, self, self._emitter)
        self.infrastructure = None if proxies is None else Infrastructure(g, self, proxies)
        self.status_collections = Statuses(g, self).collections

    # -- the graph, in order ---------------------------------------------------------------

    def world(self, ctx: graph.Context) -> ContextWorld:
        """What a translation may look up during one run of one transformation."""
        return ContextWorld(ctx, self.lookups)

    def _gateways(self, g: graph.Graph) -> None:
        admitted = self.inputs.admitted
        self.classes: graph.Collection[Name, model.GatewayClass] = g.map(
            "gateway classes",
            admitted["GatewayClass"],
            lambda ctx, _, obj: translate.gateway_class(obj, self.world(ctx)),
        )
        self.gateways: graph.Collection[Name, model.Gateway] = g.map(
            "gateways",
            admitted["Gateway"],
            lambda ctx, _, obj: translate.gateway(obj, self.world(ctx)),
        )
        self.lookups.gateways = self.gateways
        self.ports: graph.Collection[model.PortKey, model.Port] = g.derive(
            "ports", self.gateways, self._ports_of
        )
        self.secrets = Secrets(self, self._emitter)
        self.secret_resources = self.secrets.of_listeners(g, self.ports)

    def _ports_of(
        self, ctx: graph.Context, name: Name, gateway: model.Gateway
    ) -> Mapping[model.PortKey, model.Port]:
        # A refused Gateway keeps its place in the graph, so that routes and statuses still know
        # it; only its ports stay as they were when they last worked.
        hold = ctx.get(self.inputs.holds, gateway.key)
        bound: model.Gateway | None = gateway
        if hold and hold.refused == ctx.get(self.inputs.admitted["Gateway"], name):
            bound = self._working(ctx, hold.instead)
        elif any(self.world(ctx).refused(each.key) for each in gateway.sets):
            bound = self._working(ctx, ctx.get(self.inputs.admitted["Gateway"], name))
        if bound is None:
            return {}
        placement = ctx.get(self.inputs.placements, gateway.key)
        log = self._log(ctx, name)
        return {port.key: port for port in translate.ports(bound, placement, log)}

    def _log(self, ctx: graph.Context, name: Name) -> model.AccessLog | None:
        """Of what a Gateway's own proxies write down; one that all share is the operator's."""
        spec = ctx.get(self.inputs.admitted["Gateway"], name) if self._own_proxies else None
        if not isinstance(spec, api.Gateway):
            return None
        return translate.access_log(spec, self.world(ctx))

    def _working(self, ctx: graph.Context, obj: api.Resource | None) -> model.Gateway | None:
        """A Gateway with nothing in it that the proxy refuses."""
        if not isinstance(obj, api.Gateway):
            return None
        return translate.gateway(obj, self.world(ctx), working=True)

    def _listener_resource(
        self, ctx: graph.Context, key: model.PortKey, port: model.Port
    ) -> delta.Resource:
        scoped = (table for table in emit.tables(port) if ctx.get(self.inputs.scoped, table))
        return self._emitter.listener(port, frozenset(scoped), self.layer4.chains_of(ctx, key))

    def _routes(self, g: graph.Graph) -> None:
        self.attachments: dict[str, graph.Collection[Name, model.Attachment]] = {
            kind: g.map(
                f"attachments {kind}",
                self.inputs.admitted[kind],
                lambda ctx, _, obj: translate.attach(obj, self.world(ctx)),
            )
            for kind in ROUTE_KINDS
        }
        self.rules: dict[str, graph.Collection[Name, model.RouteRules]] = {
            kind: g.map(
                f"rules {kind}",
                self.inputs.admitted[kind],
                lambda ctx, _, obj: translate.route_rules(obj, self.world(ctx)),
            )
            for kind in RULED
        }
        self.attached: dict[str, graph.Collection[model.ListenerKey, int]] = {
            kind: g.reduce(
                f"attached {kind}",
                self.attachments[kind],
                lambda _, attachment: tuple((key, 1) for key in sorted(_listeners(attachment))),
                0,
                lambda total, one: total + one,
                lambda total, one: total - one,
            )
            for kind in ROUTE_KINDS
        }

    def _hosts(self, g: graph.Graph) -> None:
        pieces = g.union(
            "pieces of hosts",
            [
                g.derive(f"pieces of {kind}", each, self._pieces_of)
                for kind, each in self.rules.items()
            ],
        )
        by_host = g.group("pieces by host", pieces, lambda key, _: (key[0],))
        self.base_hosts: graph.Collection[model.HostKey, Name] = g.derive(
            "base hosts",
            self.gateways,
            lambda _ctx, name, gateway: dict.fromkeys(translate.base_hosts(gateway), name),
        )
        self.hosts: graph.Collection[model.HostKey, emit.HostBytes] = g.map(
            "hosts of listeners",
            self.base_hosts,
            lambda ctx, host, _: self._host(ctx, host, ctx.get(by_host, host) or ()),
        )
        self.route_hosts: graph.Collection[model.HostKey, emit.HostBytes] = g.map(
            "hosts of routes",
            by_host,
            lambda ctx, host, members: (
                None if ctx.get(self.base_hosts, host) else self._host(ctx, host, members)
            ),
        )
        self.gaps = [
            g.group(f"gaps in {each.name}", each, lambda _, host: dict(host.left_out))
            for each in (self.hosts, self.route_hosts)
        ]
        self._tables(g)

    def _tables(self, g: graph.Graph) -> None:
        """Hosts put together: into one RouteConfiguration a table or, where the table is scoped,
        a scope for each exact host and one for the rest."""
        self.tables: graph.Collection[model.TableKey, model.PortKey] = g.derive(
            "tables",
            self.ports,
            lambda _ctx, key, port: dict.fromkeys(emit.tables(port), key),
        )
        every = (self.hosts, self.route_hosts)
        counts = [
            g.reduce(
                f"exact {each.name}",
                each,
                lambda key, _: ((key.table, 1),) if translate.exact(key.domain) else (),
                0,
                lambda total, one: total + one,
                lambda total, one: total - one,
            )
            for each in every
        ]
        self.large_tables: graph.Collection[model.TableKey, bool] = g.map(
            "large tables",
            self.tables,
            lambda ctx, table, _: (
                sum(ctx.get(each, table) or 0 for each in counts)
                >= self._emitter.defaults.scopes_from
                or None
            ),
        )
        self._by_table = [
            g.group(f"{each.name} by table", each, lambda k, host: () if host.scope else (k.table,))
            for each in every
        ]
        self.route_resources: graph.Collection[model.TableKey, delta.Resource] = g.map(
            "route resources", self.tables, self._route_resource
        )
        self.scope_resources: list[graph.Collection[model.HostKey, delta.Resource]] = [
            g.map(f"scopes of {each.name}", each, lambda _ctx, _key, host: host.scope)
            for each in every
        ]

    def _route_resource(
        self, ctx: graph.Context, table: model.TableKey, _: model.PortKey
    ) -> delta.Resource:
        hosts = tuple(
            host for members in self._by_table for _, host in ctx.get(members, table) or ()
        )
        if ctx.get(self.inputs.scoped, table):
            return self._emitter.rest(table, hosts)
        return self._emitter.routes(table, hosts)

    def _pieces_of(
        self, ctx: graph.Context, name: Name, rules: model.RouteRules
    ) -> Mapping[tuple[model.HostKey, model.ObjectKey], emit.Piece]:
        attachment = ctx.get(self.attachments[rules.key.kind], name)
        if attachment is None:
            return {}
        found = translate.contributions(rules, attachment, self.world(ctx))
        return {(host, rules.key): self._emitter.piece(host, each) for host, each in found.items()}

    def _host(
        self, ctx: graph.Context, host: model.HostKey, members: Members
    ) -> emit.HostBytes | None:
        gateway = ctx.get(self.gateways, (host.table.gateway.namespace, host.table.gateway.name))
        if gateway is None:
            return None
        split = ctx.get(self.inputs.scoped, host.table) is not None
        pieces = [piece for _, piece in members]
        return self._emitter.host(host, gateway, pieces, split and translate.exact(host.domain))

    def _backends(self, g: graph.Graph) -> None:
        used = g.union(
            "used backends",
            [
                g.distinct(
                    f"backends used by rules of {kind}",
                    g.map(f"backends of {kind}", each, self._backends_of),
                    lambda _, keys: keys,
                )
                for kind, each in self.rules.items()
            ]
            + [
                g.distinct(
                    "backends used by listeners",
                    self.gateways,
                    lambda _, gateway: translate.backends_of_listeners(gateway),
                )
            ],
        )
        self.clusters: graph.Collection[model.ClusterKey, model.Cluster] = g.map(
            "clusters", used, lambda ctx, key, _: translate.cluster(key, self.world(ctx))
        )
        self.cluster_resources: graph.Collection[model.ClusterKey, delta.Resource] = g.map(
            "cluster resources", self.clusters, lambda _ctx, _key, c: self._emitter.cluster(c)
        )
        self.endpoints: graph.Collection[model.ClusterKey, model.Endpoints] = g.map(
            "endpoints",
            self.clusters,
            lambda ctx, key, cluster: (
                translate.endpoints(key, self.world(ctx))
                if cluster.discovery is model.Discovery.LISTED
                else None
            ),
        )
        self.endpoint_resources: graph.Collection[model.ClusterKey, delta.Resource] = g.map(
            "endpoint resources", self.endpoints, lambda _ctx, _key, e: self._emitter.endpoints(e)
        )
        self.secrets.of_backends(g, [self.clusters, *self.layer4.pools])
        self.tls_findings: graph.Collection[Name, tuple[model.Finding, ...]] = g.map(
            "findings of backend TLS policies",
            self.lookups.tls_policies,
            lambda ctx, _, policy: translate.tls_policy_findings(policy, self.world(ctx)),
        )

    def _backends_of(
        self, ctx: graph.Context, name: Name, rules: model.RouteRules
    ) -> tuple[model.ClusterKey, ...]:
        # Most routes have none that is reached over TLS, and need not be asked who their parents
        # are.
        if not any(each.tls_policy for each in rules.clusters):
            return rules.clusters
        attachment = ctx.get(self.attachments[rules.key.kind], name)
        return translate.backends(rules, attachment, self.world(ctx))

    # -- use -------------------------------------------------------------------------------

    def apply(self, events: Iterable[api.Event]) -> int:
        """Put events into their sources; returns how many were of a kind that is ours."""
        return sum(self.inputs.apply(event) for event in events)

    def settle(self) -> Turn:
        """Recompute what changed and say what that means for Envoy and for statuses."""
        return turn.of(self, self.graph.settle())

    def settle_configuration(self) -> Turn:
        """The same without statuses: those wait for `settle` or `settle_statuses`."""
        return turn.of(self, self.graph.settle_early())

    def settle_statuses(self, most: int | None = None) -> Turn:
        """The statuses that wait, or about so many of them; none before the configuration."""
        return turn.of(self, self.graph.settle_late(most))

    def in_use(self, named: api.Named) -> bool:
        """Whether anything here depends on a Secret or ConfigMap, whoever names it by now."""
        return self.inputs.admitted[named.kind].is_read((named.namespace, named.name))

    def reshape(self, quiet: bool) -> bool:
        """Split tables that have become large into scopes; True when any was, and settling again
        changes resources.

        A listener changes with its table's shape and drains once for it. So a table stays scoped
        for as long as it exists, whatever becomes of its size; and one that is serving changes
        over only when the proxy is `quiet`, with every cluster that its scopes name warm.
        """
        scoped = self.inputs.scoped
        for table, _ in scoped.items():
            if self.tables.get(table) is None:
                scoped.remove(table)
        serving = self.inputs.acknowledged
        changing = [
            table
            for table, _ in self.large_tables.items()
            if not scoped.get(table)
            and (
                quiet or serving.get((emit.PREFIX + emit.ROUTES, render.names.table(table))) is None
            )
        ]
        for table in changing:
            scoped.set(table, True)
        return bool(changing)

    @property
    def view(self) -> CoreView:
        """Read access to the settled state."""
        return CoreView(self)

    def resource_collections(self) -> tuple[graph.Collection[Any, delta.Resource], ...]:
        return (
            self.cluster_resources,
            self.endpoint_resources,
            *self.layer4.resource_collections(),
            *self.sessions.resource_collections(),
            self.listener_resources,
            self.route_resources,
            *self.scope_resources,
            *self.secrets.resource_collections(),
        )

    def hosts_of(self, table: model.TableKey) -> list[emit.HostBytes]:
        """The virtual hosts of a table. Looks at every host there is: for people and tests."""
        return [
            host
            for each in (self.hosts, self.route_hosts)
            for key, host in each.items()
            if key.table == table
        ]

    def host(self, key: model.HostKey) -> emit.HostBytes | None:
        """One virtual host."""
        return self.hosts.get(key) or self.route_hosts.get(key)

    def resources(self) -> list[delta.Resource]:
        """Every resource as it is now, sorted by type and name."""
        found = [r for col in self.resource_collections() for _, r in col.items()]
        return sorted(found, key=lambda r: (r.type_url, r.name))

    def statuses(self) -> dict[model.ObjectKey, Status]:
        """Every status as it is now, sorted by object."""
        found = {
            model.ObjectKey(kind, *name): decoded(document)
            for kind, collected in self.status_collections.items()
            for name, document in collected.items()
        }
        return dict(sorted(found.items()))


def _listeners(attachment: model.Attachment) -> set[model.ListenerKey]:
    return {key for parent in attachment.parents if not parent.finding for key, _ in parent.hosts}


__all__ = ["CONTROLLER", "Core", "Hold", "Status", "Turn"]
