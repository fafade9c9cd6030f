"""Every code `check` can print: what it means and what cures it. The one table.

Knows words only. A code is never reused and never changes its meaning, since people search for
it and silence it by number. `docs/codes.md` is `markdown()` of this table, nothing else.
"""

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """ERROR: something asked for does not work. WARNING: it works, probably not as meant.
    INFO: good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Code(NamedTuple):
    """One row of the table."""

    severity: Severity
    title: str
    meaning: str
    cure: str


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

CODES: dict[str, Code] = {
    "PW001": Code(
        _E,
        "file cannot be used",
        "A file is not readable, not YAML or JSON, or an object breaks a rule of its kind.",
        "Correct the field that is named.",
    ),
    "PW002": Code(
        _I,
        "kind is not read",
        "Portway does not read objects of this kind.",
        "Nothing, if another controller reads it.",
    ),
    "PW003": Code(
        _W,
        "unknown field",
        "The kind has no such field, so it has no effect (often a typing or indentation error).",
        "Correct or remove the field.",
    ),
    "PW010": Code(
        _E,
        "parent Gateway is missing",
        "A route names a Gateway or ListenerSet that does not exist in that namespace; without a "
        "namespace the route's own is meant. Guides that create the Gateway in one namespace and "
        "name another in the route fail here. Or it asks for default Gateways, and there is none.",
        "Set parentRefs[].namespace to where the Gateway is.",
    ),
    "PW011": Code(
        _E,
        "no such listener",
        "The Gateway or ListenerSet has no listener with that sectionName and port, or the Gateway "
        "does not take the ListenerSet.",
        "Name an existing listener, or leave sectionName and port out.",
    ),
    "PW012": Code(
        _E,
        "listener does not let the route in",
        "allowedRoutes of every candidate listener refuses the route's namespace or kind. Without "
        "allowedRoutes only the Gateway's own namespace may attach, so a Gateway for platforms "
        "that keep routes in other namespaces (one per project, knative-serving) must say so.",
        "Set allowedRoutes.namespaces.from on the listener to Selector (narrow) or All.",
    ),
    "PW013": Code(
        _E,
        "hostnames match no listener",
        "No hostname of the route fits a hostname of the listeners it may attach to, for example "
        "*.inference.cluster.example.com on the listener and *.inference.example.com on the "
        "route.",
        "Make one of the two hostnames cover the other.",
    ),
    "PW014": Code(
        _E, "route is not accepted", "The route asks for something invalid.", "See the message."
    ),
    "PW020": Code(
        _E,
        "backend is missing",
        "A backendRef names a Service or Backend that does not exist, or has no such port; its "
        "share of the requests is answered with 500.",
        "Create it, or correct name, namespace and port.",
    ),
    "PW021": Code(
        _E,
        "reference is not permitted",
        "A reference into another namespace needs a ReferenceGrant there.",
        "Add a ReferenceGrant in the target's namespace.",
    ),
    "PW022": Code(
        _E,
        "reference cannot be used",
        "A reference has an unknown kind or a protocol that is not supported.",
        "Refer to a Service or a Backend with a supported appProtocol.",
    ),
    "PW023": Code(
        _W,
        "backend has no endpoint",
        "A backend that routes use has no ready endpoint; its share is answered with 503.",
        "Start the workload, add an EndpointSlice, or annotate the Service with "
        "portway.dev/endpoints.",
    ),
    "PW030": Code(
        _E,
        "GatewayClass is unknown",
        "The Gateway's class does not exist, so no controller serves it.",
        "Set gatewayClassName to portway, or add a GatewayClass of that name with controllerName "
        "portway.dev/gateway-controller.",
    ),
    "PW031": Code(
        _I,
        "Gateway of another controller",
        "The Gateway's class names another controller; Portway leaves it alone.",
        "Change gatewayClassName if Portway is to serve it.",
    ),
    "PW032": Code(
        _E,
        "Gateway, ListenerSet or class is not accepted",
        "The Gateway, ListenerSet or GatewayClass asks for something that cannot be served.",
        "See the message.",
    ),
    "PW033": Code(
        _E,
        "listeners conflict",
        "Two listeners of a Gateway claim the same port and hostname, or one port with different "
        "protocols; neither is served. Of a Gateway and its ListenerSets, the Gateway and then the "
        "oldest ListenerSet keeps what it has.",
        "Give them different hostnames or ports.",
    ),
    "PW034": Code(
        _E,
        "listener cannot be served",
        "The listener's protocol, route kinds or TLS settings are not supported.",
        "See the message.",
    ),
    "PW035": Code(
        _W,
        "overlapping TLS listeners",
        "Two HTTPS listeners of one port have hostnames or certificates that cover each other; a "
        "browser may reuse a connection for the wrong one and is answered with 421.",
        "Use certificates that do not cover the other listener's hosts.",
    ),
    "PW036": Code(
        _I,
        "listener has no route",
        "No route is attached to the listener: every request gets 404, every connection of TLS and "
        "TCP is closed, every datagram dropped.",
        "Attach a route, or remove the listener.",
    ),
    "PW040": Code(
        _E,
        "certificate is missing or not usable",
        "A certificateRef names no Secret that holds a certificate chain and its key. If a Secret "
        "of that name is in another namespace (guides disagree about where an inference "
        "certificate belongs), it is named.",
        "Create the Secret, copy it here, or refer to its namespace with a ReferenceGrant there.",
    ),
    "PW041": Code(
        _W,
        "certificate does not cover the listener",
        "No name of the certificate covers the listener's hostname; clients will refuse it.",
        "Issue a certificate for the hostname; a wildcard covers one label only.",
    ),
    "PW042": Code(
        _E,
        "certificate has expired",
        "Clients refuse the certificate.",
        "Renew it.",
    ),
    "PW043": Code(
        _W, "certificate expires soon", "The certificate expires within 14 days.", "Renew it."
    ),
    "PW044": Code(
        _E,
        "TLS to a backend as asked for is not possible",
        "A BackendTLSPolicy or an XBackend has no CA certificate that can be used, a policy is "
        "about something that does not exist, or another policy about the same comes first. Where "
        "nothing could be verified, requests get a 500 and nothing is sent in plain text.",
        "See the message.",
    ),
    "PW045": Code(
        _W,
        "CA certificate has expired",
        "Nothing that the authority has issued is accepted any more.",
        "Store the authority's new certificate.",
    ),
    "PW046": Code(
        _W,
        "CA certificate expires soon",
        "A CA certificate expires within 14 days.",
        "Store the authority's new certificate beside it.",
    ),
    "PW047": Code(
        _E,
        "clients cannot be checked",
        "The Gateway demands client certificates, and a reference to the CA certificates to check "
        "them with leads nowhere. A listener that has none at all is not served.",
        "Correct the reference; a ConfigMap with CA certificates in ca.crt is wanted.",
    ),
    "PW048": Code(
        _W,
        "clients without a valid certificate are let in",
        "The mode AllowInsecureFallback asks clients for a certificate and serves them whatever "
        "they show.",
        "Use AllowValidOnly.",
    ),
    "PW050": Code(
        _W,
        "rule never matches",
        "An earlier match covers everything this one asks for.",
        "Remove it, or make its match different.",
    ),
    "PW051": Code(
        _W,
        "routes with equal matches",
        "Two routes have the same match on the same host. The older route wins, then the one "
        "whose namespace/name comes first; the loser gets no request.",
        "Change hostname, path or headers of one of them.",
    ),
    "PW052": Code(
        _W,
        "another route has the place",
        "Several routes are attached to one TCP or UDP port, or for one server name of a TLS "
        "listener, and nothing in a connection could choose between them. The oldest route has "
        "it, then the one whose namespace/name comes first; the others get nothing.",
        "Give the route another port or host name.",
    ),
    "PW053": Code(
        _W,
        "header that nobody writes",
        "A rule matches on X-Gateway-Base-Model-Name. Some routers write it for LoRA adapters; "
        "here only a client can, so most requests never come to this rule.",
        "Name the ConfigMaps that say which adapters a model has in the route's annotation "
        "portway.dev/adapters (it may be empty), or match on X-Gateway-Model-Name.",
    ),
    "PW054": Code(
        _W,
        "models that are not listed",
        "The annotation portway.dev/models of a route has a value that means nothing, so GET "
        "/v1/models does not tell of its models.",
        "Write listed, or remove the annotation.",
    ),
    "PW060": Code(
        _I,
        "HTTPS listeners are chosen by SNI",
        "A test such as curl -H 'Host: NAME' https://ADDRESS/ sends no SNI, so no listener is "
        "chosen and the handshake is refused, though the Gateway works.",
        "curl --resolve NAME:PORT:ADDRESS https://NAME/",
    ),
    "PW061": Code(
        _I,
        "DNS records of a cut-over",
        "The names to point at the Gateway when traffic is moved to it, from its listeners and "
        "routes. Guides list a domain and its wildcard and forget a wildcard of another domain "
        "(inference hosts), whose traffic then stays at the old entrance and ends with it.",
        "Move every record that is listed.",
    ),
    "PW062": Code(
        _I,
        "port below 1024",
        "Such a port needs a right that ordinary processes do not have. Stand-alone, Portway adds "
        "an offset to it when it may not bind it.",
        "Grant cap_net_bind_service, set --port-offset, or use the port that is named.",
    ),
    "PW099": Code(
        _W, "other finding", "A condition without a code of its own.", "See the message."
    ),
}


def markdown() -> str:
    """The text of docs/codes.md."""
    rows = [
        "# Codes of `portway check`",
        "",
        "Each finding has a code that never changes its meaning. Errors make `check` exit with 1; "
        "with `--strict` warnings do too.",
        "",
        "| Code | Severity | Title | Meaning | Cure |",
        "| --- | --- | --- | --- | --- |",
    ]
    rows += [
        f"| {name} | {code.severity} | {code.title} | {code.meaning} | {code.cure} |"
        for name, code in sorted(CODES.items())
    ]
    return "\n".join(rows).replace("*", "\\*") + "\n"
