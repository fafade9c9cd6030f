"""Objects as the API gives them, for the tests of the harness."""

from typing import Any

Document = dict[str, Any]


def deployment(name: str = "web", replicas: int = 2, image: str = "echo-basic:v1") -> Document:
    """A Deployment of one container with the label `app`."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "infra", "uid": f"uid-of-{name}"},
        "spec": {
            "replicas": replicas,
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": name, "image": image}]},
            },
        },
    }


def service(name: str = "web", selector: str = "web", **port: Any) -> Document:
    """A Service that chooses Pods by the label `app`; without if `selector` is empty."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "infra", "uid": "12345678"},
        "spec": {
            "ports": [{"port": 8080, "targetPort": 3000, **port}],
            **({"selector": {"app": selector}} if selector else {}),
        },
    }


def pod(name: str = "web-1-a", *, address: str = "10.244.0.2", ready: bool = True) -> Document:
    """A Pod that is on the node, with an address unless it is empty."""
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "infra",
            "uid": f"uid-of-{name}",
            "labels": {"app": "web"},
        },
        "spec": {"nodeName": "conformance", "containers": [{"name": "web", "image": "echo-basic"}]},
        "status": {"conditions": [condition], **({"podIP": address} if address else {})},
    }
