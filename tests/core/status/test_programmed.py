"""Programmed: never more than the proxy has said, and the first thing that is missing."""

import msgspec
import pytest

from portway.core import model
from portway.core.status.programmed import Situation, Verdict, gateway_verdict, listener_verdict
from portway.core.status.proxy_state import ProxyState

KEY = model.ObjectKey("Gateway", "infra", "edge")
HERE = model.Placement(("127.0.0.2",))
ACK = ProxyState(True)
WEB = model.Listener(model.ListenerKey(KEY, KEY, "web"), 80, "HTTP", "", model.AllowedRoutes(()))
GATEWAY = model.Gateway(KEY, 5, "portway", (WEB,))


def listener(port: int, serving: bool = True) -> model.Listener:
    key = model.ListenerKey(KEY, KEY, f"port-{port}")
    return model.Listener(key, port, "HTTP", "", WEB.allowed, serving=serving)


def with_listeners(*listeners: model.Listener) -> model.Gateway:
    return model.Gateway(KEY, 5, "portway", listeners)


def situation(
    gateway: model.Gateway = GATEWAY,
    placement: model.Placement | None = HERE,
    ports: dict[int, ProxyState] | None = None,
    rejected: str = "",
) -> Situation:
    told = {80: ACK} if ports is None else ports
    by_key = {model.PortKey(KEY, number): state for number, state in told.items()}
    return Situation(gateway, placement, by_key, rejected)


REFUSED = model.Gateway(KEY, 5, "portway", (WEB,), accepted=False)
PINNED = model.Gateway(KEY, 5, "portway", (WEB,), wanted_addresses=("127.0.0.2", "192.0.2.9"))
NAMED = model.Gateway(
    *(KEY, 5, "portway", (WEB,)),
    findings=(model.Finding(KEY, "", "Programmed", "AddressNotUsable", "a name is no address"),),
)
NOTED = model.Gateway(
    *(KEY, 5, "portway", (WEB,)),
    findings=(model.Finding(KEY, "web", "Programmed", "AddressNotUsable", "of a listener only"),),
)
MISTAKEN = msgspec.structs.replace(
    REFUSED, findings=(model.Finding(KEY, "", "Accepted", model.PARAMETERS, ""),)
)
MOVED = model.Placement(("127.0.0.2",), port_offset=10000)


@pytest.mark.parametrize(
    ("found", "status", "reason", "words"),
    [
        (situation(), True, "Programmed", "Gateway infra/edge: taken by the proxy."),
        (situation(REFUSED), False, "Invalid", "not accepted, so nothing is served"),
        (situation(MISTAKEN), False, "Invalid", "not accepted, what was served goes on"),
        (situation(rejected="bad"), False, "Invalid", "refused by the proxy: bad"),
        (
            situation(with_listeners(listener(80, serving=False))),
            *(False, "Invalid", "no listener can be served"),
        ),
        (situation(with_listeners()), False, "Invalid", "no listener can be served"),
        (situation(NAMED), False, "AddressNotUsable", "a name is no address"),
        (situation(NOTED), True, "Programmed", "taken by the proxy."),
        (situation(placement=None), False, "AddressNotAssigned", "no address assigned yet."),
        (
            situation(placement=model.Placement(problem="the pool is empty")),
            *(False, "AddressNotAssigned", "no address assigned: the pool is empty."),
        ),
        (
            situation(PINNED, model.Placement(("127.0.0.2",), problem="not ours")),
            *(False, "AddressNotUsable", "cannot use 192.0.2.9 (not ours)."),
        ),
        (situation(PINNED), False, "AddressNotUsable", "cannot use 192.0.2.9."),
        (situation(ports={}), False, "Pending", "port 80 is waiting for the proxy"),
        (situation(ports={80: ProxyState(False)}), False, "Pending", "port 80 is waiting"),
        (situation(ports={80: ProxyState(True, "bad")}), False, "Invalid", "by the proxy: bad"),
        (situation(placement=MOVED), True, "Programmed", "Port 80 is bound as 10080"),
    ],
)
def test_the_gateway(found: Situation, status: bool, reason: str, words: str) -> None:
    verdict = gateway_verdict(found)
    assert (verdict.status, verdict.reason) == (status, reason)
    assert words in verdict.message


@pytest.mark.parametrize(
    ("found", "status", "reason", "words"),
    [
        (situation(), True, "Programmed", "taken by the proxy."),
        (situation(REFUSED), False, "Invalid", "the Gateway is not accepted"),
        (situation(rejected="bad"), False, "Invalid", "refused by the proxy: bad"),
        (situation(placement=None), False, "Pending", "waiting for an address"),
        (situation(placement=model.Placement()), False, "Pending", "waiting for an address"),
        (situation(ports={81: ACK}), False, "Pending", "port 80 is waiting for the proxy"),
        (situation(ports={80: ProxyState(False, "bad")}), False, "Invalid", "by the proxy: bad"),
        (situation(placement=MOVED), True, "Programmed", "Port 80 is bound as 10080"),
    ],
)
def test_a_listener(found: Situation, status: bool, reason: str, words: str) -> None:
    verdict = listener_verdict(found, WEB)
    assert (verdict.status, verdict.reason) == (status, reason)
    assert verdict.message.startswith("Gateway infra/edge, listener web: ")
    assert words in verdict.message


def test_a_listener_that_is_not_serving_is_invalid_whatever_its_port_says() -> None:
    verdict = listener_verdict(situation(), listener(80, serving=False))
    assert (verdict.status, verdict.reason) == (False, "Invalid")
    assert "see its other conditions" in verdict.message


@pytest.mark.parametrize(
    ("ports", "reason"),
    [
        ({80: ACK, 81: ACK}, "Programmed"),
        ({80: ACK}, "Pending"),
        ({81: ACK}, "Pending"),
        ({80: ProxyState(False), 81: ProxyState(False, "bad")}, "Invalid"),
        ({80: ProxyState(False, "bad")}, "Invalid"),
    ],
)
def test_the_gateway_is_as_good_as_its_worst_port(
    ports: dict[int, ProxyState], reason: str
) -> None:
    two = with_listeners(listener(80), listener(81), listener(82, serving=False))
    verdict = gateway_verdict(situation(two, ports=ports))
    assert (verdict.status, verdict.reason) == (reason == "Programmed", reason)


def test_a_message_is_said_once_for_all_ports() -> None:
    two = with_listeners(listener(80), listener(81))
    verdict = gateway_verdict(situation(two, ports={80: ACK, 81: ACK}))
    assert verdict.message == "Gateway infra/edge: taken by the proxy."


@pytest.mark.parametrize(
    ("other", "status"),
    [(listener(10080), False), (listener(10080, serving=False), True), (listener(10081), True)],
)
def test_an_offset_may_not_lead_to_a_port_that_is_served(
    other: model.Listener, status: bool
) -> None:
    found = situation(with_listeners(listener(80), other), MOVED, {80: ACK, other.port: ACK})
    verdict = listener_verdict(found, listener(80))
    assert verdict.status is status
    assert ("which port 10080 already has" in verdict.message) is not status
    # The port that was there first keeps its place.
    if other.serving:
        assert listener_verdict(found, other).status


@pytest.mark.parametrize(("status", "text"), [(True, "True"), (False, "False")])
def test_a_verdict_becomes_a_condition(status: bool, text: str) -> None:
    assert Verdict(status, "Why", "because").condition(7) == {
        "type": "Programmed",
        "status": text,
        "observedGeneration": 7,
        "reason": "Why",
        "message": "because",
    }
