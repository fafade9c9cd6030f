"""A Gateway, its ports and parameters, for what is made of them."""

from typing import Any

from portway.core import api, infra, model

UID = "0e4f"
KEY = model.ObjectKey("Gateway", "shop", "web")
DEFAULTS = infra.Defaults("portway:1", "portway-xds.gw.svc:18000", "portway.dev/gateway-controller")
LABELS = {infra.GATEWAY_LABEL: "web", infra.CLASS_LABEL: "portway"}


def spec(**more: Any) -> api.Gateway:
    document: dict[str, Any] = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "gatewayClassName": "portway",
            "listeners": [{"name": "http", "protocol": "HTTP", "port": 80}],
            **more,
        },
    }
    found = api.decode(document)
    assert isinstance(found, api.Gateway)
    return found


def config(**fields: Any) -> api.ProxyConfigSpec:
    document = {"apiVersion": "portway.dev/v1alpha1", "kind": "ProxyConfig"}
    found = api.decode({**document, "metadata": {"name": "a"}, "spec": fields})
    assert isinstance(found, api.ProxyConfig)
    return found.spec


def port(number: int, protocol: str = "HTTP", bound: int | None = None) -> model.Port:
    transport = "UDP" if protocol == "UDP" else "TCP"
    key = model.PortKey(KEY, number, transport)
    return model.Port(key, protocol, ("0.0.0.0",), bound or number, ())


PORTS = (port(80, bound=10080), port(443, "HTTPS", 10443), port(53, "UDP", 10053))
