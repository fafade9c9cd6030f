"""The kinds Portway reads, in one table.

Knows group, versions, names and type of each kind; everything else that depends on the set of
kinds derives from here. Must not know what a kind means.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from portway.core.api.backend import PORTWAY_GROUP, Backend
from portway.core.api.backend_tls_policy import BackendTLSPolicy
from portway.core.api.cluster_trust_bundle import CERTIFICATES_GROUP, ClusterTrustBundle
from portway.core.api.config_map import ConfigMap
from portway.core.api.endpoint_slice import EndpointSlice
from portway.core.api.gateway import Gateway
from portway.core.api.gateway_class import GatewayClass
from portway.core.api.grpc_route import GRPCRoute
from portway.core.api.http_route import HTTPRoute
from portway.core.api.inference_pool import INFERENCE_GROUP, InferencePool
from portway.core.api.l4_route import TCPRoute, TLSRoute, UDPRoute
from portway.core.api.listener_set import ListenerSet
from portway.core.api.meta import GroupKind, Resource
from portway.core.api.namespace import Namespace
from portway.core.api.pod import Pod
from portway.core.api.proxy_config import ProxyConfig
from portway.core.api.reference import GATEWAY_GROUP as GATEWAY
from portway.core.api.reference_grant import ReferenceGrant
from portway.core.api.secret import Secret
from portway.core.api.service import Service
from portway.core.api.token_limit import TokenLimit
from portway.core.api.x_backend import EXPERIMENTAL_GROUP, XBackend
from portway.core.api.x_backend_traffic_policy import XBackendTrafficPolicy


class KindInfo(NamedTuple):
    """One kind. The first version is the one resources are normalised to."""

    group: str
    versions: tuple[str, ...]
    plural: str
    namespaced: bool
    type: type[Resource]
    short_names: tuple[str, ...] = ()


KINDS: Mapping[str, KindInfo] = MappingProxyType(
    {
        "GatewayClass": KindInfo(
            GATEWAY, ("v1", "v1beta1"), "gatewayclasses", False, GatewayClass, ("gc",)
        ),
        "Gateway": KindInfo(GATEWAY, ("v1", "v1beta1"), "gateways", True, Gateway, ("gtw",)),
        "ListenerSet": KindInfo(GATEWAY, ("v1",), "listenersets", True, ListenerSet, ("lset",)),
        "HTTPRoute": KindInfo(GATEWAY, ("v1", "v1beta1"), "httproutes", True, HTTPRoute),
        "GRPCRoute": KindInfo(GATEWAY, ("v1", "v1alpha2"), "grpcroutes", True, GRPCRoute),
        "TLSRoute": KindInfo(GATEWAY, ("v1", "v1alpha3", "v1alpha2"), "tlsroutes", True, TLSRoute),
        "TCPRoute": KindInfo(GATEWAY, ("v1", "v1alpha2"), "tcproutes", True, TCPRoute),
        "UDPRoute": KindInfo(GATEWAY, ("v1", "v1alpha2"), "udproutes", True, UDPRoute),
        "ReferenceGrant": KindInfo(
            GATEWAY,
            ("v1", "v1beta1", "v1alpha2"),
            "referencegrants",
            True,
            ReferenceGrant,
            ("refgrant",),
        ),
        "BackendTLSPolicy": KindInfo(
            GATEWAY,
            ("v1", "v1alpha3"),
            "backendtlspolicies",
            True,
            BackendTLSPolicy,
            ("btlspolicy",),
        ),
        "Backend": KindInfo(PORTWAY_GROUP, ("v1alpha1",), "backends", True, Backend),
        "ProxyConfig": KindInfo(
            PORTWAY_GROUP, ("v1alpha1",), "proxyconfigs", True, ProxyConfig, ("proxycfg",)
        ),
        "TokenLimit": KindInfo(
            PORTWAY_GROUP, ("v1alpha1",), "tokenlimits", True, TokenLimit, ("tokenlim",)
        ),
        "XBackend": KindInfo(
            EXPERIMENTAL_GROUP, ("v1alpha1",), "xbackends", True, XBackend, ("xbackend",)
        ),
        "XBackendTrafficPolicy": KindInfo(
            EXPERIMENTAL_GROUP,
            ("v1alpha1",),
            "xbackendtrafficpolicies",
            True,
            XBackendTrafficPolicy,
            ("xbtrafficpolicy",),
        ),
        "InferencePool": KindInfo(
            INFERENCE_GROUP, ("v1",), "inferencepools", True, InferencePool, ("infpool",)
        ),
        "Service": KindInfo("", ("v1",), "services", True, Service, ("svc",)),
        "EndpointSlice": KindInfo(
            "discovery.k8s.io", ("v1",), "endpointslices", True, EndpointSlice
        ),
        "Pod": KindInfo("", ("v1",), "pods", True, Pod, ("po",)),
        "Secret": KindInfo("", ("v1",), "secrets", True, Secret),
        "ConfigMap": KindInfo("", ("v1",), "configmaps", True, ConfigMap, ("cm",)),
        "ClusterTrustBundle": KindInfo(
            CERTIFICATES_GROUP,
            ("v1", "v1beta1", "v1alpha1"),
            "clustertrustbundles",
            False,
            ClusterTrustBundle,
        ),
        "Namespace": KindInfo("", ("v1",), "namespaces", False, Namespace, ("ns",)),
    }
)


def group_kind(kind: str) -> GroupKind:
    """The group and kind of a registered kind.

    Raises KeyError if the kind is not registered.
    """
    return GroupKind(KINDS[kind].group, kind)
