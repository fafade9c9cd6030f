"""Lists with an entry for each Gateway."""

from portway.core import model
from portway.core.status.by_gateway import by_gateway


def gateway(name: str) -> model.ObjectKey:
    return model.ObjectKey("Gateway", "infra", name)


def test_each_gateway_once_in_order_and_never_too_many() -> None:
    names = ["c", "a", "b", "a"]
    found = by_gateway("ancestorRef", map(gateway, names), "x/y", lambda key: [{"of": key}], 2)
    assert found == [
        {
            "ancestorRef": {
                "group": "gateway.networking.k8s.io",
                "kind": "Gateway",
                "namespace": "infra",
                "name": name,
            },
            "controllerName": "x/y",
            "conditions": [{"of": gateway(name)}],
        }
        for name in ("a", "b")
    ]
