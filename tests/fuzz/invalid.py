"""One invalid object of each kind: a single fault each, and the words the user has to read.

What a kind refuses is in the CRDs (Gateway API), in Kubernetes itself (Service, Secret, ...) or in
Portway's own kinds. Knows documents only.
"""

from typing import Any, NamedTuple

_GATEWAY = "gateway.networking.k8s.io/v1"


class Invalid(NamedTuple):
    """A document that breaks one rule; `field` is the one the message must name."""

    document: dict[str, Any]
    field: str


def _document(kind: str, body: dict[str, Any], version: str = _GATEWAY) -> dict[str, Any]:
    metadata = {"name": "invalid", "namespace": "shop"}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}


def _spec(kind: str, version: str = _GATEWAY, **spec: Any) -> dict[str, Any]:
    return _document(kind, {"spec": spec}, version)


_RULE = {"backendRefs": [{"name": "cart", "port": 80}]}
_TWO_PORTS = [{"name": "a", "port": 80}, {"name": "a", "port": 81}]

INVALID: dict[str, Invalid] = {
    "Backend": Invalid(
        _spec("Backend", "portway.dev/v1alpha1", endpoints=[{"ip": {"address": "x", "port": 1}}]),
        "spec.endpoints[0].ip.address",
    ),
    "BackendTLSPolicy": Invalid(
        _spec(
            "BackendTLSPolicy",
            targetRefs=[],
            validation={"hostname": "a.example.com", "wellKnownCACertificates": "System"},
        ),
        "spec.targetRefs",
    ),
    "ClusterTrustBundle": Invalid(
        {
            **_spec("ClusterTrustBundle", "certificates.k8s.io/v1", signerName="example.com/a"),
            "metadata": {"name": "invalid"},
        },
        "metadata.name",
    ),
    "ConfigMap": Invalid(_document("ConfigMap", {"data": {"a": 1}}, "v1"), "data"),
    "EndpointSlice": Invalid(
        _document(
            "EndpointSlice",
            {"addressType": "IPv4", "endpoints": [{"addresses": ["not an address"]}]},
            "discovery.k8s.io/v1",
        ),
        "endpoints[0].addresses",
    ),
    "GRPCRoute": Invalid(
        _spec("GRPCRoute", rules=[{"matches": [{"method": {"service": "a b"}}]}]),
        "spec.rules[0].matches[0].method",
    ),
    "Gateway": Invalid(
        _spec(
            "Gateway",
            gatewayClassName="portway",
            listeners=[{"name": "a", "port": 0, "protocol": "HTTP"}],
        ),
        "spec.listeners[0].port",
    ),
    "GatewayClass": Invalid(
        _spec("GatewayClass", controllerName="no-domain"), "spec.controllerName"
    ),
    "HTTPRoute": Invalid(
        _spec("HTTPRoute", rules=[{**_RULE, "matches": [{"path": {"value": "no-slash"}}]}]),
        "spec.rules[0].matches[0].path",
    ),
    "ListenerSet": Invalid(
        _spec("ListenerSet", parentRef={"name": "web"}, listeners=[]), "spec.listeners"
    ),
    "InferencePool": Invalid(
        _spec(
            "InferencePool",
            "inference.networking.k8s.io/v1",
            selector={"matchLabels": {"app": "llama"}},
            targetPorts=[{"number": 8000}, {"number": 8000}],
        ),
        "spec.targetPorts[1].number",
    ),
    "ProxyConfig": Invalid(
        _spec("ProxyConfig", "portway.dev/v1alpha1", replicas=2, autoscaling={"maxReplicas": 9}),
        "spec.replicas",
    ),
    "TokenLimit": Invalid(
        _spec(
            "TokenLimit",
            "portway.dev/v1alpha1",
            limits=[{"tokens": 1, "per": "Day"}, {"tokens": 2, "per": "Day"}],
        ),
        "spec.limits[1]",
    ),
    "XBackend": Invalid(
        _spec(
            "XBackend",
            "gateway.networking.x-k8s.io/v1alpha1",
            type="ExternalHostname",
            externalHostname={"hostname": "10.0.0.1"},
            port={"port": 443},
        ),
        "spec.externalHostname.hostname",
    ),
    "XBackendTrafficPolicy": Invalid(
        _spec(
            "XBackendTrafficPolicy",
            "gateway.networking.x-k8s.io/v1alpha1",
            targetRefs=[{"group": "", "kind": "Service", "name": "app"}],
            retryConstraint={"budget": {"interval": "2h"}},
        ),
        "spec.retryConstraint.budget.interval",
    ),
    "Namespace": Invalid(
        _document("Namespace", {"metadata": {"name": "invalid", "labels": {"a": "b c"}}}, "v1"),
        "metadata.labels",
    ),
    "Pod": Invalid(_document("Pod", {"status": {"podIP": 4}}, "v1"), "status.podIP"),
    "ReferenceGrant": Invalid(
        _document(
            "ReferenceGrant", {"spec": {"from": [], "to": [{"group": "", "kind": "Service"}]}}
        ),
        "spec.from",
    ),
    "Secret": Invalid(_document("Secret", {"data": {"tls.crt": "not base64!"}}, "v1"), "data"),
    "Service": Invalid(_spec("Service", "v1", ports=_TWO_PORTS), "spec.ports"),
    "TCPRoute": Invalid(_spec("TCPRoute", rules=[]), "spec.rules"),
    "TLSRoute": Invalid(_spec("TLSRoute", hostnames=["1.2.3.4"], rules=[_RULE]), "spec.hostnames"),
    "UDPRoute": Invalid(_spec("UDPRoute", rules=[{"backendRefs": [{"name": ""}]}]), "spec.rules"),
}
