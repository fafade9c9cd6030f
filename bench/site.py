"""The site of a large cluster, as documents for an API: Gateways, routes, Services and endpoints.

Knows Gateway API objects. Must not know what is measured.
"""

import json
from collections.abc import Iterator
from typing import Any

CLASS = "bench"
CONTROLLER = "portway.dev/gateway-controller"
FIRST_PORT = 20_000
_GROUP = "gateway.networking.k8s.io"
_V1 = f"/apis/{_GROUP}/v1"
_HERE = "namespaces/default"
GATEWAYS = f"{_V1}/{_HERE}/gateways"
ROUTES = f"{_V1}/{_HERE}/httproutes"
SLICES = f"/apis/discovery.k8s.io/v1/{_HERE}/endpointslices"
SERVICES = f"/api/v1/{_HERE}/services"
CLASSES = f"{_V1}/gatewayclasses"
NOBODY = "127.0.0.1:9"
"""An endpoint where nobody listens (the port of RFC 863)."""

Document = dict[str, Any]


def host(number: int) -> str:
    """The host name of a route."""
    return f"r{number}.bench.example"


def documents(
    gateways: int, routes: int, endpoints: int, target: str
) -> Iterator[tuple[str, Document]]:
    """Paths of lists and what is created there. Each route has a Service of its own with as many
    endpoints as make up the number, all but those of the first at ``target``."""
    yield CLASSES, _made(_GROUP, "GatewayClass", CLASS, {"controllerName": CONTROLLER})
    for number in range(gateways):
        listener = {"name": "http", "port": FIRST_PORT + number, "protocol": "HTTP"}
        spec = {"gatewayClassName": CLASS, "listeners": [listener]}
        yield GATEWAYS, _made(_GROUP, "Gateway", f"g{number}", spec)
    for number in range(routes):
        yield SERVICES, _made("", "Service", f"s{number}", {"ports": [{"port": 80}]})
        spec = {
            "parentRefs": [{"name": f"g{number % gateways}"}],
            "hostnames": [host(number)],
            "rules": [{"backendRefs": [{"name": f"s{number}", "port": 80}]}],
        }
        yield ROUTES, _made(_GROUP, "HTTPRoute", f"r{number}", spec)
        yield SLICES, slice_of(number, NOBODY if number == 0 else target, endpoints // routes)


def slice_of(number: int, target: str, endpoints: int) -> Document:
    """The endpoints of a Service: addresses of this machine at one port."""
    address, _, port = target.rpartition(":")
    first = address.rpartition(".")[0]
    many = (
        [{"addresses": [address]}]
        if endpoints < 2
        else [{"addresses": [f"{first}.{each + 1}"]} for each in range(endpoints)]
    )
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": f"s{number}", "labels": {"kubernetes.io/service-name": f"s{number}"}},
        "addressType": "IPv4",
        "ports": [{"name": "", "port": int(port)}],
        "endpoints": many,
    }


def encoded(document: Document) -> bytes:
    """As it is sent."""
    return json.dumps(document).encode()


def _made(group: str, kind: str, name: str, spec: Document) -> Document:
    version = f"{group}/v1" if group else "v1"
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
