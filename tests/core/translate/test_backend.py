"""From backend references to backends, and the reasons when there is none."""

from typing import Any

import pytest

from portway.core import api, filters, model
from portway.core.translate.backend import backend
from portway.core.translate.reference import Referrer

OBJECTS = """
apiVersion: v1
kind: Service
metadata: {name: app, namespace: apps}
spec:
  ports:
  - {name: web, port: 80}
  - {name: rpc, port: 81, appProtocol: kubernetes.io/h2c}
  - {name: chat, port: 82, appProtocol: kubernetes.io/ws}
  - {name: secure, port: 443, appProtocol: https}
  - {name: wss, port: 444, appProtocol: kubernetes.io/wss}
  - {name: dns-udp, port: 53, protocol: UDP}
  - {name: dns-tcp, port: 53, protocol: TCP}
  - {name: only-udp, port: 54, protocol: UDP}
---
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: apps}
spec: {type: ExternalName, externalName: example.com, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: short, namespace: apps, annotations: {portway.dev/endpoints: "localhost"}}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: app, namespace: other}
spec: {ports: [{port: 80}]}
---
apiVersion: portway.dev/v1alpha1
kind: Backend
metadata: {name: local, namespace: apps}
spec:
  endpoints: [{ip: {address: 127.0.0.1, port: 3000}}, {ip: {address: 127.0.0.2, port: 3000}}]
---
apiVersion: portway.dev/v1alpha1
kind: Backend
metadata: {name: rpc, namespace: apps}
spec: {appProtocol: kubernetes.io/h2c, endpoints: [{unix: {path: /run/app.sock}}]}
---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: llama, namespace: apps}
spec:
  selector: {matchLabels: {app: llama}}
  targetPorts: [{number: 8000}]
  appProtocol: kubernetes.io/h2c
---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: written, namespace: apps, annotations: {portway.dev/endpoints: x}}
spec: {selector: {matchLabels: {app: llama}}, targetPorts: [{number: 8000}]}
---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {name: picked, namespace: apps}
spec:
  selector: {matchLabels: {app: llama}}
  targetPorts: [{number: 8000}]
  endpointPickerRef: {name: epp, port: {number: 9002}}
"""


def ref(name: str, port: int | None = None, **more: Any) -> api.BackendObjectReference:
    return api.BackendObjectReference(name=name, port=port, **more)


def resolve(
    world: Any, reference: api.BackendObjectReference
) -> model.ClusterKey | filters.Problem:
    world.add(OBJECTS)
    where = Referrer("HTTPRoute", "apps", "r", "rules[0].backendRefs[0]")
    return backend(reference, where, world)


POOL: dict[str, Any] = {"group": "inference.networking.k8s.io", "kind": "InferencePool"}
PORTWAY: dict[str, Any] = {"group": "portway.dev", "kind": "Backend"}


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (ref("app", 80), model.ClusterKey("Service", "apps", "app", 80, "http")),
        (ref("app", 81), model.ClusterKey("Service", "apps", "app", 81, "h2c")),
        (ref("app", 82), model.ClusterKey("Service", "apps", "app", 82, "ws")),
        (ref("app", 53), model.ClusterKey("Service", "apps", "app", 53, "http")),
        (ref("local", **PORTWAY), model.ClusterKey("Backend", "apps", "local", 0, "http")),
        (ref("llama", 1, **POOL), model.ClusterKey("InferencePool", "apps", "llama", 0, "h2c")),
        (ref("local", 3000, **PORTWAY), model.ClusterKey("Backend", "apps", "local", 0, "http")),
        (ref("rpc", **PORTWAY), model.ClusterKey("Backend", "apps", "rpc", 0, "h2c")),
    ],
)
def test_backends(
    world: Any, reference: api.BackendObjectReference, expected: model.ClusterKey
) -> None:
    assert resolve(world, reference) == expected


