"""What the resources mean: listeners, hosts, rules, backends and findings, as frozen values.

The model stands between the spec and the proxy. `translate` writes it, `render` and `explain`
read it. It knows neither Kubernetes objects nor Envoy messages, so both can change without the
other. Every value is frozen, compares by content and can be printed as YAML.

    key       names of things                      finding   what is wrong, as data
    listener  gateways, listeners, ports           match     what a rule asks of a request
    filter    what a rule does to a request        route     rules, backends, virtual hosts
    cluster   backends and their endpoints         tls       certificates and trust
    layer4    connections as a whole               access_log  what is written down of requests
"""

from portway.core.model.access_log import AccessLog
from portway.core.model.cluster import (
    Cluster,
    Discovery,
    Endpoint,
    EndpointGroup,
    Endpoints,
    Protocol,
    RetryBudget,
)
from portway.core.model.external import External
from portway.core.model.filter import (
    Budget,
    Cors,
    ExternalAuth,
    Filter,
    HeaderEdit,
    Mirror,
    PathEdit,
    Redirect,
    RequestHeaders,
    ResponseHeaders,
    Rewrite,
    TokenLimit,
)
from portway.core.model.finding import Finding
from portway.core.model.key import (
    ClusterKey,
    HostKey,
    ListenerKey,
    ObjectKey,
    PortKey,
    TableKey,
)
from portway.core.model.layer4 import (
    L4Claim,
    L4Key,
    L4Place,
    L4Pool,
    L4Route,
    L4Share,
)
from portway.core.model.listener import (
    PARAMETERS,
    AllowedRoutes,
    Gateway,
    GatewayClass,
    LabelRequirement,
    Listener,
    ListenerSet,
    Placement,
    Port,
    RouteKind,
    places,
)
from portway.core.model.match import GRPCMethod, HeaderMatch, Match, PathMatch, QueryMatch
from portway.core.model.route import (
    Attachment,
    Contribution,
    Forward,
    HostRoute,
    ParentAttachment,
    Picker,
    Retry,
    RouteRules,
    Rule,
    Session,
    SessionPool,
    Share,
    Timeouts,
    VirtualHost,
)
from portway.core.model.tls import (
    BackendTLS,
    Certificate,
    ClientValidation,
    PeerName,
    TLSPolicy,
    TLSTarget,
    Trust,
    TrustKey,
)
from portway.core.model.traffic import TrafficPolicy

__all__ = [
    "PARAMETERS",
    "AccessLog",
    "AllowedRoutes",
    "Attachment",
    "BackendTLS",
    "Budget",
    "Certificate",
    "ClientValidation",
    "Cluster",
    "ClusterKey",
    "Contribution",
    "Cors",
    "Discovery",
    "Endpoint",
    "EndpointGroup",
    "Endpoints",
    "External",
    "ExternalAuth",
    "Filter",
    "Finding",
    "Forward",
    "GRPCMethod",
    "Gateway",
    "GatewayClass",
    "HeaderEdit",
    "HeaderMatch",
    "HostKey",
    "HostRoute",
    "L4Claim",
    "L4Key",
    "L4Place",
    "L4Pool",
    "L4Route",
    "L4Share",
    "LabelRequirement",
    "Listener",
    "ListenerKey",
    "ListenerSet",
    "Match",
    "Mirror",
    "ObjectKey",
    "ParentAttachment",
    "PathEdit",
    "PathMatch",
    "PeerName",
    "Picker",
    "Placement",
    "Port",
    "PortKey",
    "Protocol",
    "QueryMatch",
    "Redirect",
    "RequestHeaders",
    "ResponseHeaders",
    "Retry",
    "RetryBudget",
    "Rewrite",
    "RouteKind",
    "RouteRules",
    "Rule",
    "Session",
    "SessionPool",
    "Share",
    "TLSPolicy",
    "TLSTarget",
    "TableKey",
    "Timeouts",
    "TokenLimit",
    "TrafficPolicy",
    "Trust",
    "TrustKey",
    "VirtualHost",
    "places",
]
