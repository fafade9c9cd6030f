"""What is said about each object: the part of the graph whose output are statuses.

Made of the collections of `core` and of what Envoy acknowledged or refused. Knows which of them a
status depends on; what a status says is up to `portway.core.status`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from portway.core import api, delta, graph, model, status, translate
from portway.core.wiring import emit, layer4
from portway.core.wiring.inputs import ROUTE_KINDS, Name, is_spoken_of

if TYPE_CHECKING:
    from portway.core.wiring.core import Core

Status = dict[str, Any]

Use: TypeAlias = tuple[model.ObjectKey, model.ObjectKey]
"""A backend, and a Gateway that sends to it."""
Users: TypeAlias = "graph.Index[model.ObjectKey, Use, bool]"

ANY = ""  # the one group of everything


def encoded(document: Status) -> bytes:
    """The form in which a status is kept: one piece of memory, compared at once."""
    return msgspec.json.encode(document)


def decoded(status: bytes) -> Status:
    """The document again."""
    document: Status = msgspec.json.decode(status)
    return document


class Statuses:
    """The status collections, by kind. Built last: they read everything else, nothing reads them,
    and configuration never waits for them."""

    def __init__(self, g: graph.Graph, core: Core) -> None:
        self._core = core
        g.late_from_here()
        self._proxy(g)
        self._objects(g)

    def _proxy(self, g: graph.Graph) -> None:
        """What Envoy has acknowledged of each port.

        Each listener must be acknowledged as its owner has it now; its table and certificates at
        all (a later change of a route says nothing about the port being programmed).
        """
        self.port_states: graph.Collection[model.PortKey, status.ProxyState] = g.map(
            "port states", self._core.listener_resources, self._port_state
        )

    def _port_state(
        self, ctx: graph.Context, key: model.PortKey, resource: delta.Resource
    ) -> status.ProxyState:
        acknowledged = self._core.inputs.acknowledged
        seen = ctx.get(acknowledged, (resource.type_url, resource.name))
        port = ctx.get(self._core.ports, key)
        if seen is None or port is None:
            return status.ProxyState(False)
        # A refused certificate that never worked concerns its listeners alone, not the port.
        withheld = {
            emit.secret_key(certificate)
            for each in port.listeners
            for certificate in each.certificates
            if ctx.get(self._core.secret_resources, certificate) is None
        }
        named = set(resource.needs)
        changed = emit.not_taken(port, resource.version, seen)
        waiting = {
            each.key
            for each in port.listeners
            if each.key in changed
            or any(
                ctx.get(acknowledged, need) is None
                for need in named.intersection(emit.needs_of(each))
                if is_spoken_of(*need) and need not in withheld
            )
        }
        return status.ProxyState(True, waiting=frozenset(waiting))

    def _objects(self, g: graph.Graph) -> None:
        sources = self._core.inputs.sources
        self.collections: dict[str, graph.Collection[Name, bytes]] = {
            "GatewayClass": g.map("status GatewayClass", self._core.classes, self._class_status),
            "Gateway": g.map("status Gateway", self._core.gateways, self._gateway_status),
        }
        self._asking: list[graph.Collection[str, bool]] = [
            g.distinct(f"is there any {kind}", sources[kind], lambda _, __: (ANY,))
            for kind in ("BackendTLSPolicy", "XBackend", "XBackendTrafficPolicy")
        ]
        self._users = [self._users_of(g, kind) for kind in ROUTE_KINDS]
        for kind in ROUTE_KINDS:
            self.collections[kind] = g.map(
                f"status {kind}", sources[kind], self._route_status(kind)
            )
        self.collections["ListenerSet"] = g.map(
            "status ListenerSet", sources["ListenerSet"], self._listener_set_status
        )
        uses: graph.Collection[Name, tuple[translate.PoolUse, ...]] = g.map(
            "pools used by HTTPRoute", self._core.inputs.admitted["HTTPRoute"], self._pool_uses
        )
        used = g.distinct("uses of pools", uses, lambda _, found: found)
        self._pool_users: graph.Index[model.ObjectKey, translate.PoolUse, bool] = g.index(
            "users of pools", used, lambda use, _: (use.pool,)
        )
        self.collections["InferencePool"] = g.map(
            "status InferencePool", sources["InferencePool"], self._pool_status
        )
        self.collections["XBackendTrafficPolicy"] = g.map(
            "status XBackendTrafficPolicy",
            self._core.lookups.traffic_policies,
            self._traffic_status,
        )
        self.collections["XBackend"] = g.map(
            "status XBackend", self._core.lookups.externals, self._external_status
        )
        self.collections["BackendTLSPolicy"] = g.map(
            "status BackendTLSPolicy", self._core.lookups.tls_policies, self._policy_status
        )

    def _class_status(
        self, ctx: graph.Context, _name: Name, cls: model.GatewayClass
    ) -> bytes | None:
        served = self._core.world(ctx).serves
        return encoded(status.gateway_class(cls, [k for k in status.KINDS_NEEDED if not served(k)]))

    def _gateway_status(
        self, ctx: graph.Context, name: Name, gateway: model.Gateway
    ) -> bytes | None:
        situation = self._situation(ctx, gateway, gateway.listeners, gateway.key)
        attached = self._attached(ctx, gateway.listeners)
        seen, placement, states, rejected = situation
        return encoded(status.gateway(seen, placement, attached, states, rejected))

    def _attached(
        self, ctx: graph.Context, listeners: Iterable[model.Listener]
    ) -> dict[model.ListenerKey, int]:
        """How many routes each listener has."""
        return {
            each.key: sum(ctx.get(self._core.attached[kind], each.key) or 0 for kind in ROUTE_KINDS)
            for each in listeners
        }

    def _situation(
        self,
        ctx: graph.Context,
        gateway: model.Gateway,
        listeners: Iterable[model.Listener],
        owner: model.ObjectKey,
    ) -> status.Situation:
        """What the proxy has said of an owner and its listeners."""
        own = tuple(listeners)
        states = {
            port: state
            for port in sorted({each.port_key for each in own})
            if (state := ctx.get(self.port_states, port))
        }
        placement = ctx.get(self._core.inputs.placements, gateway.key)
        certificates = {key for each in own for key in each.certificates}
        refused = {
            key: status.RefusedCertificate(
                words, ctx.get(self._core.secret_resources, key) is not None
            )
            for key in sorted(certificates)
            if (words := self._rejected(ctx, key))
        }
        seen = status.with_refused(gateway, refused)
        return status.Situation(seen, placement, states, self._rejected(ctx, owner))

    def _listener_set_status(
        self, ctx: graph.Context, name: Name, obj: api.ListenerSet
    ) -> bytes | None:
        place = translate.parent_of(obj)
        gateway = ctx.get(self._core.gateways, place) if place is not None else None
        key = model.ObjectKey("ListenerSet", *name)
        found = gateway.listener_set(key) if gateway is not None else None
        if gateway is None or found is None:
            return None
        situation = self._situation(ctx, gateway, found.listeners, key)
        seen = situation.gateway.listener_set(key) or found
        attached = self._attached(ctx, found.listeners)
        return encoded(status.listener_set(seen, situation, attached))

    def _users_of(self, g: graph.Graph, kind: str) -> Users:
        """Which Gateways send to which backends by routes of a kind."""
        uses: graph.Collection[Name, tuple[Use, ...]] = g.map(
            f"backends used by {kind}", self._core.inputs.admitted[kind], self._uses(kind)
        )
        used = g.distinct(f"uses of {kind}", uses, lambda _, pairs: pairs)
        return g.index(f"users by {kind}", used, lambda key, _: (key[0],))

    def _policy_status(
        self, ctx: graph.Context, name: Name, policy: model.TLSPolicy
    ) -> bytes | None:
        gateways = self._senders(ctx, {each.backend for each in policy.targets})
        if not gateways:
            return None
        findings = ctx.get(self._core.tls_findings, name) or ()
        controller = self._core.controller
        return encoded(status.backend_tls_policy(policy, findings, gateways, controller))

    def _senders(
        self, ctx: graph.Context, backends: Iterable[model.ObjectKey]
    ) -> set[model.ObjectKey]:
        """The Gateways that send to any of these backends."""
        return {
            gateway
            for backend in sorted(backends)
            for users in self._users
            for (_, gateway), _ in ctx.by(users, backend)
        }

    def _traffic_status(
        self, ctx: graph.Context, _name: Name, policy: model.TrafficPolicy
    ) -> bytes | None:
        gateways = self._senders(ctx, policy.targets)
        if not gateways:
            return None
        findings = translate.traffic_findings(policy, self._core.world(ctx))
        rejected = self._rejected(ctx, policy.key)
        controller = self._core.controller
        return encoded(status.traffic_policy(policy, findings, gateways, controller, rejected))

    def _external_status(
        self, ctx: graph.Context, _name: Name, backend: model.External
    ) -> bytes | None:
        gateways = self._senders(ctx, [backend.key])
        if not gateways:
            return None
        rejected = self._rejected(ctx, backend.key)
        return encoded(status.x_backend(backend, gateways, self._core.controller, rejected))

    def _pool_uses(
        self, ctx: graph.Context, name: Name, obj: api.HTTPRoute
    ) -> tuple[translate.PoolUse, ...] | None:
        pools = translate.pools_named(obj, self._core.world(ctx))
        if not pools:
            return None
        return translate.pool_uses(pools, ctx.get(self._core.attachments["HTTPRoute"], name))

    def _pool_status(self, ctx: graph.Context, name: Name, obj: api.InferencePool) -> bytes | None:
        key = model.ObjectKey("InferencePool", *name)
        gateways: dict[model.ObjectKey, bool] = {}
        for use, _ in ctx.by(self._pool_users, key):
            gateways[use.gateway] = use.accepted or gateways.get(use.gateway, False)
        if not gateways:
            return None
        findings = translate.pool_findings(obj, self._core.world(ctx))
        rejected = self._rejected(ctx, key)
        controller = self._core.controller
        return encoded(status.inference_pool(obj, findings, gateways, controller, rejected))

    def _uses(self, kind: str) -> Any:
        def of(ctx: graph.Context, name: Name, obj: Any) -> tuple[Use, ...] | None:
            """Not asked without anything whose status it matters to."""
            if all(ctx.get(each, ANY) is None for each in self._asking):
                return None
            attachment = ctx.get(self._core.attachments[kind], name)
            parents = attachment.parents if attachment else ()
            gateways = sorted({each.gateway for each in parents if each.finding is None})
            if not gateways:
                return None
            return tuple((key, gateway) for key in translate.uses(obj) for gateway in gateways)

        return of

    def _rejected(self, ctx: graph.Context, key: model.ObjectKey) -> str:
        """Why the proxy refused the object as it is now, in the proxy's words; or empty."""
        hold = ctx.get(self._core.inputs.holds, key)
        name = (key.namespace, key.name)
        if (
            hold
            and hold.message
            and hold.refused == ctx.get(self._core.inputs.sources[key.kind], name)
        ):
            return hold.message
        return ""

    def _left_out(self, ctx: graph.Context, key: model.ObjectKey) -> emit.LeftOut | None:
        """Why a route is missing from one of its hosts; None when it is in all of them."""
        members = (host for each in self._core.gaps for _, host in ctx.get(each, key) or ())
        return next((why for host in members for k, why in host.left_out if k == key), None)

    def _route_status(self, kind: str) -> Any:
        def of(ctx: graph.Context, name: Name, obj: Any) -> bytes | None:
            key = model.ObjectKey(kind, *name)
            attachment, findings = self._as_written(ctx, key, obj)
            if attachment is None:
                return None
            rejected, left_out = self._rejected(ctx, key), self._left_out(ctx, key)
            if left_out is not None and not left_out.fault:
                rejected = rejected or left_out.message
            document = status.route(
                attachment,
                findings,
                obj.spec.parent_refs,
                obj.metadata.generation,
                self._core.controller,
                rejected,
                left_out.message if left_out else "",
            )
            return encoded(document)

        return of

    def _as_written(
        self, ctx: graph.Context, key: model.ObjectKey, obj: Any
    ) -> tuple[model.Attachment | None, tuple[model.Finding, ...]]:
        """A status speaks of the object as written, even while an older version serves."""
        name = (key.namespace, key.name)
        world = self._core.world(ctx)
        if key.kind in layer4.KINDS:
            return self._layer4_as_written(ctx, key, obj)
        if ctx.get(self._core.inputs.admitted[key.kind], name) == obj:
            rules = ctx.get(self._core.rules[key.kind], name)
            return ctx.get(self._core.attachments[key.kind], name), rules.findings if rules else ()
        return translate.attach(obj, world), translate.route_rules(obj, world).findings

    def _layer4_as_written(
        self, ctx: graph.Context, key: model.ObjectKey, obj: Any
    ) -> tuple[model.Attachment | None, tuple[model.Finding, ...]]:
        name = (key.namespace, key.name)
        if ctx.get(self._core.inputs.admitted[key.kind], name) == obj:
            attachment = ctx.get(self._core.attachments[key.kind], name)
            route = ctx.get(self._core.layer4.rules[key.kind], name)
        else:
            world = self._core.world(ctx)
            attachment, route = translate.attach(obj, world), translate.l4_route(obj, world)
        if attachment is None or route is None:
            return attachment, ()
        return attachment, self._core.layer4.findings(ctx, attachment, route)
