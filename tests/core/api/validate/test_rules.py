"""Every rule between fields, each broken by a document that breaks nothing else.

A case is the rule, the place of the fault, and a document: the kind's smallest valid one with the
members written here laid over it. The last test holds the table against the rules themselves, so
a rule without a case cannot be added.
"""

from typing import Any

import pytest
import yaml

from portway.core import api
from portway.core.api.validate import RULES

Document = dict[str, Any]

_BASE: dict[str, str] = {
    "Gateway": """
        spec:
          gatewayClassName: c
          listeners: [{name: a, port: 80, protocol: HTTP}]
        """,
    "ListenerSet": """
        spec:
          parentRef: {name: g}
          listeners: [{name: a, port: 80, protocol: HTTP}]
        """,
    "HTTPRoute": "spec: {}",
    "GRPCRoute": "spec: {}",
    "TLSRoute": """
        spec:
          hostnames: [a.example.com]
          rules: [{backendRefs: [{name: s, port: 1}]}]
        """,
    "TCPRoute": "spec: {rules: [{backendRefs: [{name: s, port: 1}]}]}",
    "UDPRoute": "spec: {rules: [{backendRefs: [{name: s, port: 1}]}]}",
    "BackendTLSPolicy": """
        spec:
          targetRefs: [{group: "", kind: Service, name: s}]
          validation: {hostname: a.example.com, wellKnownCACertificates: System}
        """,
    "Backend": "spec: {endpoints: [{ip: {address: 127.0.0.1, port: 1}}]}",
    "Service": "spec: {ports: [{port: 80}]}",
    "EndpointSlice": "addressType: IPv4",
    "Secret": "{}",
    "ConfigMap": "{}",
    "Namespace": "{}",
}


def _document(kind: str, overlay: str, name: str = "x") -> Document:
    info = api.KINDS[kind]
    document: Document = {
        "apiVersion": info.type.api_version,
        "kind": kind,
        "metadata": {"name": name},
        **yaml.safe_load(_BASE[kind]),
    }
    for key, value in (yaml.safe_load(overlay) or {}).items():
        present = document.get(key)
        if isinstance(value, dict) and isinstance(present, dict):
            document[key] = {**present, **value}
        else:
            document[key] = value
    return document


def _rule(members: str) -> str:
    """A route with one rule."""
    return f"spec: {{rules: [{{{members}}}]}}"


def _filter(members: str) -> str:
    """A route with one filter."""
    return _rule(f"filters: [{{{members}}}]")


def _path(members: str) -> str:
    return _rule(f"matches: [{{path: {{{members}}}}}]")


def _listener(members: str) -> str:
    return f"spec: {{listeners: [{{name: a, port: 443, {members}}}]}}"


def _listeners(*members: str) -> str:
    return "spec: {listeners: [" + ", ".join(f"{{{each}}}" for each in members) + "]}"


