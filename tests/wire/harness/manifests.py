"""Manifests from Python values.

Knows how to write objects as YAML and the least each kind needs. Must not know what Portway makes
of them: tests give the fields they are about, and these helpers add nothing a reader must guess.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]

GATEWAY_API = "gateway.networking.k8s.io/v1"


def to_yaml(documents: Sequence[Mapping[str, Any]]) -> str:
    """A multi-document YAML text, fields in the given order."""
    plain = [dict(document) for document in documents]
    text: str = yaml.safe_dump_all(plain, sort_keys=False, allow_unicode=True)
    return text


def write(path: Path, documents: Sequence[Mapping[str, Any]]) -> None:
    """Replaces a manifest in one step, as an editor or a config map does: no half file is seen."""
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.write_text(to_yaml(documents), encoding="utf-8")
    fresh.replace(path)


def listener(
    name: str,
    port: int,
    *,
    protocol: str = "HTTP",
    hostname: str | None = None,
    secret: str | None = None,
    **fields: Any,
) -> Document:
    """A listener; `secret` makes it terminate TLS with that Secret."""
    made: Document = {"name": name, "protocol": protocol, "port": port}
    if hostname is not None:
        made["hostname"] = hostname
    if secret is not None:
        made["tls"] = {"mode": "Terminate", "certificateRefs": [{"name": secret}]}
    return {**made, **fields}


def gateway_class(name: str, controller: str) -> Document:
    """A GatewayClass."""
    return _object(GATEWAY_API, "GatewayClass", "", name, {"controllerName": controller})


def gateway(
    name: str,
    listeners: Sequence[Document],
    *,
    namespace: str = "default",
    gateway_class: str = "portway",
    **fields: Any,
) -> Document:
    """A Gateway."""
    spec = {"gatewayClassName": gateway_class, "listeners": list(listeners), **fields}
    return _object(GATEWAY_API, "Gateway", namespace, name, spec)


def listener_set(
    name: str,
    parent: str,
    listeners: Sequence[Document],
    *,
    namespace: str = "default",
    parent_namespace: str = "default",
    created: str | None = None,
) -> Document:
    """A ListenerSet; `created` is its creation time."""
    spec = {
        "parentRef": {"name": parent, "namespace": parent_namespace},
        "listeners": list(listeners),
    }
    made = _object(GATEWAY_API, "ListenerSet", namespace, name, spec)
    if created is not None:
        made["metadata"]["creationTimestamp"] = created
    return made


def rule(*backends: Document, **fields: Any) -> Document:
    """A rule of a route; `matches`, `filters` and `timeouts` are given as in the spec."""
    return {**fields, "backendRefs": list(backends)} if backends else dict(fields)


def backend(name: str, port: int = 80, **fields: Any) -> Document:
    """A backendRef to a Service."""
    return {"name": name, "port": port, **fields}


def http_route(
    name: str,
    parent: str,
    rules: Sequence[Document],
    *,
    namespace: str = "default",
    parent_namespace: str | None = None,
    hostnames: Sequence[str] = (),
    **parent_fields: Any,
) -> Document:
    """An HTTPRoute with one parent; `parent_fields` are kind, sectionName and port."""
    return ruled_route(
        "HTTPRoute",
        name,
        parent,
        rules,
        namespace=namespace,
        parent_namespace=parent_namespace,
        hostnames=hostnames,
        **parent_fields,
    )


def ruled_route(
    kind: str,
    /,
    name: str,
    parent: str,
    rules: Sequence[Document],
    *,
    namespace: str = "default",
    parent_namespace: str | None = None,
    hostnames: Sequence[str] = (),
    **parent_fields: Any,
) -> Document:
    """The same for a GRPCRoute."""
    reference: Document = {"name": parent, **parent_fields}
    if parent_namespace is not None:
        reference["namespace"] = parent_namespace
    spec: Document = {"parentRefs": [reference]}
    if hostnames:
        spec["hostnames"] = list(hostnames)
    return _object(GATEWAY_API, kind, namespace, name, {**spec, "rules": list(rules)})


def l4_route(
    kind: str,
    name: str,
    parent: str,
    backends: Sequence[Document],
    *,
    namespace: str = "default",
    hostnames: Sequence[str] = (),
    created: str | None = None,
    **parent_fields: Any,
) -> Document:
    """A TLSRoute, TCPRoute or UDPRoute; `created` is its creation time."""
    spec: Document = {"parentRefs": [{"name": parent, **parent_fields}]}
    if hostnames:
        spec["hostnames"] = list(hostnames)
    made = _object(GATEWAY_API, kind, namespace, name, {**spec, "rules": [rule(*backends)]})
    if created is not None:
        made["metadata"]["creationTimestamp"] = created
    return made


def service(
    name: str,
    *endpoints: str,
    port: int = 80,
    namespace: str = "default",
    app_protocol: str | None = None,
    protocol: str | None = None,
) -> Document:
    """A Service whose endpoints (`127.0.0.1:3000`) are given by annotation."""
    spec_port: Document = {"name": "main", "port": port}
    if protocol is not None:
        spec_port["protocol"] = protocol
    if app_protocol is not None:
        spec_port["appProtocol"] = app_protocol
    made = _object("v1", "Service", namespace, name, {"ports": [spec_port]})
    made["metadata"]["annotations"] = {"portway.dev/endpoints": ", ".join(endpoints)}
    return made


def config_map(name: str, data: Mapping[str, str], *, namespace: str = "default") -> Document:
    """A ConfigMap of texts."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}


def authorities(name: str, *pems: bytes, namespace: str = "default") -> Document:
    """A ConfigMap with CA certificates."""
    return config_map(name, {"ca.crt": b"".join(pems).decode()}, namespace=namespace)


def trust_bundle(name: str, *pems: bytes) -> Document:
    """A ClusterTrustBundle of no signer."""
    spec = {"trustBundle": b"".join(pems).decode()}
    return _object("certificates.k8s.io/v1", "ClusterTrustBundle", "", name, spec)


def backend_tls_policy(
    name: str,
    target: str,
    hostname: str,
    *,
    trust: Sequence[str] = ("ca",),
    bundles: Sequence[str] = (),
    names: Sequence[Document] = (),
    section: str | None = None,
    namespace: str = "default",
) -> Document:
    """A BackendTLSPolicy about a Service, or its port called `section`. `trust` are ConfigMaps,
    `bundles` ClusterTrustBundles, none at all: the machine's own authorities."""
    about: Document = {"group": "", "kind": "Service", "name": target}
    if section is not None:
        about["sectionName"] = section
    validation: Document = {"hostname": hostname}
    if trust:
        validation["caCertificateRefs"] = [
            {"group": "", "kind": "ConfigMap", "name": each} for each in trust
        ]
    elif bundles:
        validation["caCertificateRefs"] = [
            {"group": "certificates.k8s.io", "kind": "ClusterTrustBundle", "name": each}
            for each in bundles
        ]
    else:
        validation["wellKnownCACertificates"] = "System"
    if names:
        validation["subjectAltNames"] = list(names)
    spec = {"targetRefs": [about], "validation": validation}
    return _object(GATEWAY_API, "BackendTLSPolicy", namespace, name, spec)


def _object(version: str, kind: str, namespace: str, name: str, spec: Document) -> Document:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
