"""The Kubernetes kinds as frozen values: documents in, resources out.

    resource = api.decode(document)            # Resource, or InvalidResource / UnknownKind
    document = api.to_document(resource)       # back again
    api.KINDS["HTTPRoute"].plural              # the table of kinds

Attributes are the spec's names in snake_case with the CRDs' defaults filled in; lists are tuples.
What decodes has passed the rules of the CRDs, so nothing downstream repeats them; what the spec
leaves open (protocols, kinds of references) passes, status answers it. This package knows JSON
shapes, defaults and rules; it must not know Envoy, the model, nor do any I/O.
"""

from portway.core.api.backend import (
    PORTWAY_GROUP,
    Backend,
    BackendEndpoint,
    BackendHostname,
    BackendIP,
    BackendSpec,
    BackendUnix,
)
from portway.core.api.backend_tls_policy import (
    BackendTLSPolicy,
    BackendTLSPolicySpec,
    BackendTLSPolicyValidation,
    SubjectAltName,
)
from portway.core.api.config_map import ConfigMap
from portway.core.api.decode import DEFAULT_NAMESPACE, decode, decode_strict_unknown_fields
from portway.core.api.duration import seconds
from portway.core.api.encode import to_document
from portway.core.api.endpoint_slice import (
    SERVICE_NAME_LABEL,
    Endpoint,
    EndpointConditions,
    EndpointPort,
    EndpointSlice,
)
from portway.core.api.errors import FieldError, InvalidResource, UnknownKind
from portway.core.api.event import Event
from portway.core.api.gateway import (
    AllowedListeners,
    FrontendTLSConfig,
    FrontendTLSValidation,
    Gateway,
    GatewayBackendTLS,
    GatewayInfrastructure,
    GatewaySpec,
    GatewaySpecAddress,
    GatewayTLSConfig,
    ListenerNamespaces,
    TLSConfig,
    TLSPortConfig,
)
from portway.core.api.gateway_class import GatewayClass, GatewayClassSpec
from portway.core.api.grpc_route import (
    GRPCBackendRef,
    GRPCHeaderMatch,
    GRPCMethodMatch,
    GRPCRoute,
    GRPCRouteFilter,
    GRPCRouteMatch,
    GRPCRouteRule,
    GRPCRouteSpec,
)
from portway.core.api.http_filter import (
    CORSMethod,
    ForwardBodyConfig,
    GRPCAuthConfig,
    HTTPAuthConfig,
    HTTPCORSFilter,
    HTTPExternalAuthFilter,
    HTTPFilterType,
    HTTPPathModifier,
    HTTPRequestRedirectFilter,
    HTTPRouteFilter,
    HTTPURLRewriteFilter,
)
from portway.core.api.http_match import (
    HTTPHeaderMatch,
    HTTPMethod,
    HTTPPathMatch,
    HTTPQueryParamMatch,
    HTTPRouteMatch,
)
from portway.core.api.http_route import (
    HTTPBackendRef,
    HTTPRoute,
    HTTPRouteRetry,
    HTTPRouteRule,
    HTTPRouteSpec,
    HTTPRouteTimeouts,
)
from portway.core.api.l4_route import (
    TCPRoute,
    TCPRouteRule,
    TCPRouteSpec,
    TLSRoute,
    TLSRouteRule,
    TLSRouteSpec,
    UDPRoute,
    UDPRouteRule,
    UDPRouteSpec,
)
from portway.core.api.listener import (
    AllowedRoutes,
    LabelSelector,
    LabelSelectorRequirement,
    Listener,
    ListenerTLSConfig,
    RouteGroupKind,
    RouteNamespaces,
)
from portway.core.api.listener_set import ListenerSet, ListenerSetSpec, ParentGatewayReference
from portway.core.api.meta import GroupKind, ObjectMeta, Resource, Value
from portway.core.api.namespace import Namespace
from portway.core.api.reference import (
    GATEWAY_GROUP,
    BackendObjectReference,
    BackendRef,
    LocalObjectReference,
    LocalPolicyTargetReference,
    ObjectReference,
    ParametersReference,
    ParentReference,
    SecretObjectReference,
)
from portway.core.api.reference_grant import (
    ReferenceGrant,
    ReferenceGrantFrom,
    ReferenceGrantSpec,
    ReferenceGrantTo,
)
from portway.core.api.registry import KINDS, KindInfo, group_kind
from portway.core.api.route import (
    CommonRouteSpec,
    CookieConfig,
    Fraction,
    HTTPHeader,
    HTTPHeaderFilter,
    HTTPRequestMirrorFilter,
    SessionCookie,
    SessionHeader,
    SessionPersistence,
)
from portway.core.api.secret import TLS_SECRET_TYPE, Secret
from portway.core.api.service import Service, ServicePort, ServiceSpec, TransportProtocol
from portway.core.api.validate import validate_update

