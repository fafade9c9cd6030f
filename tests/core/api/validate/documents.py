"""The smallest valid document of each kind, and how to break it in one place.

Knows YAML fragments. What is laid over a document replaces its members one level down.
"""

from typing import Any

import pytest
import yaml

from portway.core import api

Document = dict[str, Any]
Case = tuple[str, str, str, str]
"""The rule, the place of the fault, the kind, and what is laid over its smallest document."""

BASE: dict[str, str] = {
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
    "ProxyConfig": "spec: {}",
    "TokenLimit": "spec: {limits: [{tokens: 1, per: Day}]}",
    "XBackend": """
        spec:
          type: ExternalHostname
          externalHostname: {hostname: a.example.com}
          port: {port: 443}
        """,
    "XBackendTrafficPolicy": "spec: {targetRefs: [{group: '', kind: Service, name: s}]}",
    "InferencePool": "spec: {selector: {matchLabels: {a: b}}, targetPorts: [{number: 1}]}",
    "Pod": "{}",
    "Service": "spec: {ports: [{port: 80}]}",
    "EndpointSlice": "addressType: IPv4",
    "Secret": "{}",
    "ConfigMap": "{}",
    "ClusterTrustBundle": "spec: {trustBundle: x}",
    "Namespace": "{}",
}

PARENTS = "spec: {parentRefs: [%s, %s]}"
HEADER_FILTER = "type: RequestHeaderModifier, requestHeaderModifier: {%s}"
REDIRECT = "{type: RequestRedirect, requestRedirect: {%s}}"
REWRITE = "{type: URLRewrite, urlRewrite: {%s}}"
PREFIX = "path: {type: ReplacePrefixMatch, replacePrefixMatch: /y}"
CORS = "type: CORS, cors: {%s}"
AUTH = "type: ExternalAuth, externalAuth: {backendRef: {name: s, port: 1}, %s}"
MIRROR = "type: RequestMirror, requestMirror: {%s}"
MANY = ", ".join(["{}"] * 64)
ABOVE_LIMIT = "AAAA" * (1024 * 1024 // 3 + 1)


def document(kind: str, overlay: str, name: str = "x") -> Document:
    """The smallest document of a kind with something laid over it."""
    info = api.KINDS[kind]
    whole: Document = {
        "apiVersion": info.type.api_version,
        "kind": kind,
        "metadata": {"name": name},
        **yaml.safe_load(BASE[kind]),
    }
    for key, value in (yaml.safe_load(overlay) or {}).items():
        present = whole.get(key)
        if isinstance(value, dict) and isinstance(present, dict):
            whole[key] = {**present, **value}
        else:
            whole[key] = value
    return whole


def one_rule(members: str) -> str:
    """A route with one rule."""
    return f"spec: {{rules: [{{{members}}}]}}"


def one_filter(members: str) -> str:
    """A route with one filter."""
    return one_rule(f"filters: [{{{members}}}]")


def one_path(members: str) -> str:
    return one_rule(f"matches: [{{path: {{{members}}}}}]")


def one_listener(members: str) -> str:
    return f"spec: {{listeners: [{{name: a, port: 443, {members}}}]}}"


def all_listeners(*members: str) -> str:
    return "spec: {listeners: [" + ", ".join(f"{{{each}}}" for each in members) + "]}"


def broken(wrong: Document) -> list[tuple[str, str]]:
    """Rule and place of every fault, each of which has a message and a cure."""
    with pytest.raises(api.InvalidResource) as raised:
        api.decode(wrong)
    assert all(error.message and error.cure for error in raised.value.errors)
    return [(error.rule, error.path) for error in raised.value.errors]
