"""Where a picker is, how it is asked, and why it cannot be."""

from typing import Any

import pytest

from portway.core import api, model
from portway.core.translate.picker import endpoint_picker, picker_of

SERVICES = """
apiVersion: v1
kind: Service
metadata: {name: epp, namespace: apps}
spec:
  ports:
  - {name: grpc, port: 9002, appProtocol: http2}
  - {name: plain, port: 9003, appProtocol: kubernetes.io/h2c}
  - {name: verified, port: 9004}
  - {name: broken, port: 9005}
  - {name: dns, port: 53, protocol: UDP}
---
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: apps}
spec: {type: ExternalName, externalName: example.com, ports: [{port: 9002}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: verify, namespace: apps}
spec:
  targetRefs: [{group: "", kind: Service, name: epp, sectionName: verified}]
  validation: {hostname: epp.example.com, wellKnownCACertificates: System}
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: broken, namespace: apps}
spec:
  targetRefs: [{group: "", kind: Service, name: epp, sectionName: broken}]
  validation: {hostname: a.example.com, caCertificateRefs: [{group: "", kind: ConfigMap, name: x}]}
"""


def found(world: Any, name: str = "epp", port: int = 9002, **more: Any) -> model.Picker | str:
    world.system_authorities = "/ca.crt"
    world.add(SERVICES)
    ref = api.EndpointPickerRef(name=name, port=api.PoolPort(number=port), **more)
    return endpoint_picker("apps", ref, world)


@pytest.mark.parametrize(
    ("port", "protocol", "policy"),
    [(9002, "picker", ""), (9003, "picker-h2c", ""), (9004, "picker", "verify")],
)
def test_over_tls_unless_its_port_says_otherwise(
    world: Any, port: int, protocol: str, policy: str
) -> None:
    key = model.ClusterKey("Service", "apps", "epp", port, protocol, policy)
    assert found(world, port=port) == model.Picker(key)
    assert found(world, port=port, failure_mode="FailOpen") == model.Picker(key, fail_open=True)


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ({"name": "absent"}, "Service apps/absent does not exist"),
        ({"port": 1}, "has no TCP port 1; its ports are 9002, 9003, 9004, 9005, 53"),
        ({"port": 53}, "has no TCP port 53"),
        ({"name": "outside"}, "is of type ExternalName"),
        ({"group": "x.io", "kind": "Plugin"}, "kind Plugin of group 'x.io' cannot be used"),
        ({"port": 9005}, "BackendTLSPolicy apps/broken cannot be carried out"),
    ],
)
def test_why_not(world: Any, ref: dict[str, Any], words: str) -> None:
    reason = found(world, **ref)
    assert isinstance(reason, str)
    assert words in reason


@pytest.mark.parametrize("mode", ["light", "full"])
def test_a_pool_says_what_its_picker_is_shown(world: Any, mode: str) -> None:
    world.add(SERVICES).add(
        f"""
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: {{name: llama, namespace: apps, annotations: {{portway.dev/picker-mode: {mode}}}}}
spec:
  selector: {{matchLabels: {{a: b}}}}
  targetPorts: [{{number: 1}}]
  endpointPickerRef: {{name: epp, port: {{number: 9002}}}}
"""
    )
    picker = picker_of(model.ClusterKey("InferencePool", "apps", "llama", 0, "http"), world)
    assert picker is not None
    assert picker.light == (mode == "light")
