"""A world in memory: objects from YAML, look-ups in dictionaries, every virtual host at once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from portway.core import api, model, translate

CONTROLLER = "portway.dev/gateway-controller"


@dataclass
class Memory:
    """Satisfies `translate.World`. `add` takes YAML; a class `portway` of ours is always there.
    `refusals` are objects that the proxy does not take, `unserved` kinds that there are none of."""

    controller: str = CONTROLLER
    system_authorities: str = ""
    unserved: set[str] = field(default_factory=set)
    good: dict[tuple[str, str], api.ProxyConfigSpec] = field(default_factory=dict)
    refusals: dict[model.ObjectKey, translate.Refused] = field(default_factory=dict)
    objects: dict[model.ObjectKey, api.Resource] = field(default_factory=dict)

    def add(self, text: str) -> "Memory":
        for document in yaml.safe_load_all(text):
            self.put(api.decode(document))
        return self

    def put(self, obj: api.Resource) -> None:
        self.objects[model.ObjectKey(obj.kind, obj.namespace, obj.name)] = obj
        if isinstance(obj, api.ProxyConfig) and not translate.parameter_fault(obj.spec):
            self.good[obj.namespace, obj.name] = obj.spec

    def get(self, kind: str, namespace: str, name: str) -> Any:
        return self.objects.get(model.ObjectKey(kind, namespace, name))

    def of(self, kind: str) -> list[Any]:
        return [self.objects[key] for key in sorted(self.objects) if key.kind == kind]

    # -- World -----------------------------------------------------------------------------

    def gateway_class(self, name: str) -> api.GatewayClass | None:
        return self.get("GatewayClass", "", name)  # type: ignore[no-any-return]

    def gateway(self, namespace: str, name: str) -> model.Gateway | None:
        found = self.get("Gateway", namespace, name)
        return None if found is None else translate.gateway(found, self)

    def default_gateways(self) -> tuple[tuple[str, str], ...]:
        every = (each for each in self.of("Gateway") if each.spec.default_scope == "All")
        return tuple((each.namespace, each.name) for each in every)

    def listener_set(self, namespace: str, name: str) -> api.ListenerSet | None:
        return self.get("ListenerSet", namespace, name)  # type: ignore[no-any-return]

    def listener_sets(self, namespace: str, gateway: str) -> tuple[api.ListenerSet, ...]:
        every = (each for each in self.of("ListenerSet"))
        return tuple(each for each in every if translate.parent_of(each) == (namespace, gateway))

    def service(self, namespace: str, name: str) -> translate.Referred | None:
        found = self.whole_service(namespace, name)
        return None if found is None else translate.referred(found)

    def whole_service(self, namespace: str, name: str) -> api.Service | None:
        return self.get("Service", namespace, name)  # type: ignore[no-any-return]

    def backend(self, namespace: str, name: str) -> api.Backend | None:
        return self.get("Backend", namespace, name)  # type: ignore[no-any-return]

    def proxy_config(self, namespace: str, name: str) -> api.ProxyConfig | None:
        return self.get("ProxyConfig", namespace, name)  # type: ignore[no-any-return]

    def good_parameters(self, namespace: str, name: str) -> api.ProxyConfigSpec | None:
        return self.good.get((namespace, name))

    def token_limit(self, namespace: str, name: str) -> api.TokenLimit | None:
        return self.get("TokenLimit", namespace, name)  # type: ignore[no-any-return]

    def external(self, namespace: str, name: str) -> model.External | None:
        found = self.get("XBackend", namespace, name)
        return None if found is None else translate.external(found, self)

    def pool(self, namespace: str, name: str) -> translate.ReferredPool | None:
        found = self.whole_pool(namespace, name)
        return None if found is None else translate.referred_pool(found)

    def whole_pool(self, namespace: str, name: str) -> api.InferencePool | None:
        return self.get("InferencePool", namespace, name)  # type: ignore[no-any-return]

    def pool_members(self, namespace: str, name: str) -> tuple[str, ...]:
        pool = self.whole_pool(namespace, name)
        assert pool is not None
        wanted = translate.selector(pool)
        ready = (translate.ready_pod(p) for p in self.of("Pod") if p.namespace == namespace)
        return tuple(
            p.address for p in ready if p is not None and translate.selects(wanted, dict(p.labels))
        )

    def secret(self, namespace: str, name: str) -> api.Secret | None:
        return self.get("Secret", namespace, name)  # type: ignore[no-any-return]

    def namespace(self, name: str) -> api.Namespace | None:
        return self.get("Namespace", "", name)  # type: ignore[no-any-return]

    def grants(self, namespace: str) -> tuple[api.ReferenceGrant, ...]:
        return tuple(each for each in self.of("ReferenceGrant") if each.namespace == namespace)

    def slices(self, namespace: str, service: str) -> tuple[api.EndpointSlice, ...]:
        return tuple(
            each
            for each in self.of("EndpointSlice")
            if each.namespace == namespace
            and each.metadata.labels.get(api.SERVICE_NAME_LABEL) == service
        )

    def config_map(self, namespace: str, name: str) -> api.ConfigMap | None:
        return self.get("ConfigMap", namespace, name)  # type: ignore[no-any-return]

    def serves(self, kind: str) -> bool:
        return kind not in self.unserved

    def cluster_trust_bundle(self, name: str) -> api.ClusterTrustBundle | None:
        return self.get("ClusterTrustBundle", "", name)  # type: ignore[no-any-return]

    def refused(self, key: model.ObjectKey) -> translate.Refused | None:
        return self.refusals.get(key)

    def traffic_policies_of(self, backend: model.ObjectKey) -> tuple[model.TrafficPolicy, ...]:
        every = (translate.traffic_policy(each) for each in self.of("XBackendTrafficPolicy"))
        return tuple(each for each in every if backend in each.targets)

    def tls_policy(self, namespace: str, name: str) -> model.TLSPolicy | None:
        found = self.get("BackendTLSPolicy", namespace, name)
        return None if found is None else translate.tls_policy(found, self)

    def tls_policies_of(self, backend: model.ObjectKey) -> tuple[model.TLSPolicy, ...]:
        every = (translate.tls_policy(each, self) for each in self.of("BackendTLSPolicy"))
        return tuple(
            each for each in every if any(target.backend == backend for target in each.targets)
        )

    # -- short ways for tests --------------------------------------------------------------

    def edge(self, *listeners: Mapping[str, Any], **spec: Any) -> None:
        """The Gateway infra/edge with the given listeners (HTTP on 80 unless they say else)."""
        defaults = {"name": "web", "port": 80, "protocol": "HTTP"}
        self.put(
            api.decode(
                {
                    "apiVersion": "gateway.networking.k8s.io/v1",
                    "kind": "Gateway",
                    "metadata": {"name": "edge", "namespace": "infra", "generation": 3},
                    "spec": {
                        "gatewayClassName": "portway",
                        "listeners": [{**defaults, **each} for each in listeners],
                        **spec,
                    },
                }
            )
        )

    def route(
        self, name: str, *rules: Mapping[str, Any], namespace: str = "infra", **more: Any
    ) -> api.HTTPRoute:
        """An HTTPRoute to infra/edge; `created` and spec fields may be given."""
        created = more.pop("created", "2026-01-01T00:00:00Z")
        spec = {"parentRefs": [{"name": "edge", "namespace": "infra"}], **more}
        if rules:
            spec["rules"] = list(rules)
        obj = api.decode(
            {
                "apiVersion": "gateway.networking.k8s.io/v1",
                "kind": "HTTPRoute",
                "metadata": {
                    "name": name,
                    "namespace": namespace,
                    "creationTimestamp": created,
                },
                "spec": spec,
            }
        )
        assert isinstance(obj, api.HTTPRoute)
        self.put(obj)
        return obj

    def hosts(self) -> dict[model.HostKey, model.VirtualHost]:
        """Every virtual host of infra/edge, as the graph would put them together."""
        gateway = self.gateway("infra", "edge")
        assert gateway is not None
        found: dict[model.HostKey, list[model.Contribution]] = {
            key: [] for key in translate.base_hosts(gateway)
        }
        for obj in self.of("HTTPRoute"):
            rules, attachment = translate.route_rules(obj, self), translate.attach(obj, self)
            for key, brought in translate.contributions(rules, attachment, self).items():
                found.setdefault(key, []).append(brought)
        return {
            key: translate.virtual_host(key, gateway, in_order(brought))
            for key, brought in sorted(found.items())
        }


def in_order(contributions: Iterable[model.Contribution]) -> list[model.HostRoute]:
    """The routes of a host, as the graph would order them."""
    entries = [entry for each in contributions for entry in translate.ranked(each)]
    return [route for _, route in sorted(entries, key=lambda entry: entry[0])]


CLASS = f"""
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {{name: portway}}
spec: {{controllerName: {CONTROLLER}}}
"""


@pytest.fixture
def world() -> Memory:
    return Memory().add(CLASS)


@pytest.fixture(scope="session")
def new_world() -> Callable[[], Memory]:
    """For properties, where every example needs a world of its own."""
    return lambda: Memory().add(CLASS)
