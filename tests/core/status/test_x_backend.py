"""The status of an XBackend: an entry for every Gateway that sends to it."""

from typing import Any

from portway.core import model
from portway.core.status.x_backend import x_backend

KEY = model.ObjectKey("XBackend", "shop", "outside")


def gateways(*names: str) -> list[model.ObjectKey]:
    return [model.ObjectKey("Gateway", "infra", each) for each in names]


def made(names: list[model.ObjectKey], *findings: model.Finding, **more: Any) -> list[Any]:
    endpoint = model.Endpoint("api.example.com", 443)
    backend = model.External(KEY, 7, endpoint, "", findings=findings)
    return list(x_backend(backend, names, "portway.dev/x", **more)["parents"])


def told(entry: Any) -> tuple[str, str, str, int]:
    (each,) = entry["conditions"]
    return each["type"], each["status"], each["reason"], each["observedGeneration"]


def test_the_parents_are_gateways_in_order_each_once() -> None:
    entries = made(gateways("b", "a", "b"))
    assert [each["parentRef"]["name"] for each in entries] == ["a", "b"]
    assert {each["controllerName"] for each in entries} == {"portway.dev/x"}
    assert told(entries[0]) == ("Accepted", "True", "Accepted", 7)


def test_what_is_wrong_is_told() -> None:
    wrong = model.Finding(KEY, "", "Accepted", "NoValidCACertificate", "none of them")
    (entry,) = made(gateways("a"), wrong)
    assert told(entry) == ("Accepted", "False", "NoValidCACertificate", 7)


def test_what_the_proxy_refused_is_not_accepted() -> None:
    (entry,) = made(gateways("a"), rejected="bad name")
    assert told(entry) == ("Accepted", "False", "RejectedByProxy", 7)
    assert "bad name" in entry["conditions"][0]["message"]


def test_there_are_never_more_than_the_crd_allows() -> None:
    assert len(made(gateways(*(f"g{number}" for number in range(40))))) == 32
