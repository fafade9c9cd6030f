"""The status of an XBackendTrafficPolicy: an entry for every Gateway that uses what it is about."""

from typing import Any

from portway.core import model
from portway.core.status.traffic_policy import traffic_policy

KEY = model.ObjectKey("XBackendTrafficPolicy", "shop", "gently")
GATEWAYS = [model.ObjectKey("Gateway", "infra", each) for each in ("b", "a", "b")]


def made(*findings: model.Finding, **more: Any) -> list[Any]:
    policy = model.TrafficPolicy(KEY, 3, "", ())
    return list(traffic_policy(policy, findings, GATEWAYS, "portway.dev/x", **more)["ancestors"])


def told(entry: Any) -> tuple[str, str, str, int]:
    (each,) = entry["conditions"]
    return each["type"], each["status"], each["reason"], each["observedGeneration"]


def test_the_ancestors_are_gateways_in_order_each_once() -> None:
    entries = made()
    assert [each["ancestorRef"]["name"] for each in entries] == ["a", "b"]
    assert {each["controllerName"] for each in entries} == {"portway.dev/x"}
    assert told(entries[0]) == ("Accepted", "True", "Accepted", 3)


def test_what_is_wrong_is_told() -> None:
    wrong = model.Finding(KEY, "", "Accepted", "Conflicted", "another comes first")
    assert told(made(wrong)[0]) == ("Accepted", "False", "Conflicted", 3)


def test_what_the_proxy_refused_is_not_accepted() -> None:
    assert told(made(rejected="no")[0]) == ("Accepted", "False", "RejectedByProxy", 3)


def test_there_are_never_more_than_the_crd_allows() -> None:
    many = [model.ObjectKey("Gateway", "infra", f"g{number}") for number in range(20)]
    policy = model.TrafficPolicy(KEY, 3, "", ())
    assert len(traffic_policy(policy, (), many, "portway.dev/x")["ancestors"]) == 16
