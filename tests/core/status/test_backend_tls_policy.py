"""The status of a BackendTLSPolicy: an entry for every Gateway that uses what it is about."""

from typing import Any

import pytest

from portway.core import model
from portway.core.status.backend_tls_policy import backend_tls_policy

CONTROLLER = "portway.dev/x"
KEY = model.ObjectKey("BackendTLSPolicy", "apps", "tls")


def edge(name: str, namespace: str = "infra") -> model.ObjectKey:
    return model.ObjectKey("Gateway", namespace, name)


def made(
    *gateways: model.ObjectKey, generation: int = 2, findings: tuple[model.Finding, ...] = ()
) -> list[Any]:
    policy = model.TLSPolicy(KEY, generation, "", ())
    document = backend_tls_policy(policy, iter(findings), iter(gateways), CONTROLLER)
    assert set(document) == {"ancestors"}
    return list(document["ancestors"])


def test_an_entry_names_gateway_and_controller() -> None:
    (entry,) = made(edge("web"), generation=5)
    assert entry["ancestorRef"] == {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "namespace": "infra",
        "name": "web",
    }
    assert entry["controllerName"] == CONTROLLER
    assert [(c["type"], c["status"], c["reason"]) for c in entry["conditions"]] == [
        ("Accepted", "True", "Accepted"),
        ("ResolvedRefs", "True", "ResolvedRefs"),
    ]
    for each in entry["conditions"]:
        assert each["observedGeneration"] == 5
        assert each["message"].startswith("BackendTLSPolicy apps/tls: ")


def test_every_entry_tells_what_is_wrong() -> None:
    findings = (
        model.Finding(KEY, "", "Accepted", "NoValidCACertificate", "none"),
        model.Finding(KEY, "", "ResolvedRefs", "InvalidKind", "kind"),
    )
    for entry in made(edge("a"), edge("b"), findings=findings):
        told = [(c["status"], c["reason"], c["message"]) for c in entry["conditions"]]
        assert told == [
            ("False", "NoValidCACertificate", "none"),
            ("False", "InvalidKind", "kind"),
        ]


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
