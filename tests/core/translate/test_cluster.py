"""Where a backend's endpoints are."""

from typing import Any

import pytest

from portway.core import model, translate

SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: app, namespace: apps}
spec:
  clusterIP: None
  ports:
  - {name: web, port: 80, targetPort: http}
  - {name: more, port: 81, targetPort: 9000}
"""


def endpoint_slice(name: str, *endpoints: str, kind: str = "IPv4", ports: str = "") -> str:
    ports = ports or "[{name: web, port: 3000}, {name: more, port: 9000}]"
    return f"""
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}, namespace: apps, labels: {{kubernetes.io/service-name: app}}}}
addressType: {kind}
ports: {ports}
endpoints: [{", ".join(endpoints)}]
"""


def found(world: Any, port: int = 80) -> list[tuple[str, int]]:
    key = model.ClusterKey("Service", "apps", "app", port, "http")
    assert translate.cluster(key, world) == model.Cluster(key)
    endpoints = translate.endpoints(key, world).endpoints
    return [(each.address, each.port) for each in endpoints]


def test_slices_are_joined_sorted_and_each_endpoint_counts_once(world: Any) -> None:
    world.add(SERVICE)
    world.add(endpoint_slice("b", "{addresses: [127.0.0.3]}", "{addresses: [127.0.0.1]}"))
    world.add(endpoint_slice("a", "{addresses: [127.0.0.1]}"))
    world.add(endpoint_slice("v6", "{addresses: ['0:0::1']}", kind="IPv6"))
    assert found(world) == [("127.0.0.1", 3000), ("127.0.0.3", 3000), ("::1", 3000)]
    assert [port for _, port in found(world, 81)] == [9000] * 3


def test_only_an_explicit_false_makes_an_endpoint_unready(world: Any) -> None:
    world.add(SERVICE)
    world.add(
        endpoint_slice(
            "a",
            "{addresses: [127.0.0.1], conditions: {ready: false, serving: true}}",
            "{addresses: [127.0.0.2], conditions: {ready: true}}",
            "{addresses: [127.0.0.3], conditions: {}}",
        )
    )
    assert [address for address, _ in found(world)] == ["127.0.0.2", "127.0.0.3"]


def test_names_of_hosts_in_slices_are_ignored(world: Any) -> None:
    world.add(SERVICE)
    world.add(endpoint_slice("a", "{addresses: [app.example.com]}", kind="FQDN"))
    assert found(world) == []


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ("[{name: other, port: 3000}]", []),
        ("[{name: more, port: 3000, protocol: UDP}]", []),
        ("[{name: more}]", [("127.0.0.1", 9000)]),
        ("[{name: more, port: 3000}]", [("127.0.0.1", 3000)]),
    ],
)
def test_ports_of_slices_belong_to_ports_of_the_service_by_name(
    world: Any, ports: str, expected: list[tuple[str, int]]
) -> None:
    world.add(SERVICE)
    world.add(endpoint_slice("a", "{addresses: [127.0.0.1]}", ports=ports))
    assert found(world, 81) == expected


def test_a_service_without_slices_has_no_endpoints(world: Any) -> None:
    world.add(SERVICE)
    assert found(world) == []


def test_a_backend_that_has_vanished_has_no_endpoints(world: Any) -> None:
    assert found(world) == []
    key = model.ClusterKey("Backend", "apps", "gone", 0, "http")
    assert translate.endpoints(key, world).endpoints == ()


def test_the_annotation_stands_in_for_slices(world: Any) -> None:
    note = "annotations: {portway.dev/endpoints: '127.0.0.1:3001,127.0.0.1:3000'}, namespace: apps"
    world.add(SERVICE.replace("namespace: apps", note))
    world.add(endpoint_slice("a", "{addresses: [127.0.0.9]}"))
    assert found(world) == [("127.0.0.1", 3000), ("127.0.0.1", 3001)]


def backend(world: Any, *endpoints: str) -> tuple[model.Cluster, model.Endpoints]:
    world.add(
        f"""
        apiVersion: portway.dev/v1alpha1
        kind: Backend
        metadata: {{name: b, namespace: apps}}
        spec: {{endpoints: [{", ".join(endpoints)}]}}
        """
    )
    key = model.ClusterKey("Backend", "apps", "b", 0, "http")
    made = translate.cluster(key, world)
    assert made is not None
    return made, translate.endpoints(key, world)


def test_a_backend_of_addresses_and_sockets_is_listed(world: Any) -> None:
    cluster, endpoints = backend(
        world, "{unix: {path: /run/a.sock}}", "{ip: {address: '::1', port: 80}}"
    )
    assert cluster.discovery is model.Discovery.LISTED
    assert endpoints.endpoints == (model.Endpoint("::1", 80), model.Endpoint("unix:/run/a.sock", 0))


def test_a_backend_with_host_names_is_resolved_by_the_proxy(world: Any) -> None:
    cluster, endpoints = backend(
        world,
        "{hostname: {name: b.example.com, port: 80}}",
        "{ip: {address: 127.0.0.1, port: 81}}",
    )
    assert cluster.discovery is model.Discovery.NAMED
    assert cluster.named == (model.Endpoint("127.0.0.1", 81), model.Endpoint("b.example.com", 80))
    assert endpoints.endpoints == ()


POLICY = """
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: tls, namespace: apps}
spec:
  targetRefs: [{group: portway.dev, kind: Backend, name: b}]
  validation: {hostname: b.internal, wellKnownCACertificates: System}
"""


def test_a_cluster_that_a_policy_is_about_is_reached_over_tls(world: Any) -> None:
    world.system_authorities = "/etc/ca.pem"
    world.add(POLICY)
    key = model.ClusterKey("Backend", "apps", "b", 0, "http", "tls")
    plain = translate.cluster(key, world)
    shown = translate.cluster(key.showing(model.ObjectKey("Secret", "infra", "cert")), world)
    assert plain is not None
    assert shown is not None
    names = (model.PeerName("Hostname", "b.internal"),)
    assert plain.tls == model.BackendTLS("b.internal", names, model.TrustKey())
    assert shown.tls is not None
    assert shown.tls.client == model.ObjectKey("Secret", "infra", "cert")


def test_without_its_policy_there_is_no_cluster(world: Any) -> None:
    key = model.ClusterKey("Backend", "apps", "b", 0, "http", "tls")
    assert translate.cluster(key, world) is None
    world.add(POLICY)  # and with one that cannot be carried out: the machine has no authorities
    assert translate.cluster(key, world) is None


DNS = """
apiVersion: v1
kind: Service
metadata: {name: app, namespace: apps}
spec:
  ports:
  - {name: udp, port: 53, protocol: UDP, targetPort: dns}
  - {name: tcp, port: 53, protocol: TCP, targetPort: dns-tcp}
"""


@pytest.mark.parametrize(("protocol", "port"), [("udp", 5353), ("tcp", 5354), ("http", 5354)])
def test_a_number_that_is_a_port_of_both_transports_is_two(
    world: Any, protocol: str, port: int
) -> None:
    ports = "[{name: udp, port: 5353, protocol: UDP}, {name: tcp, port: 5354}]"
    world.add(DNS).add(endpoint_slice("a", "{addresses: [127.0.0.1]}", ports=ports))
    key = model.ClusterKey("Service", "apps", "app", 53, protocol)
    assert translate.endpoints(key, world).endpoints == (model.Endpoint("127.0.0.1", port),)
