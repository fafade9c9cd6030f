"""What a translation may look up.

Knows the questions, as a protocol. Must not know how they are answered: inside the graph every
answer is recorded as a dependency, in a test it is a dictionary.
"""

from typing import NamedTuple, Protocol

from portway.core import model
from portway.core.api.backend import Backend
from portway.core.api.cluster_trust_bundle import ClusterTrustBundle
from portway.core.api.config_map import ConfigMap
from portway.core.api.endpoint_slice import EndpointSlice
from portway.core.api.gateway_class import GatewayClass
from portway.core.api.inference_pool import InferencePool
from portway.core.api.listener_set import ListenerSet
from portway.core.api.meta import Resource
from portway.core.api.namespace import Namespace
from portway.core.api.proxy_config import ProxyConfig, ProxyConfigSpec
from portway.core.api.reference_grant import ReferenceGrant
from portway.core.api.secret import Secret
from portway.core.api.service import Service
from portway.core.api.token_limit import TokenLimit
from portway.core.translate.referred_pool import ReferredPool
from portway.core.translate.service import Referred


class Refused(NamedTuple):
    """An object that the proxy does not take as it is now. `instead` is the version that worked
    (None: there is none). `words` are the proxy's own, once it is known to be this object; empty
    while it is only a suspect."""

    words: str
    instead: Resource | None


class World(Protocol):
    """Everything outside the object that is being translated.

    `service` and `pool` answer with what references depend on, `whole_service` and `whole_pool`
    with everything; `pool_members` are the addresses of the ready Pods of a pool, in a fixed order.
    `gateway` and the TLS policies answer with what is already translated, Gateways only if they are
    ours. `grants` are those that live in a namespace; `slices` carry the label that names the
    Service; `tls_policies_of` name the backend as a target, `listener_sets` the Gateway as their
    parent. `default_gateways` are namespaces and names of Gateways with defaultScope All, sorted,
    not only ours. ConfigMaps, Secrets, ListenerSets and policies come as they are written:
    `refused` says which of them the proxy does not take.
    `serves` tells whether there can be objects of a kind at all.
    `system_authorities` is the path of the machine's own CA certificates, empty without any.
    """

    controller: str
    system_authorities: str

    def gateway_class(self, name: str) -> GatewayClass | None: ...

    def gateway(self, namespace: str, name: str) -> model.Gateway | None: ...

    def default_gateways(self) -> tuple[tuple[str, str], ...]: ...

    def listener_set(self, namespace: str, name: str) -> ListenerSet | None: ...

    def listener_sets(self, namespace: str, gateway: str) -> tuple[ListenerSet, ...]: ...

    def service(self, namespace: str, name: str) -> Referred | None: ...

    def whole_service(self, namespace: str, name: str) -> Service | None: ...

    def backend(self, namespace: str, name: str) -> Backend | None: ...

    def proxy_config(self, namespace: str, name: str) -> ProxyConfig | None: ...

    def good_parameters(self, namespace: str, name: str) -> ProxyConfigSpec | None: ...

    def token_limit(self, namespace: str, name: str) -> TokenLimit | None: ...

    def external(self, namespace: str, name: str) -> model.External | None: ...

    def pool(self, namespace: str, name: str) -> ReferredPool | None: ...

    def whole_pool(self, namespace: str, name: str) -> InferencePool | None: ...

    def pool_members(self, namespace: str, name: str) -> tuple[str, ...]: ...

    def secret(self, namespace: str, name: str) -> Secret | None: ...

    def config_map(self, namespace: str, name: str) -> ConfigMap | None: ...

    def serves(self, kind: str) -> bool: ...

    def cluster_trust_bundle(self, name: str) -> ClusterTrustBundle | None: ...

    def refused(self, key: model.ObjectKey) -> Refused | None: ...

    def namespace(self, name: str) -> Namespace | None: ...

    def grants(self, namespace: str) -> tuple[ReferenceGrant, ...]: ...

    def slices(self, namespace: str, service: str) -> tuple[EndpointSlice, ...]: ...

    def traffic_policies_of(self, backend: model.ObjectKey) -> tuple[model.TrafficPolicy, ...]: ...

    def tls_policy(self, namespace: str, name: str) -> model.TLSPolicy | None: ...

    def tls_policies_of(self, backend: model.ObjectKey) -> tuple[model.TLSPolicy, ...]: ...
