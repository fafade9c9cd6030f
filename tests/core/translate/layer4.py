"""Routes of layer 4 to infra/edge, and the places of its listeners, for tests."""

from typing import Any

from portway.core import api, model, translate

PASS = {"protocol": "TLS", "tls": {"mode": "Passthrough"}}
SERVICES = """
apiVersion: v1
kind: Service
metadata: {name: app, namespace: infra, annotations: {portway.dev/endpoints: "10.0.0.1:1"}}
spec:
  ports:
  - {name: tcp, port: 80, appProtocol: postgresql}
  - {name: dns, port: 53, protocol: UDP}
---
apiVersion: v1
kind: Service
metadata:
  name: pair
  namespace: infra
  annotations: {portway.dev/endpoints: "10.0.0.1:1,10.0.0.2:1"}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: empty, namespace: infra}
spec: {ports: [{port: 80}]}
---
apiVersion: portway.dev/v1alpha1
kind: Backend
metadata: {name: named, namespace: infra}
spec: {endpoints: [{hostname: {name: db.internal, port: 5432}}]}
---
apiVersion: portway.dev/v1alpha1
kind: Backend
metadata: {name: socket, namespace: infra}
spec: {endpoints: [{unix: {path: /run/db}}]}
"""
POLICY = """
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: safe, namespace: infra}
spec:
  targetRefs: [{group: "", kind: Service, name: app}]
  validation: {hostname: app.internal, wellKnownCACertificates: System}
"""


def ref(name: str, weight: int = 1, port: int | None = 80, **more: Any) -> dict[str, Any]:
    at = {} if port is None else {"port": port}
    return {"name": name, "weight": weight, **at, **more}


def backend(name: str, weight: int = 1) -> dict[str, Any]:
    return ref(name, weight, None, group="portway.dev", kind="Backend")


def route(
    world: Any,
    kind: str,
    *refs: dict[str, Any],
    name: str = "r",
    created: str = "2026-01-01T00:00:00Z",
    rules: int = 1,
    version: str = "v1",
    **spec: Any,
) -> Any:
    """A route to infra/edge, put into the world."""
    if kind == "TLSRoute":
        spec.setdefault("hostnames", ["a.com"])
    obj = api.decode(
        {
            "apiVersion": f"gateway.networking.k8s.io/{version}",
            "kind": kind,
            "metadata": {"name": name, "namespace": "infra", "creationTimestamp": created},
            "spec": {
                "parentRefs": [{"name": "edge"}],
                "rules": [{"backendRefs": list(refs)}] * rules,
                **spec,
            },
        }
    )
    world.put(obj)
    return obj


def places(world: Any) -> dict[model.L4Key, model.L4Place]:
    """Every place of infra/edge, as the graph would put them together."""
    ports = translate.ports(world.gateway("infra", "edge"), model.Placement(("127.0.0.2",)))
    claims: dict[model.L4Key, list[model.L4Claim]] = {
        key: [] for port in ports for key in translate.base_places(port)
    }
    for kind in ("TLSRoute", "TCPRoute", "UDPRoute"):
        for obj in world.of(kind):
            found = translate.claims(
                translate.l4_route(obj, world), translate.attach(obj, world), world
            )
            for key, claim in found.items():
                claims.setdefault(key, []).append(claim)
    return {key: translate.l4_place(key, found) for key, found in claims.items()}


def holders(world: Any) -> dict[tuple[int, str, str], str]:
    """Who has each place: the name of a route, or nothing."""
    return {
        (key.port, key.protocol, key.domain): place.route.name if place.route else ""
        for key, place in places(world).items()
    }