@pytest.mark.parametrize(
    ("reference", "reason", "words"),
    [
        (ref("absent", 80), "BackendNotFound", "Service apps/absent does not exist"),
        (ref("app", 99), "BackendNotFound", "has no port 99; its ports are 80, 81"),
        (ref("app"), "BackendNotFound", "needs a port"),
        (ref("outside", 80), "BackendNotFound", "is of type ExternalName"),
        (ref("short", 80), "BackendNotFound", "portway.dev/endpoints has the entry 'localhost'"),
        (ref("app", 54), "UnsupportedProtocol", "over UDP"),
        (ref("app", 443), "UnsupportedProtocol", "appProtocol https"),
        (ref("app", 444), "UnsupportedProtocol", "appProtocol kubernetes.io/wss"),
        (ref("app", 80, namespace="other"), "RefNotPermitted", "no ReferenceGrant"),
        (ref("app", 80, kind="Thing"), "InvalidKind", "kind Thing"),
        (
            ref("p", **POOL),
            "BackendNotFound",
            "InferencePool apps/p does not exist",
        ),
        (ref("written", **POOL), "BackendNotFound", "portway.dev/endpoints has the entry 'x'"),
        (
            ref("picked", **POOL),
            "ResolvedRefs",
            "Service apps/epp does not exist",
        ),
        (
            ref("p", group="inference.networking.x-k8s.io", kind="InferencePool"),
            "InvalidKind",
            "group 'inference.networking.x-k8s.io' cannot be used here",
        ),
        (ref("local", 3001, **PORTWAY), "BackendNotFound", "remove backendRef.port"),
        (ref("absent", **PORTWAY), "BackendNotFound", "Backend apps/absent does not exist"),
    ],
)
def test_reasons(
    world: Any, reference: api.BackendObjectReference, reason: str, words: str
) -> None:
    problem = resolve(world, reference)
    assert isinstance(problem, filters.Problem)
    assert (problem.condition, problem.reason) == ("ResolvedRefs", reason)
    assert words in problem.message
    assert problem.message.startswith("HTTPRoute apps/r, rules[0].backendRefs[0]")


POLICY = """
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {{name: tls, namespace: apps}}
spec:
  targetRefs: [{{group: {group}, kind: {kind}, name: {name}{section}}}]
  validation: {{hostname: app.example.com, wellKnownCACertificates: System}}
"""


def policy(
    section: str = "", *, group: str = '""', kind: str = "Service", name: str = "app"
) -> str:
    return POLICY.format(section=section, group=group, kind=kind, name=name)


SECTIONS = pytest.mark.parametrize(
    ("section", "secured"),
    [("", {80, 81}), (", sectionName: web", {80}), (", sectionName: x", set())],
)


@SECTIONS
def test_plain_text_is_never_sent_where_a_policy_demands_tls(
    world: Any, section: str, secured: set[int]
) -> None:
    """The policy cannot be carried out, since the machine has no authorities."""
    world.add(policy(section))
    for port in (80, 81):
        found = resolve(world, ref("app", port))
        if port in secured:
            assert isinstance(found, filters.Problem)
            # The reference itself leads somewhere; what is wrong is told by the policy.
            assert (found.condition, found.reason, found.status) == (
                *("ResolvedRefs", "ResolvedRefs"),
                True,
            )
            assert "BackendTLSPolicy apps/tls cannot be carried out" in found.message
            assert "nothing is sent in plain text" in found.message
        else:
            assert isinstance(found, model.ClusterKey)


@SECTIONS
def test_a_policy_makes_connections_of_its_own(world: Any, section: str, secured: set[int]) -> None:
    world.system_authorities = "/etc/ca.pem"
    world.add(policy(section))
    for port in (80, 81):
        found = resolve(world, ref("app", port))
        assert isinstance(found, model.ClusterKey)
        assert found.policy == ("tls" if port in secured else "")


def test_a_backend_without_a_service_may_have_a_policy_too(world: Any) -> None:
    world.system_authorities = "/etc/ca.pem"
    world.add(policy(group="portway.dev", kind="Backend", name="local"))
    found = resolve(world, ref("local", **PORTWAY))
    assert isinstance(found, model.ClusterKey)
    assert found.policy == "tls"


SECURE = """
apiVersion: v1
kind: Service
metadata: {{name: secure, namespace: apps}}
spec: {{ports: [{{port: 443, appProtocol: {protocol}}}]}}
"""


@pytest.mark.parametrize(
    ("protocol", "spoken"),
    [
        ("https", model.Protocol.HTTP1),
        ("HTTPS", model.Protocol.HTTP1),
        ("kubernetes.io/wss", model.Protocol.WEBSOCKET),
        ("kubernetes.io/h2c", model.Protocol.H2C),
    ],
)
def test_what_is_tls_by_its_name_needs_a_policy_that_says_whom_to_trust(
    world: Any, protocol: str, spoken: model.Protocol
) -> None:
    world.system_authorities = "/etc/ca.pem"
    world.add(SECURE.format(protocol=protocol))
    found = resolve(world, ref("secure", 443))
    if protocol == "kubernetes.io/h2c":
        assert isinstance(found, model.ClusterKey)
    else:
        assert isinstance(found, filters.Problem)
        assert (found.reason, found.status) == ("UnsupportedProtocol", False)
        assert "add a BackendTLSPolicy" in found.message
    world.add(policy(name="secure"))
    found = resolve(world, ref("secure", 443))
    assert isinstance(found, model.ClusterKey)
    assert (found.protocol, found.policy) == (spoken, "tls")
