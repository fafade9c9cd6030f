"""Which features of the Gateway API are served: the one table behind `supportedFeatures`.

Knows the names of the features as the specification spells them. Must not know how a feature is
served. A name is added in the commit that makes the last of its behaviour work, never before.
"""

from collections.abc import Mapping
from types import MappingProxyType

BACKEND_TLS_POLICY = (
    "BackendTLSPolicy",
    "BackendTLSPolicySANValidation",
    "ClusterTrustBundle",
)

CORE = (
    "GRPCRoute",
    "Gateway",
    "HTTPRoute",
    "ReferenceGrant",
)

GATEWAY = (
    "GatewayAddressEmpty",
    "GatewayBackendClientCertificate",
    "GatewayFrontendClientCertificateValidation",
    "GatewayFrontendClientCertificateValidationInsecureFallback",
    "GatewayHTTPListenerIsolation",
    "GatewayHTTPSListenerDetectMisdirectedRequests",
    "GatewayInfrastructure",  # the name from v1.6.2 on
    "GatewayInfrastructurePropagation",
    "GatewayPort8080",
    "GatewayRouteHostnameIntersectionPrecedence",
    "GatewayStaticAddresses",
    "GatewayListenerFilters",
    "ListenerSet",
)

GRPC_ROUTE = (
    "GRPCRouteNamedRouteRule",
    "GRPCRouteRequestHeaderModifier",
)

HTTP_ROUTE = (
    "HTTPRoute303RedirectStatusCode",
    "HTTPRoute307RedirectStatusCode",
    "HTTPRoute308RedirectStatusCode",
    "HTTPRouteBackendProtocolH2C",
    "HTTPRouteBackendProtocolWebSocket",
    "HTTPRouteBackendRequestHeaderModification",
    "HTTPRouteBackendRequestRedirect",
    "HTTPRouteBackendTimeout",
    "HTTPRouteBackendURLRewrite",
    "HTTPRouteCORS",
    "HTTPRouteDestinationPortMatching",
    "HTTPRouteHostRewrite",
    "HTTPRouteMethodMatching",
    "HTTPRouteNamedRouteRule",
    "HTTPRouteParentRefPort",
    "HTTPRoutePathRedirect",
    "HTTPRoutePathRewrite",
    "HTTPRoutePortRedirect",
    "HTTPRouteQueryParamMatching",
    "HTTPRouteRequestMirror",
    "HTTPRouteRequestMultipleMirrors",
    "HTTPRouteRequestPercentageMirror",
    "HTTPRouteRequestTimeout",
    "HTTPRouteResponseHeaderModification",
    "HTTPRouteRetry",
    "HTTPRouteRetryBackendTimeout",
    "HTTPRouteRetryCodes",  # the name from v1.7 on
    "HTTPRouteRetryConnectionError",
    "HTTPRouteSchemeRedirect",
)

LAYER_4 = (
    "TCPRoute",
    "TLSRoute",
    "TLSRouteModeMixed",
    "TLSRouteModeTerminate",
    "UDPRoute",
)

SUPPORTED_FEATURES: tuple[str, ...] = tuple(
    sorted((*BACKEND_TLS_POLICY, *CORE, *GATEWAY, *GRPC_ROUTE, *HTTP_ROUTE, *LAYER_4))
)

KINDS_NEEDED: Mapping[str, str] = MappingProxyType({"ClusterTrustBundle": "ClusterTrustBundle"})
"""Features that there are only where the API has a kind (GEP-5075), by that kind."""
