"""The status of a Gateway: every condition, addresses, and what Programmed needs."""

from typing import Any

import pytest

from portway.core import model, status

KEY = model.ObjectKey("Gateway", "infra", "edge")
HERE = model.Placement(("127.0.0.2",))
ACK = status.ProxyState(True)
HTTP = model.AllowedRoutes((model.RouteKind("gateway.networking.k8s.io", "HTTPRoute"),))


def listener(name: str, port: int, **more: Any) -> model.Listener:
    return model.Listener(model.ListenerKey(KEY, KEY, name), port, "HTTP", "", HTTP, **more)


def gateway(*listeners: model.Listener, **more: Any) -> model.Gateway:
    return model.Gateway(KEY, 5, "portway", listeners or (listener("web", 80),), **more)


def finding(condition: str, reason: str, parent: str = "", status: bool = False) -> model.Finding:
    return model.Finding(KEY, parent, condition, reason, f"because of {reason}", status)


def made(gateway: model.Gateway, placement: model.Placement | None = HERE, **more: Any) -> Any:
    arguments: dict[str, Any] = {"attached": {}, "ports": {80: ACK}, **more}
    told = arguments["ports"].items()
    arguments["ports"] = {model.PortKey(KEY, number): state for number, state in told}
    return status.gateway(gateway, placement, **arguments)


