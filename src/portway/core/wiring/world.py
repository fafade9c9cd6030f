"""What a translation may look up: `translate.World` on top of a graph context.

Every look-up goes through the context and is therefore recorded: the translation runs again when,
and only when, something it asked for has changed. There is no other way to read, so there is no
dependency to forget.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from portway.core import api, graph, model, translate
from portway.core.wiring.inputs import Inputs, Name
from portway.core.wiring.pools import Pools

Policy: TypeAlias = model.TLSPolicy | model.TrafficPolicy

_SERVICE_LABEL = "kubernetes.io/service-name"


class Lookups:
    """The indexes behind a World; built once with the graph."""

    def __init__(
        self, g: graph.Graph, inputs: Inputs, controller: str, system_authorities: str = ""
    ) -> None:
        self.inputs = inputs
        self.controller = controller
        self.system_authorities = system_authorities
        self.services: graph.Collection[Name, translate.Referred] = g.map(
            "services as referred to",
            inputs.admitted["Service"],
            lambda _ctx, _name, obj: translate.referred(obj),
        )
        self.pools = Pools(g, inputs)
        self.slices: graph.Index[Name, Name, api.EndpointSlice] = g.index(
            "slices by service",
            inputs.admitted["EndpointSlice"],
            lambda _, s: _service_of(s),
        )
        self.grants: graph.Index[str, Name, api.ReferenceGrant] = g.index(
            "grants by namespace",
            inputs.admitted["ReferenceGrant"],
            lambda _, grant: (grant.namespace,),
        )
        self.externals: graph.Collection[Name, model.External] = g.map(
            "external backends",
            inputs.admitted["XBackend"],
            lambda ctx, _, obj: translate.external(obj, ContextWorld(ctx, self)),
        )
        self._policies(g, inputs)
        self.listener_sets: graph.Index[Name, Name, api.ListenerSet] = g.index(
            "listener sets by gateway",
            inputs.admitted["ListenerSet"],
            lambda _, obj: (place,) if (place := translate.parent_of(obj)) else (),
        )
        self.default_gateways: graph.Index[str, Name, api.Gateway] = g.index(
            "default gateways",
            inputs.admitted["Gateway"],
            lambda _, obj: ("All",) if obj.spec.default_scope == "All" else (),
        )
        # Set by the page as soon as the collection exists; Gateways themselves never ask for it.
        self.gateways: graph.Collection[Name, model.Gateway] | None = None

    def _policies(self, g: graph.Graph, inputs: Inputs) -> None:
        """What is said of backends, whoever sends there."""
        self.tls_policies: graph.Collection[Name, model.TLSPolicy] = g.map(
            "backend TLS policies",
            inputs.admitted["BackendTLSPolicy"],
            lambda ctx, _, obj: translate.tls_policy(obj, ContextWorld(ctx, self)),
        )
        self.traffic_policies: graph.Collection[Name, model.TrafficPolicy] = g.map(
            "backend traffic policies",
            inputs.admitted["XBackendTrafficPolicy"],
            lambda _ctx, _name, obj: translate.traffic_policy(obj),
        )
        # One index for both kinds: whoever asks about a backend asks for both, and keeps one read.
        self.policies_of: graph.Index[model.ObjectKey, model.ObjectKey, Policy] = g.index(
            "policies by target",
            g.union(
                "policies of backends",
                [
                    g.derive("keyed TLS policies", self.tls_policies, _keyed),
                    g.derive("keyed traffic policies", self.traffic_policies, _keyed),
                ],
            ),
            lambda _, policy: dict.fromkeys(_targets(policy)),
        )


def _keyed(_ctx: graph.Context, _name: Name, policy: Policy) -> Mapping[model.ObjectKey, Policy]:
    return {policy.key: policy}


def _targets(policy: Policy) -> Iterable[model.ObjectKey]:
    if isinstance(policy, model.TLSPolicy):
        return (each.backend for each in policy.targets)
    return policy.targets


def _service_of(piece: api.EndpointSlice) -> tuple[Name, ...]:
    service = piece.metadata.labels.get(_SERVICE_LABEL)
    return ((piece.namespace, service),) if service else ()


class ContextWorld:
    """`translate.World` for one run of one transformation."""

    __slots__ = ("_ctx", "_lookups", "controller", "system_authorities")

    def __init__(self, ctx: graph.Context, lookups: Lookups) -> None:
        self._ctx = ctx
        self._lookups = lookups
        self.controller = lookups.controller
        self.system_authorities = lookups.system_authorities

    def _object(self, kind: str, namespace: str, name: str) -> api.Resource | None:
        found: api.Resource | None = self._ctx.get(
            self._lookups.inputs.admitted[kind], (namespace, name)
        )
        return found

    def gateway_class(self, name: str) -> api.GatewayClass | None:
        return self._object("GatewayClass", "", name)  # type: ignore[return-value]

    def gateway(self, namespace: str, name: str) -> model.Gateway | None:
        if self._lookups.gateways is None:
            return None
        return self._ctx.get(self._lookups.gateways, (namespace, name))

    def default_gateways(self) -> tuple[Name, ...]:
        return tuple(
            sorted(name for name, _ in self._ctx.by(self._lookups.default_gateways, "All"))
        )

    def listener_set(self, namespace: str, name: str) -> api.ListenerSet | None:
        return self._object("ListenerSet", namespace, name)  # type: ignore[return-value]

    def listener_sets(self, namespace: str, gateway: str) -> tuple[api.ListenerSet, ...]:
        found = self._ctx.by(self._lookups.listener_sets, (namespace, gateway))
        return tuple(each for _, each in found)

    def service(self, namespace: str, name: str) -> translate.Referred | None:
        return self._ctx.get(self._lookups.services, (namespace, name))

    def whole_service(self, namespace: str, name: str) -> api.Service | None:
        return self._object("Service", namespace, name)  # type: ignore[return-value]

    def backend(self, namespace: str, name: str) -> api.Backend | None:
        return self._object("Backend", namespace, name)  # type: ignore[return-value]

    def proxy_config(self, namespace: str, name: str) -> api.ProxyConfig | None:
        return self._object("ProxyConfig", namespace, name)  # type: ignore[return-value]

    def good_parameters(self, namespace: str, name: str) -> api.ProxyConfigSpec | None:
        return self._ctx.get(self._lookups.inputs.good_parameters.source, (namespace, name))

    def token_limit(self, namespace: str, name: str) -> api.TokenLimit | None:
        return self._object("TokenLimit", namespace, name)  # type: ignore[return-value]

    def external(self, namespace: str, name: str) -> model.External | None:
        return self._ctx.get(self._lookups.externals, (namespace, name))

    def pool(self, namespace: str, name: str) -> translate.ReferredPool | None:
        return self._ctx.get(self._lookups.pools.referred, (namespace, name))

    def whole_pool(self, namespace: str, name: str) -> api.InferencePool | None:
        return self._object("InferencePool", namespace, name)  # type: ignore[return-value]

    def pool_members(self, namespace: str, name: str) -> tuple[str, ...]:
        found = self._ctx.by(self._lookups.pools.members, (namespace, name))
        return tuple(address for _, address in found)

    def secret(self, namespace: str, name: str) -> api.Secret | None:
        return self._object("Secret", namespace, name)  # type: ignore[return-value]

    def config_map(self, namespace: str, name: str) -> api.ConfigMap | None:
        return self._object("ConfigMap", namespace, name)  # type: ignore[return-value]

    def serves(self, kind: str) -> bool:
        return self._ctx.get(self._lookups.inputs.unserved, kind) is None

    def cluster_trust_bundle(self, name: str) -> api.ClusterTrustBundle | None:
        return self._object("ClusterTrustBundle", "", name)  # type: ignore[return-value]

    def namespace(self, name: str) -> api.Namespace | None:
        return self._object("Namespace", "", name)  # type: ignore[return-value]

    def grants(self, namespace: str) -> tuple[api.ReferenceGrant, ...]:
        return tuple(g for _, g in self._ctx.by(self._lookups.grants, namespace))

    def slices(self, namespace: str, service: str) -> tuple[api.EndpointSlice, ...]:
        return tuple(s for _, s in self._ctx.by(self._lookups.slices, (namespace, service)))

    def traffic_policies_of(self, backend: model.ObjectKey) -> tuple[model.TrafficPolicy, ...]:
        found = self._ctx.by(self._lookups.policies_of, backend)
        return tuple(p for _, p in found if isinstance(p, model.TrafficPolicy))

    def tls_policy(self, namespace: str, name: str) -> model.TLSPolicy | None:
        return self._ctx.get(self._lookups.tls_policies, (namespace, name))

    def tls_policies_of(self, backend: model.ObjectKey) -> tuple[model.TLSPolicy, ...]:
        found = self._ctx.by(self._lookups.policies_of, backend)
        return tuple(p for _, p in found if isinstance(p, model.TLSPolicy))

    def refused(self, key: model.ObjectKey) -> translate.Refused | None:
        inputs = self._lookups.inputs
        hold = self._ctx.get(inputs.holds, key)
        if hold is None:
            return None
        now = self._ctx.get(inputs.sources[key.kind], (key.namespace, key.name))
        return translate.Refused(hold.message, hold.instead) if hold.refused == now else None

    def placement(self, gateway: model.ObjectKey) -> model.Placement | None:
        return self._ctx.get(self._lookups.inputs.placements, gateway)
