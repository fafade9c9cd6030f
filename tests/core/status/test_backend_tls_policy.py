"""A BackendTLSPolicy is not served yet: every Gateway that uses its Service says so."""

from typing import Any

import pytest

from portway.core import api, model
from portway.core.status.backend_tls_policy import backend_tls_policy

CONTROLLER = "portway.dev/x"


def edge(name: str, namespace: str = "infra") -> model.ObjectKey:
    return model.ObjectKey("Gateway", namespace, name)


def made(*gateways: model.ObjectKey, generation: int = 2) -> list[Any]:
    policy = api.decode(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "BackendTLSPolicy",
            "metadata": {"name": "tls", "namespace": "apps", "generation": generation},
            "spec": {
                "targetRefs": [{"group": "", "kind": "Service", "name": "app"}],
                "validation": {"hostname": "a.com", "wellKnownCACertificates": "System"},
            },
        }
    )
    assert isinstance(policy, api.BackendTLSPolicy)
    document = backend_tls_policy(policy, iter(gateways), CONTROLLER)
    assert set(document) == {"ancestors"}
    return list(document["ancestors"])


def test_an_entry_names_gateway_and_controller_and_says_that_traffic_fails() -> None:
    (entry,) = made(edge("web"), generation=5)
    assert entry["ancestorRef"] == {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "namespace": "infra",
        "name": "web",
    }
    assert entry["controllerName"] == CONTROLLER
    (accepted,) = entry["conditions"]
    message = accepted.pop("message")
    assert accepted == {
        "type": "Accepted",
        "status": "False",
        "reason": "Invalid",
        "observedGeneration": 5,
    }
    assert message.startswith("BackendTLSPolicy apps/tls: ")
    assert "nothing is sent in plain text" in message


@pytest.mark.parametrize(
    ("gateways", "names"),
    [
        ((), []),
        ((edge("b"), edge("a")), ["infra/a", "infra/b"]),
        ((edge("a"), edge("a")), ["infra/a"]),
        ((edge("a", "z"), edge("b", "c")), ["c/b", "z/a"]),
    ],
)
def test_one_entry_per_gateway_in_order(
    gateways: tuple[model.ObjectKey, ...], names: list[str]
) -> None:
    references = [each["ancestorRef"] for each in made(*gateways)]
    assert [f"{each['namespace']}/{each['name']}" for each in references] == names


@pytest.mark.parametrize(("users", "entries"), [(15, 15), (16, 16), (17, 16), (40, 16)])
def test_the_limit_of_the_crd_holds_and_keeps_the_first(users: int, entries: int) -> None:
    found = made(*(edge(f"g{number:02}") for number in reversed(range(users))))
    names = [each["ancestorRef"]["name"] for each in found]
    assert names == [f"g{number:02}" for number in range(entries)]
