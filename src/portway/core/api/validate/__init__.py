"""The rules between the fields of a resource, one file per kind.

Each rule is a small function with a stable id and a cure; each file ends with the tables that say
what the rules are applied to. Rules for single fields are in the field's type (``fields``). They
cover the validation expressions of the v1.6 CRDs, both channels, and the part of the API server's
rules for core kinds that routing depends on. Must not know anything outside the one resource.
"""

from collections.abc import Callable, Mapping
from typing import Any

from portway.core.api.errors import FieldError
from portway.core.api.gateway_class import GatewayClass
from portway.core.api.meta import Resource
from portway.core.api.validate import (
    backend,
    backend_tls_policy,
    cluster_trust_bundle,
    config_map,
    endpoint_slice,
    filters,
    gateway,
    gateway_class,
    grpc_route,
    http_filter,
    http_route,
    inference_pool,
    l4_route,
    listener,
    listener_set,
    metadata,
    namespace,
    proxy_config,
    reference,
    secret,
    service,
    token_limit,
    x_backend,
    x_backend_traffic_policy,
)
from portway.core.api.validate.rule import Report, Rule

# GatewayClass, ReferenceGrant and Pod have no rules between the fields of one object.
_CHECKS: Mapping[str, Callable[[Any, str, Report], None]] = {
    "Gateway": gateway.check_gateway,
    "ListenerSet": listener_set.check_listener_set,
    "HTTPRoute": http_route.check_http_route,
    "GRPCRoute": grpc_route.check_grpc_route,
    "TLSRoute": l4_route.check_tls_route,
    "TCPRoute": l4_route.check_l4_route,
    "UDPRoute": l4_route.check_l4_route,
    "BackendTLSPolicy": backend_tls_policy.check_backend_tls_policy,
    "Backend": backend.check_backend,
    "ProxyConfig": proxy_config.check_proxy_config,
    "TokenLimit": token_limit.check_token_limit,
    "XBackend": x_backend.check_x_backend,
    "XBackendTrafficPolicy": x_backend_traffic_policy.check_traffic_policy,
    "InferencePool": inference_pool.check_inference_pool,
    "Service": service.check_service,
    "EndpointSlice": endpoint_slice.check_endpoint_slice,
    "Secret": secret.check_secret,
    "ConfigMap": config_map.check_config_map,
    "ClusterTrustBundle": cluster_trust_bundle.check_cluster_trust_bundle,
    "Namespace": namespace.check_namespace,
}

RULES: tuple[Rule[Any], ...] = (
    *metadata.RULES,
    *reference.RULES,
    *filters.RULES,
    *http_filter.RULES,
    *http_route.RULES,
    *grpc_route.RULES,
    *l4_route.RULES,
    *listener.RULES,
    *gateway.RULES,
    *gateway_class.RULES,
    *backend_tls_policy.RULES,
    *service.RULES,
    *endpoint_slice.RULES,
    *secret.RULES,
    *config_map.RULES,
    *token_limit.RULES,
    *cluster_trust_bundle.RULES,
    *backend.RULES,
    *inference_pool.RULES,
    *proxy_config.RULES,
    *x_backend.RULES,
    *x_backend_traffic_policy.RULES,
)
"""Every rule between fields, for documentation and tests."""


def validate(resource: Resource, version: str) -> tuple[FieldError, ...]:
    """Every rule the resource breaks, as its document's API version has them."""
    report = Report()
    report.apply(metadata.METADATA_RULES, resource.metadata, "metadata")
    check = _CHECKS.get(resource.kind)
    if check is not None:
        check(resource, version, report)
    return tuple(report.errors)


def validate_update(old: Resource, new: Resource) -> tuple[FieldError, ...]:
    """Every rule that the change from ``old`` to ``new`` breaks, both valid by themselves."""
    report = Report()
    if isinstance(old, GatewayClass) and isinstance(new, GatewayClass):
        gateway_class.check_gateway_class_update(old, new, report)
    return tuple(report.errors)