_PARENTS = "spec: {parentRefs: [%s, %s]}"
_HEADER_FILTER = "type: RequestHeaderModifier, requestHeaderModifier: {%s}"
_REDIRECT = "{type: RequestRedirect, requestRedirect: {%s}}"
_REWRITE = "{type: URLRewrite, urlRewrite: {%s}}"
_PREFIX = "path: {type: ReplacePrefixMatch, replacePrefixMatch: /y}"
_CORS = "type: CORS, cors: {%s}"
_AUTH = "type: ExternalAuth, externalAuth: {backendRef: {name: s, port: 1}, %s}"
_MIRROR = "type: RequestMirror, requestMirror: {%s}"
_MANY = ", ".join(["{}"] * 64)
_ABOVE_LIMIT = "AAAA" * (1024 * 1024 // 3 + 1)

Case = tuple[str, str, str, str]

_METADATA: list[Case] = [
    (
        "annotations-size",
        "metadata.annotations",
        "ConfigMap",
        f"metadata: {{annotations: {{a: {'x' * 262144}}}}}",
    ),
]

_REFERENCES: list[Case] = [
    *(("service-port-required", "spec.rules[0].backendRefs[0].port", kind,
       "spec: {rules: [{backendRefs: [{name: s}]}]}")
      for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")),
    ("service-port-required", "spec.rules[0].filters[0].requestMirror.backendRef.port",
     "GRPCRoute", _filter(_MIRROR % "backendRef: {name: s}")),
    ("service-port-required", "spec.rules[0].filters[0].externalAuth.backendRef.port",
     "HTTPRoute",
     _filter("type: ExternalAuth, "
             "externalAuth: {backendRef: {name: s}, protocol: GRPC, grpc: {}}")),
    *(("parent-ref-distinguished", "spec.parentRefs[1]", kind,
       _PARENTS % ("{name: g, sectionName: a}", "{name: g}"))
      for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")),
    ("parent-ref-distinguished", "spec.parentRefs[1]", "HTTPRoute",
     _PARENTS % ("{name: g, port: 80}", "{name: g, sectionName: a}")),
    *(("parent-ref-unique", "spec.parentRefs[1]", kind,
       _PARENTS % ("{name: g, kind: Gateway}", "{name: g}"))
      for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")),
    ("parent-ref-unique", "spec.parentRefs[1]", "HTTPRoute",
     _PARENTS % ("{name: g, namespace: n, sectionName: a, port: 1}",
                 "{name: g, namespace: n, sectionName: a, port: 1}")),
]  # fmt: skip

_FILTERS: list[Case] = [
    *(("filter-member-missing", f"spec.rules[0].filters[0].{member}", kind,
       _filter(f"type: {type_}"))
      for kind, type_, member in (
          ("HTTPRoute", "RequestHeaderModifier", "requestHeaderModifier"),
          ("HTTPRoute", "ResponseHeaderModifier", "responseHeaderModifier"),
          ("HTTPRoute", "RequestMirror", "requestMirror"),
          ("HTTPRoute", "RequestRedirect", "requestRedirect"),
          ("HTTPRoute", "URLRewrite", "urlRewrite"),
          ("HTTPRoute", "CORS", "cors"),
          ("HTTPRoute", "ExternalAuth", "externalAuth"),
          ("HTTPRoute", "ExtensionRef", "extensionRef"),
          ("GRPCRoute", "RequestHeaderModifier", "requestHeaderModifier"),
          ("GRPCRoute", "ResponseHeaderModifier", "responseHeaderModifier"),
          ("GRPCRoute", "RequestMirror", "requestMirror"),
          ("GRPCRoute", "ExtensionRef", "extensionRef"),
      )),
    *(("filter-member-unexpected", f"spec.rules[0].filters[0].{member}", kind,
       _filter(f"{_CORS % ''}, {member}: {value}" if kind == "HTTPRoute"
               else f"type: RequestHeaderModifier, requestHeaderModifier: {{}}, {member}: {value}"))
      for kind, member, value in (
          ("HTTPRoute", "requestHeaderModifier", "{}"),
          ("HTTPRoute", "responseHeaderModifier", "{}"),
          ("HTTPRoute", "requestMirror", "{backendRef: {name: s, port: 1}}"),
          ("HTTPRoute", "requestRedirect", "{}"),
          ("HTTPRoute", "urlRewrite", "{}"),
          ("HTTPRoute", "externalAuth",
           "{protocol: GRPC, backendRef: {name: s, port: 1}, grpc: {}}"),
          ("HTTPRoute", "extensionRef", "{group: a, kind: B, name: c}"),
          ("GRPCRoute", "responseHeaderModifier", "{}"),
          ("GRPCRoute", "requestMirror", "{backendRef: {name: s, port: 1}}"),
          ("GRPCRoute", "extensionRef", "{group: a, kind: B, name: c}"),
      )),
    ("filter-member-unexpected", "spec.rules[0].filters[0].cors", "HTTPRoute",
     _filter(f"{_HEADER_FILTER % ''}, cors: {{}}")),
    ("filter-member-unexpected", "spec.rules[0].filters[0].requestHeaderModifier", "GRPCRoute",
     _filter("type: ResponseHeaderModifier, responseHeaderModifier: {}, "
             "requestHeaderModifier: {}")),
    *(("filter-repeated", "spec.rules[0].filters[1]", kind,
       _rule(f"filters: [{{type: {type_}, {member}: {{}}}}, {{type: {type_}, {member}: {{}}}}]"))
      for kind, type_, member in (
          ("HTTPRoute", "RequestHeaderModifier", "requestHeaderModifier"),
          ("HTTPRoute", "ResponseHeaderModifier", "responseHeaderModifier"),
          ("HTTPRoute", "RequestRedirect", "requestRedirect"),
          ("HTTPRoute", "URLRewrite", "urlRewrite"),
          ("HTTPRoute", "CORS", "cors"),
          ("GRPCRoute", "RequestHeaderModifier", "requestHeaderModifier"),
          ("GRPCRoute", "ResponseHeaderModifier", "responseHeaderModifier"),
      )),
    *(("filter-repeated", "spec.rules[0].backendRefs[0].filters[1]", kind,
       _rule("backendRefs: [{name: s, port: 1, filters: ["
             f"{{{_HEADER_FILTER % ''}}}, {{{_HEADER_FILTER % ''}}}]}}]"))
      for kind in ("HTTPRoute", "GRPCRoute")),
    *(("header-unique", f"spec.rules[0].filters[0].requestHeaderModifier.{place}", kind,
       _filter(_HEADER_FILTER % members))
      for kind in ("HTTPRoute", "GRPCRoute")
      for place, members in (
          ("set[1].name", "set: [{name: a, value: b}, {name: a, value: c}]"),
          ("add[1].name", "add: [{name: a, value: b}, {name: a, value: c}]"),
          ("remove[2]", "remove: [a, b, a]"),
      )),
    ("header-unique", "spec.rules[0].filters[0].responseHeaderModifier.remove[1]", "HTTPRoute",
     _filter("type: ResponseHeaderModifier, responseHeaderModifier: {remove: [a, a]}")),
    ("mirror-one-share", "spec.rules[0].filters[0].requestMirror.fraction", "HTTPRoute",
     _filter(_MIRROR % "backendRef: {name: s, port: 1}, percent: 0, fraction: {numerator: 1}")),
    ("fraction-at-most-one", "spec.rules[0].filters[0].requestMirror.fraction.numerator",
     "GRPCRoute",
     _filter(_MIRROR % "backendRef: {name: s, port: 1}, fraction: {numerator: 101}")),
    *(("session-lifetime-timeout", "spec.rules[0].sessionPersistence.absoluteTimeout", kind,
       _rule(f"sessionPersistence: {{{cookie}: {{lifetimeType: Permanent}}}}"))
      for kind in ("HTTPRoute", "GRPCRoute") for cookie in ("cookie", "cookieConfig")),
    *(("session-member-unexpected", f"spec.rules[0].sessionPersistence.{cookie}", "HTTPRoute",
       _rule(f"sessionPersistence: {{type: Header, {cookie}: {{}}}}"))
      for cookie in ("cookie", "cookieConfig")),
    ("session-member-unexpected", "spec.rules[0].sessionPersistence.header", "GRPCRoute",
     _rule("sessionPersistence: {header: {name: a}}")),
]  # fmt: skip

_HTTP_FILTERS: list[Case] = [
    ("filter-redirect-and-rewrite", "spec.rules[0].filters[1]", "HTTPRoute",
     _rule(f"filters: [{_REDIRECT % ''}, {_REWRITE % ''}]")),
    ("filter-redirect-and-rewrite", "spec.rules[0].backendRefs[0].filters[1]", "HTTPRoute",
     _rule(f"backendRefs: [{{name: s, port: 1, filters: [{_REWRITE % ''}, {_REDIRECT % ''}]}}]")),
    *((f"path-modifier-{fault}", f"spec.rules[0].filters[0].{place}.path.{member}", "HTTPRoute",
       _rule(f"filters: [{filter_ % f'path: {{{members}}}'}]"))
      for place, filter_ in (("requestRedirect", _REDIRECT), ("urlRewrite", _REWRITE))
      for fault, member, members in (
          ("missing", "replaceFullPath", "type: ReplaceFullPath"),
          ("missing", "replacePrefixMatch", "type: ReplacePrefixMatch"),
          ("unexpected", "replaceFullPath",
           "type: ReplacePrefixMatch, replacePrefixMatch: /x, replaceFullPath: /x"),
          ("unexpected", "replacePrefixMatch",
           "type: ReplaceFullPath, replacePrefixMatch: /x, replaceFullPath: /x"),
      )),
    *(("cors-wildcard-alone", f"spec.rules[0].filters[0].cors.{member}", "HTTPRoute",
       _filter(_CORS % f'{member}: ["*", {other}]'))
      for member, other in (
          ("allowOrigins", "'http://a'"), ("allowMethods", "GET"), ("allowHeaders", "a"))),
    *(("cors-unique", f"spec.rules[0].filters[0].cors.{member}[1]", "HTTPRoute",
       _filter(_CORS % f"{member}: [{value}, {value}]"))
      for member, value in (
          ("allowOrigins", "'http://a'"), ("allowMethods", "GET"), ("allowHeaders", "a"),
          ("exposeHeaders", "a"))),
    ("external-auth-member-missing", "spec.rules[0].filters[0].externalAuth.http", "HTTPRoute",
     _filter(_AUTH % "protocol: HTTP")),
    ("external-auth-member-missing", "spec.rules[0].filters[0].externalAuth.grpc", "HTTPRoute",
     _filter(_AUTH % "protocol: GRPC")),
    ("external-auth-member-unexpected", "spec.rules[0].filters[0].externalAuth.http", "HTTPRoute",
     _filter(_AUTH % "protocol: GRPC, grpc: {}, http: {}")),
    ("external-auth-member-unexpected", "spec.rules[0].filters[0].externalAuth.grpc", "HTTPRoute",
     _filter(_AUTH % "protocol: HTTP, grpc: {}, http: {}")),
    *(("external-auth-headers-unique", f"spec.rules[0].filters[0].externalAuth.{place}[1]",
       "HTTPRoute", _filter(_AUTH % members))
      for place, members in (
          ("grpc.allowedHeaders", "protocol: GRPC, grpc: {allowedHeaders: [a, a]}"),
          ("http.allowedHeaders", "protocol: HTTP, http: {allowedHeaders: [a, a]}"),
          ("http.allowedResponseHeaders",
           "protocol: HTTP, http: {allowedResponseHeaders: [a, a]}"),
      )),
]  # fmt: skip

_HTTP_ROUTE: list[Case] = [
    *(("path-absolute", "spec.rules[0].matches[0].path.value", "HTTPRoute",
       _path(f"type: {type_}, value: x")) for type_ in ("Exact", "PathPrefix")),
    *(("path-sequence", "spec.rules[0].matches[0].path.value", "HTTPRoute",
       _path(f"type: {type_}, value: '{value}'"))
      for type_ in ("Exact", "PathPrefix")
      for value in ("/a//b", "/a/./b", "/a/../b", "/a%2fb", "/a%2Fb", "/a/..", "/a/.")),
    *(("path-characters", "spec.rules[0].matches[0].path.value", "HTTPRoute",
       _path(f"type: {type_}, value: '{value}'"))
      for type_ in ("Exact", "PathPrefix")
      for value in ("/a#b", "/a b", "/a?b", "/é", "/%zz", "/%")),
    ("match-unique", "spec.rules[0].matches[0].headers[1].name", "HTTPRoute",
     _rule("matches: [{headers: [{name: a, value: b}, {name: a, value: c}]}]")),
    ("match-unique", "spec.rules[0].matches[0].queryParams[1].name", "HTTPRoute",
     _rule("matches: [{queryParams: [{name: a, value: b}, {name: a, value: c}]}]")),
    ("redirect-with-backends", "spec.rules[0].filters[0].requestRedirect", "HTTPRoute",
     _rule(f"filters: [{_REDIRECT % ''}], backendRefs: [{{name: s, port: 1}}]")),
    *(("prefix-replacement-match", f"spec.rules[0].{place}.path", "HTTPRoute",
       _rule(f"matches: [{matches}], {members}"))
      for matches in ("", "{}, {}", "{path: {type: Exact}}", "{path: {type: RegularExpression}}")
      for place, members in (
          ("filters[0].requestRedirect", f"filters: [{_REDIRECT % _PREFIX}]"),
          ("filters[0].urlRewrite", f"filters: [{_REWRITE % _PREFIX}]"),
          ("backendRefs[0].filters[0].requestRedirect",
           f"backendRefs: [{{name: s, port: 1, filters: [{_REDIRECT % _PREFIX}]}}]"),
          ("backendRefs[0].filters[0].urlRewrite",
           f"backendRefs: [{{name: s, port: 1, filters: [{_REWRITE % _PREFIX}]}}]"),
      )),
    ("timeout-order", "spec.rules[0].timeouts.backendRequest", "HTTPRoute",
     _rule("timeouts: {request: 1s, backendRequest: 1s1ms}")),
    ("retry-codes-unique", "spec.rules[0].retry.codes[1]", "HTTPRoute",
     _rule("retry: {codes: [500, 500]}")),
    ("rule-name-unique", "spec.rules[2].name", "HTTPRoute",
     "spec: {rules: [{name: a}, {}, {name: a}]}"),
    ("rule-name-unique", "spec.rules[1].name", "GRPCRoute",
     "spec: {rules: [{name: a}, {name: a}]}"),
    *(("match-count", "spec.rules", kind,
       f"spec: {{rules: [{{matches: [{_MANY}]}}, {{matches: [{_MANY}]}}, {{matches: [{{}}]}}]}}")
      for kind in ("HTTPRoute", "GRPCRoute")),
]  # fmt: skip

_GRPC_ROUTE: list[Case] = [
    ("grpc-method-empty", "spec.rules[0].matches[0].method", "GRPCRoute",
     _rule("matches: [{method: {}}]")),
    *(("grpc-service-characters", "spec.rules[0].matches[0].method.service", "GRPCRoute",
       _rule(f"matches: [{{method: {{service: '{service}'}}}}]"))
      for service in ("", "a/b", "a..b", "1a", "a.")),
    *(("grpc-method-characters", "spec.rules[0].matches[0].method.method", "GRPCRoute",
       _rule(f"matches: [{{method: {{method: '{method}'}}}}]"))
      for method in ("", "a/b", "a.b", "1a")),
    ("grpc-match-unique", "spec.rules[0].matches[0].headers[1].name", "GRPCRoute",
     _rule("matches: [{headers: [{name: a, value: b}, {name: a, value: c}]}]")),
]  # fmt: skip

_L4_ROUTES: list[Case] = [
    *(("single-rule", "spec.rules", kind,
       "spec: {rules: [{backendRefs: [{name: s, port: 1}]}, {backendRefs: [{name: s, port: 1}]}]}")
      for kind in ("TLSRoute", "TCPRoute", "UDPRoute")),
    ("hostnames-required", "spec.hostnames", "TLSRoute", "spec: {hostnames: []}"),
    ("hostname-is-ip", "spec.hostnames[1]", "TLSRoute", "spec: {hostnames: [a, 10.0.0.1]}"),
]  # fmt: skip

_LISTENERS: list[Case] = [
    case
    for kind in ("Gateway", "ListenerSet")
    for case in (
        *(("listener-tls-forbidden", "spec.listeners[0].tls", kind,
           _listener(f"protocol: {protocol}, tls: {{certificateRefs: [{{name: c}}]}}"))
          for protocol in ("HTTP", "TCP", "UDP")),
        ("listener-tls-terminate", "spec.listeners[0].tls.mode", kind,
         _listener("protocol: HTTPS, tls: {mode: Passthrough}")),
        ("listener-tls-required", "spec.listeners[0].tls", kind, _listener("protocol: TLS")),
        ("listener-certificates-required", "spec.listeners[0].tls.certificateRefs", kind,
         _listener("protocol: TLS, tls: {}")),
        *(("listener-hostname-forbidden", "spec.listeners[0].hostname", kind,
           _listener(f"protocol: {protocol}, hostname: a.example.com"))
          for protocol in ("TCP", "UDP")),
        ("listener-name-unique", "spec.listeners[1].name", kind,
         _listeners("name: a, port: 1, protocol: HTTP", "name: a, port: 2, protocol: HTTP")),
        *(("listener-unique", "spec.listeners[1]", kind,
           _listeners(f"name: a, port: 1, protocol: HTTP{host}",
                      f"name: b, port: 1, protocol: HTTP{host}"))
          for host in ("", ", hostname: a.example.com")),
    )
]  # fmt: skip

_GATEWAY: list[Case] = [
    *(("address-ip", "spec.addresses[0].value", "Gateway",
       f"spec: {{addresses: [{{value: '{value}'}}]}}")
      for value in ("a.example.com", "256.1.1.1", "01.1.1.1", "fe80::1%eth0", "1.1.1.1/8")),
    ("address-hostname", "spec.addresses[0].value", "Gateway",
     "spec: {addresses: [{type: Hostname, value: A_b}]}"),
    *(("address-unique", "spec.addresses[1].value", "Gateway",
       f"spec: {{addresses: [{{type: {type_}, value: '{value}'}}, "
       f"{{type: {type_}, value: '{value}'}}]}}")
      for type_, value in (("IPAddress", "127.0.0.1"), ("Hostname", "a.example.com"))),
    ("port-tls-unique", "spec.tls.frontend.perPort[1].port", "Gateway",
     "spec: {tls: {frontend: {default: {}, perPort: [{port: 1, tls: {}}, {port: 1, tls: {}}]}}}"),
]  # fmt: skip

_BACKEND_TLS_POLICY: list[Case] = [
    ("target-ref-distinguished", "spec.targetRefs[1]", "BackendTLSPolicy",
     "spec: {targetRefs: [{group: '', kind: Service, name: s}, "
     "{group: '', kind: Service, name: s, sectionName: a}]}"),
    *(("target-ref-unique", "spec.targetRefs[1]", "BackendTLSPolicy",
       f"spec: {{targetRefs: [{{group: '', kind: Service, name: s{section}}}, "
       f"{{group: '', kind: Service, name: s{section}}}]}}")
      for section in ("", ", sectionName: a")),
    ("ca-exclusive", "spec.validation.wellKnownCACertificates", "BackendTLSPolicy",
     "spec: {validation: {hostname: a, wellKnownCACertificates: System, "
     "caCertificateRefs: [{group: '', kind: ConfigMap, name: c}]}}"),
    ("ca-required", "spec.validation", "BackendTLSPolicy", "spec: {validation: {hostname: a}}"),
    *((f"subject-name-{fault}", f"spec.validation.subjectAltNames[0].{member}",
       "BackendTLSPolicy",
       "spec: {validation: {hostname: a, wellKnownCACertificates: System, "
       f"subjectAltNames: [{{{members}}}]}}}}")
      for fault, member, members in (
          ("missing", "hostname", "type: Hostname"),
          ("missing", "uri", "type: URI"),
          ("unexpected", "hostname", "type: URI, uri: 'a://b', hostname: a"),
          ("unexpected", "uri", "type: Hostname, uri: 'a://b', hostname: a"),
      )),
]  # fmt: skip

_CORE_KINDS: list[Case] = [
    ("service-ports-required", "spec.ports", "Service", "spec: {ports: []}"),
    ("service-port-name-required", "spec.ports[1].name", "Service",
     "spec: {ports: [{name: a, port: 1}, {port: 2}]}"),
    ("service-port-name-unique", "spec.ports[1].name", "Service",
     "spec: {ports: [{name: a, port: 1}, {name: a, port: 2}]}"),
    ("service-port-unique", "spec.ports[1].port", "Service",
     "spec: {ports: [{name: a, port: 1}, {name: b, port: 1}]}"),
    ("service-external-name", "spec.externalName", "Service", "spec: {type: ExternalName}"),
    ("service-cluster-ip", "spec.clusterIP", "Service", "spec: {clusterIP: none}"),
    *(("endpoint-address", "endpoints[0].addresses[0]", "EndpointSlice",
       f"{{addressType: {type_}, endpoints: [{{addresses: ['{address}']}}]}}")
      for type_, address in (
          ("IPv4", "::1"), ("IPv4", "a.example.com"), ("IPv6", "127.0.0.1"), ("FQDN", "*.a"))),
    ("endpoint-addresses-unique", "endpoints[0].addresses[1]", "EndpointSlice",
     "endpoints: [{addresses: [10.0.0.1, 10.0.0.1]}]"),
    ("endpoint-port-name-unique", "ports[1].name", "EndpointSlice",
     "ports: [{port: 1}, {port: 2}]"),
    ("secret-tls-keys", "data[tls.key]", "Secret",
     "{type: kubernetes.io/tls, data: {tls.crt: ''}}"),
    ("secret-tls-keys", "data[tls.crt]", "Secret",
     "{type: kubernetes.io/tls, data: {tls.key: ''}}"),
    ("secret-size", "data", "Secret", f"data: {{a: {_ABOVE_LIMIT}}}"),
    ("config-map-key-once", "binaryData[a]", "ConfigMap", "{data: {a: x}, binaryData: {a: ''}}"),
    ("config-map-size", "data", "ConfigMap", f"data: {{a: {'x' * 1048576}}}"),
]  # fmt: skip

_BACKEND: list[Case] = [
    ("backend-one-member", "spec.endpoints[0]", "Backend", "spec: {endpoints: [{}]}"),
    ("backend-one-member", "spec.endpoints[0]", "Backend",
     "spec: {endpoints: [{ip: {address: '::1', port: 1}, unix: {path: /a}}]}"),
    ("backend-address-ip", "spec.endpoints[0].ip.address", "Backend",
     "spec: {endpoints: [{ip: {address: localhost, port: 1}}]}"),
    ("backend-endpoint-unique", "spec.endpoints[1]", "Backend",
     "spec: {endpoints: [{unix: {path: /a}}, {unix: {path: /a}}]}"),
    ("backend-names-and-sockets", "spec.endpoints[1].unix", "Backend",
     "spec: {endpoints: [{hostname: {name: a, port: 1}}, {unix: {path: /a}}]}"),
]  # fmt: skip

_CASES = [
    *_METADATA,
    *_REFERENCES,
    *_FILTERS,
    *_HTTP_FILTERS,
    *_HTTP_ROUTE,
    *_GRPC_ROUTE,
    *_L4_ROUTES,
    *_LISTENERS,
    *_GATEWAY,
    *_BACKEND_TLS_POLICY,
    *_CORE_KINDS,
    *_BACKEND,
]


def _broken(document: Document) -> list[tuple[str, str]]:
    with pytest.raises(api.InvalidResource) as raised:
        api.decode(document)
    assert all(error.message and error.cure for error in raised.value.errors)
    return [(error.rule, error.path) for error in raised.value.errors]


@pytest.mark.parametrize("kind", _BASE)
def test_the_smallest_document_is_valid(kind: str) -> None:
    assert api.decode(_document(kind, "{}")).kind == kind


@pytest.mark.parametrize(
    ("rule", "path", "kind", "overlay"),
    _CASES,
    ids=[f"{rule}-{kind}-{index}" for index, (rule, _, kind, _) in enumerate(_CASES)],
)
def test_a_document_breaks_exactly_the_rule(rule: str, path: str, kind: str, overlay: str) -> None:
    assert _broken(_document(kind, overlay)) == [(rule, path)]


@pytest.mark.parametrize("kind", ["Service", "Namespace"])
@pytest.mark.parametrize("name", ["a.b", "a" * 64])
def test_some_names_are_single_labels(kind: str, name: str) -> None:
    assert _broken(_document(kind, "{}", name)) == [("name-dns-label", "metadata.name")]


def test_a_controller_name_cannot_change() -> None:
    def gateway_class(controller: str) -> api.GatewayClass:
        spec = api.GatewayClassSpec(controller_name=controller)
        return api.GatewayClass(metadata=api.ObjectMeta(name="c"), spec=spec)

    old = gateway_class("example.com/a")
    (error,) = api.validate_update(old, gateway_class("example.com/b"))
    assert (error.rule, error.path) == ("controller-name-immutable", "spec.controllerName")
    assert api.validate_update(old, gateway_class("example.com/a")) == ()


def test_every_rule_has_a_case() -> None:
    elsewhere = {"name-dns-label", "controller-name-immutable"}
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert set(ids) == {rule for rule, *_ in _CASES} | elsewhere


@pytest.mark.parametrize(
    ("kind", "overlay"),
    [
        # What the spec leaves open is answered in status, not refused.
        ("Gateway", _listener("protocol: INVALID")),
        ("Gateway", _listener("protocol: example.com/bar")),
        ("Gateway", _listener("protocol: HTTPS")),
        ("Gateway",
         "spec: {addresses: [{type: test/fake, value: x}, {type: test/fake, value: x}]}"),
        ("Gateway", "spec: {infrastructure: {parametersRef: {group: a.b, kind: C, name: d}}}"),
        ("HTTPRoute", _rule("backendRefs: [{group: a.b, kind: Unheard, name: x}]")),
        ("HTTPRoute", _rule("backendRefs: [{group: a.b, kind: Service, name: x}]")),
        ("HTTPRoute", _filter("type: ExtensionRef, extensionRef: {group: a, kind: B, name: c}")),
        ("HTTPRoute", "spec: {hostnames: [10.0.0.1]}"),
        ("HTTPRoute", _rule("timeouts: {request: 0s, backendRequest: 1s}")),
        ("HTTPRoute", _rule("timeouts: {request: 1s, backendRequest: 1000ms}")),
        ("HTTPRoute", _path("type: RegularExpression, value: '(not a regex'")),
        ("HTTPRoute", _PARENTS % ("{name: g, port: 1}", "{name: g, port: 2}")),
        ("HTTPRoute", _PARENTS % ("{name: g}", "{name: g, namespace: other, sectionName: a}")),
        ("HTTPRoute", _rule(f"filters: [{_REDIRECT % _PREFIX}]")),
        ("HTTPRoute",
         _rule(f"backendRefs: [{{name: s, port: 1, filters: [{_REDIRECT % ''}]}}]")),
        ("Secret", "{type: kubernetes.io/tls, data: {tls.crt: '', tls.key: bm90IFBFTQ==}}"),
        ("Service", "spec: {clusterIP: None, ports: []}"),
        ("Service", "spec: {type: ExternalName, externalName: example.com, ports: []}"),
        ("EndpointSlice", "endpoints: [{addresses: [127.0.0.1]}, {addresses: [169.254.0.1]}]"),
        ("EndpointSlice", "{addressType: FQDN, endpoints: [{addresses: [a.example.com]}]}"),
        ("Backend", "spec: {endpoints: [{unix: {path: /a}}, {ip: {address: '::1', port: 1}}]}"),
    ],
)  # fmt: skip
def test_what_must_pass(kind: str, overlay: str) -> None:
    assert api.decode(_document(kind, overlay)).name == "x"
