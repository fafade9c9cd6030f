"""Label selectors, addresses that are really bound, and looking a listener up."""

import pytest

from portway.core import model

GATEWAY = model.ObjectKey("Gateway", "shop", "web")


def listener(name: str) -> model.Listener:
    key = model.ListenerKey(GATEWAY, GATEWAY, name)
    return model.Listener(key, 80, "HTTP", "", model.AllowedRoutes(()))


@pytest.mark.parametrize(
    ("operator", "values", "labels", "admitted"),
    [
        ("In", ("a", "b"), {"team": "a"}, True),
        ("In", ("a", "b"), {"team": "c"}, False),
        ("In", ("a", "b"), {}, False),
        ("NotIn", ("a",), {"team": "a"}, False),
        ("NotIn", ("a",), {"team": "b"}, True),
        ("NotIn", ("a",), {}, True),
        ("Exists", (), {"team": ""}, True),
        ("Exists", (), {"other": "a"}, False),
        ("DoesNotExist", (), {}, True),
        ("DoesNotExist", (), {"team": "a"}, False),
    ],
)
def test_selectors_are_those_of_kubernetes(
    operator: str, values: tuple[str, ...], labels: dict[str, str], admitted: bool
) -> None:
    assert model.LabelRequirement("team", operator, values).admits(labels) is admitted


def test_nobody_is_in_an_empty_list() -> None:
    nobody = model.LabelRequirement("", "In", ())
    assert not nobody.admits({"": "", "team": "a"})


def test_only_ports_that_need_a_right_are_moved() -> None:
    moved = model.Placement(("127.0.0.1",), port_offset=10_000)
    assert [moved.bound(port) for port in (1, 80, 1023, 1024, 8080)] == [
        *(10_001, 10_080, 11_023),
        *(1024, 8080),
    ]
    assert model.Placement(("127.0.0.1",)).bound(80) == 80


def test_a_listener_is_found_by_its_name() -> None:
    gateway = model.Gateway(GATEWAY, 1, "portway", (listener("a"), listener("b")))
    assert gateway.listener("b") == listener("b")
    assert gateway.listener("c") is None


@pytest.mark.parametrize(
    ("condition", "status", "accepted"),
    [("Accepted", False, False), ("Accepted", True, True), ("SupportedVersion", False, True)],
)
def test_a_class_is_refused_by_accepted_alone(condition: str, status: bool, accepted: bool) -> None:
    key = model.ObjectKey("GatewayClass", "", "portway")
    finding = model.Finding(key, "", condition, "Reason", "words", status)
    assert model.GatewayClass(key, 1, (finding,)).accepted is accepted