def by_type(conditions: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    types = [each["type"] for each in conditions]
    assert len(types) == len(set(types)) <= 8
    return {each["type"]: (each["status"], each["reason"]) for each in conditions}


def of(document: Any, listener: str = "") -> dict[str, tuple[str, str]]:
    if not listener:
        return by_type(document["conditions"])
    (found,) = [each for each in document["listeners"] if each["name"] == listener]
    return by_type(found["conditions"])


def message(document: Any, type_: str = "Programmed") -> str:
    (found,) = [each["message"] for each in document["conditions"] if each["type"] == type_]
    return str(found)


def test_a_gateway_that_works() -> None:
    document = made(gateway(), attached={model.ListenerKey(KEY, KEY, "web"): 3})
    assert document["addresses"] == [{"type": "IPAddress", "value": "127.0.0.2"}]
    assert document["attachedListenerSets"] == 0
    assert of(document) == {
        "Accepted": ("True", "Accepted"),
        "Programmed": ("True", "Programmed"),
        "ResolvedRefs": ("True", "ResolvedRefs"),
    }
    (web,) = document["listeners"]
    assert web["attachedRoutes"] == 3
    assert web["supportedKinds"] == [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"}]
    assert of(document, "web") == {
        "Accepted": ("True", "Accepted"),
        "Conflicted": ("False", "NoConflicts"),
        "ResolvedRefs": ("True", "ResolvedRefs"),
        "Programmed": ("True", "Programmed"),
    }
    generations = {
        each["observedGeneration"] for each in (*document["conditions"], *web["conditions"])
    }
    assert generations == {5}


@pytest.mark.parametrize(
    ("placement", "ports", "rejected", "expected", "words"),
    [
        (None, {}, "", ("False", "AddressNotAssigned"), "no address assigned yet"),
        (
            model.Placement(problem="the pool is empty"),
            {},
            "",
            ("False", "AddressNotAssigned"),
            "the pool is empty",
        ),
        (HERE, {}, "", ("False", "Pending"), "port 80 is waiting for the proxy"),
        (
            HERE,
            {80: status.ProxyState(False)},
            "",
            ("False", "Pending"),
            "port 80 is waiting for the proxy",
        ),
        (
            HERE,
            {80: status.ProxyState(False, "bad regex")},
            "",
            ("False", "Invalid"),
            "refused by the proxy: bad regex",
        ),
        (HERE, {80: ACK}, "bad cipher", ("False", "Invalid"), "refused by the proxy: bad cipher"),
    ],
)
def test_programmed_is_never_true_before_the_proxy_says_so(
    placement: model.Placement | None,
    ports: dict[int, status.ProxyState],
    rejected: str,
    expected: tuple[str, str],
    words: str,
) -> None:
    document = made(gateway(), placement, ports=ports, rejected=rejected)
    assert of(document)["Programmed"] == expected
    assert words in message(document)
    assert of(document, "web")["Programmed"][0] == "False"
    assert of(document)["Accepted"] == ("True", "Accepted")


def test_every_served_port_has_to_be_taken() -> None:
    two = gateway(listener("web", 80), listener("other", 8080))
    half = made(two, ports={80: ACK})
    assert of(half)["Programmed"] == ("False", "Pending")
    assert of(half, "web")["Programmed"] == ("True", "Programmed")
    assert of(half, "other")["Programmed"] == ("False", "Pending")
    assert of(made(two, ports={80: ACK, 8080: ACK}))["Programmed"] == ("True", "Programmed")


def test_a_listener_that_cannot_be_served_does_not_hold_up_the_others() -> None:
    lost = listener("lost", 443, serving=False)
    fault = finding("ResolvedRefs", "InvalidCertificateRef", "lost")
    document = made(gateway(listener("web", 80), lost, findings=(fault,)), attached={lost.key: 1})
    assert of(document)["Programmed"] == ("True", "Programmed")
    assert of(document)["ResolvedRefs"] == ("False", "ListenersNotResolved")
    assert of(document, "lost") == {
        "Accepted": ("True", "Accepted"),
        "Conflicted": ("False", "NoConflicts"),
        "ResolvedRefs": ("False", "InvalidCertificateRef"),
        "Programmed": ("False", "Invalid"),
    }
    assert document["listeners"][1]["attachedRoutes"] == 1


def test_without_any_listener_to_serve_nothing_is_programmed() -> None:
    document = made(gateway(listener("lost", 443, serving=False)), ports={})
    assert of(document)["Programmed"] == ("False", "Invalid")


def test_a_gateway_that_is_not_accepted_has_no_addresses() -> None:
    fault = finding("Accepted", "InvalidParameters")
    document = made(gateway(findings=(fault,), accepted=False))
    assert document["addresses"] == []
    assert of(document)["Accepted"] == ("False", "InvalidParameters")
    assert of(document)["Programmed"] == ("False", "Invalid")
    assert of(document, "web")["Programmed"] == ("False", "Invalid")


def test_conflicts_and_overlaps_are_abnormal_conditions() -> None:
    found = (
        finding("Conflicted", "HostnameConflict", "web", True),
        finding("Accepted", "HostnameConflict", "web"),
        finding("OverlappingTLSConfig", "OverlappingHostnames", "web", True),
    )
    out = listener("web", 80, accepted=False, serving=False)
    conditions = of(made(gateway(out, findings=found)), "web")
    assert conditions["Conflicted"] == ("True", "HostnameConflict")
    assert conditions["Accepted"] == ("False", "HostnameConflict")
    assert conditions["Programmed"] == ("False", "Invalid")
    assert conditions["OverlappingTLSConfig"] == ("True", "OverlappingHostnames")


def test_an_address_nobody_can_bind() -> None:
    wanted = gateway(wanted_addresses=("127.0.0.2", "192.0.2.9"))
    document = made(wanted, model.Placement(("127.0.0.2",), problem="192.0.2.9 is not ours"))
    assert of(document)["Programmed"] == ("False", "AddressNotUsable")
    assert "192.0.2.9 is not ours" in message(document)
    assert of(document)["Accepted"] == ("True", "Accepted")
    assert document["addresses"] == [{"type": "IPAddress", "value": "127.0.0.2"}]


def test_an_address_that_is_none() -> None:
    fault = finding("Programmed", "AddressNotUsable")
    assert of(made(gateway(findings=(fault,))))["Programmed"] == ("False", "AddressNotUsable")


def test_wanted_addresses_stand_first_and_the_rest_in_order() -> None:
    here = model.Placement(("::1", "127.0.0.10", "127.0.0.9", "127.0.0.3"))
    document = made(gateway(wanted_addresses=("127.0.0.9",)), here)
    values = [each["value"] for each in document["addresses"]]
    assert values == ["127.0.0.9", "127.0.0.3", "127.0.0.10", "::1"]


def test_an_offset_is_stated_in_words() -> None:
    moved = model.Placement(("127.0.0.2",), port_offset=10000)
    document = made(gateway(), moved)
    assert "Port 80 is bound as 10080" in message(document)
    assert "Port 80 is bound as 10080" in document["listeners"][0]["conditions"][-1]["message"]


def test_an_offset_that_leads_to_the_port_of_another_listener() -> None:
    moved = model.Placement(("127.0.0.2",), port_offset=10000)
    both = gateway(listener("web", 80), listener("high", 10080))
    document = made(both, moved, ports={10080: ACK})
    assert of(document, "web")["Programmed"] == ("False", "Invalid")
    assert of(document, "high")["Programmed"] == ("True", "Programmed")
    assert "which port 10080 already has" in message(document)