__all__ = [
    "DEFAULT_NAMESPACE",
    "GATEWAY_GROUP",
    "KINDS",
    "PORTWAY_GROUP",
    "SERVICE_NAME_LABEL",
    "TLS_SECRET_TYPE",
    "AllowedListeners",
    "AllowedRoutes",
    "Backend",
    "BackendEndpoint",
    "BackendHostname",
    "BackendIP",
    "BackendObjectReference",
    "BackendRef",
    "BackendSpec",
    "BackendTLSPolicy",
    "BackendTLSPolicySpec",
    "BackendTLSPolicyValidation",
    "BackendUnix",
    "CORSMethod",
    "CommonRouteSpec",
    "ConfigMap",
    "CookieConfig",
    "Endpoint",
    "EndpointConditions",
    "EndpointPort",
    "EndpointSlice",
    "Event",
    "FieldError",
    "ForwardBodyConfig",
    "Fraction",
    "FrontendTLSConfig",
    "FrontendTLSValidation",
    "GRPCAuthConfig",
    "GRPCBackendRef",
    "GRPCHeaderMatch",
    "GRPCMethodMatch",
    "GRPCRoute",
    "GRPCRouteFilter",
    "GRPCRouteMatch",
    "GRPCRouteRule",
    "GRPCRouteSpec",
    "Gateway",
    "GatewayBackendTLS",
    "GatewayClass",
    "GatewayClassSpec",
    "GatewayInfrastructure",
    "GatewaySpec",
    "GatewaySpecAddress",
    "GatewayTLSConfig",
    "GroupKind",
    "HTTPAuthConfig",
    "HTTPBackendRef",
    "HTTPCORSFilter",
    "HTTPExternalAuthFilter",
    "HTTPFilterType",
    "HTTPHeader",
    "HTTPHeaderFilter",
    "HTTPHeaderMatch",
    "HTTPMethod",
    "HTTPPathMatch",
    "HTTPPathModifier",
    "HTTPQueryParamMatch",
    "HTTPRequestMirrorFilter",
    "HTTPRequestRedirectFilter",
    "HTTPRoute",
    "HTTPRouteFilter",
    "HTTPRouteMatch",
    "HTTPRouteRetry",
    "HTTPRouteRule",
    "HTTPRouteSpec",
    "HTTPRouteTimeouts",
    "HTTPURLRewriteFilter",
    "InvalidResource",
    "KindInfo",
    "LabelSelector",
    "LabelSelectorRequirement",
    "Listener",
    "ListenerNamespaces",
    "ListenerSet",
    "ListenerSetSpec",
    "ListenerTLSConfig",
    "LocalObjectReference",
    "LocalPolicyTargetReference",
    "Namespace",
    "ObjectMeta",
    "ObjectReference",
    "ParametersReference",
    "ParentGatewayReference",
    "ParentReference",
    "ReferenceGrant",
    "ReferenceGrantFrom",
    "ReferenceGrantSpec",
    "ReferenceGrantTo",
    "Resource",
    "RouteGroupKind",
    "RouteNamespaces",
    "Secret",
    "SecretObjectReference",
    "Service",
    "ServicePort",
    "ServiceSpec",
    "SessionCookie",
    "SessionHeader",
    "SessionPersistence",
    "SubjectAltName",
    "TCPRoute",
    "TCPRouteRule",
    "TCPRouteSpec",
    "TLSConfig",
    "TLSPortConfig",
    "TLSRoute",
    "TLSRouteRule",
    "TLSRouteSpec",
    "TransportProtocol",
    "UDPRoute",
    "UDPRouteRule",
    "UDPRouteSpec",
    "UnknownKind",
    "Value",
    "decode",
    "decode_strict_unknown_fields",
    "group_kind",
    "seconds",
    "to_document",
    "validate_update",
]
