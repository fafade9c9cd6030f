"""A small site as objects, for tests of the whole core: one Gateway, Services, routes by host."""

from typing import Any

from portway.core import api, model
from portway.core.schema import Schema
from portway.core.wiring import Core

GATEWAY_API = "gateway.networking.k8s.io/v1"


def event(document: dict[str, Any]) -> api.Event:
    found = api.decode(document)
    return api.Event(found.kind, found.namespace, found.name, found)


def gone(kind: str, name: str, namespace: str = "default") -> api.Event:
    return api.Event(kind, namespace, name, None)


def gateway_class() -> api.Event:
    spec = {"controllerName": "portway.dev/gateway-controller"}
    return event(
        {
            "apiVersion": GATEWAY_API,
            "kind": "GatewayClass",
            "metadata": {"name": "portway"},
            "spec": spec,
        }
    )


def gateway(name: str = "web", port: int = 8080, **listener: Any) -> api.Event:
    return event(
        {
            "apiVersion": GATEWAY_API,
            "kind": "Gateway",
            "metadata": {"name": name},
            "spec": {
                "gatewayClassName": "portway",
                "listeners": [{"name": "http", "protocol": "HTTP", "port": port, **listener}],
            },
        }
    )


def service(name: str, endpoints: str = "127.0.0.1:3000") -> api.Event:
    annotations = {"portway.dev/endpoints": endpoints}
    return event(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "annotations": annotations},
            "spec": {"ports": [{"port": 80}]},
        }
    )


def sliced_service(name: str) -> api.Event:
    """A Service whose endpoints are in EndpointSlices."""
    return event(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
        }
    )


def slice_of(service: str, address: str = "10.0.0.1") -> api.Event:
    """The one EndpointSlice of a Service."""
    return event(
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": f"{service}-1",
                "labels": {"kubernetes.io/service-name": service},
            },
            "addressType": "IPv4",
            "ports": [{"name": "http", "port": 8080}],
            "endpoints": [{"addresses": [address]}],
        }
    )


def route(
    name: str, service: str = "app", path: str = "/", host: str = "", gateway: str = "web"
) -> api.Event:
    return event(
        {
            "apiVersion": GATEWAY_API,
            "kind": "HTTPRoute",
            "metadata": {"name": name},
            "spec": {
                "parentRefs": [{"name": gateway}],
                "hostnames": [host or f"{name}.example.com"],
                "rules": [
                    {
                        "matches": [{"path": {"type": "PathPrefix", "value": path}}],
                        "backendRefs": [{"name": service, "port": 80}],
                    }
                ],
            },
        }
    )


def core(schema: Schema, *events: api.Event) -> Core:
    """A settled core with a class, a Gateway `web`, a Service `app` and what else is given."""
    made = Core(schema, strict=True)
    made.apply([gateway_class(), gateway(), service("app"), *events])
    made.settle()
    for _, each in made.gateways.items():
        made.inputs.placements.set(each.key, model.Placement(("127.0.0.1",)))
    made.settle()
    return made


def key(kind: str, name: str) -> model.ObjectKey:
    return model.ObjectKey(kind, "" if kind == "GatewayClass" else "default", name)


def condition(core: Core, kind: str, name: str, type_: str) -> tuple[str, str]:
    """(status, reason) of a condition; of the first parent for a route."""
    status = core.statuses()[key(kind, name)]
    conditions = status["parents"][0]["conditions"] if "parents" in status else status["conditions"]
    found = next(each for each in conditions if each["type"] == type_)
    return found["status"], found["reason"]
