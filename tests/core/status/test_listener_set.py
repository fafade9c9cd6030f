"""The status of a ListenerSet: its own conditions and those of its listeners."""

from typing import Any

import pytest

from portway.core import model, status

GATEWAY = model.ObjectKey("Gateway", "infra", "edge")
SET = model.ObjectKey("ListenerSet", "apps", "more")
HERE = model.Placement(("127.0.0.2",))
ACK = status.ProxyState(True)


def key(name: str) -> model.ListenerKey:
    return model.ListenerKey(GATEWAY, SET, name)


def listener(name: str, port: int = 80, **more: Any) -> model.Listener:
    return model.Listener(key(name), port, "HTTP", f"{name}.com", model.AllowedRoutes(()), **more)


def finding(condition: str, reason: str, parent: str = "", status: bool = False) -> model.Finding:
    return model.Finding(SET, parent, condition, reason, f"because of {reason}", status)


def made(
    *listeners: model.Listener,
    findings: tuple[model.Finding, ...] = (),
    placement: model.Placement | None = HERE,
    ports: Any = None,
    rejected: str = "",
    accepted: bool = True,
    **more: Any,
) -> Any:
    found = model.ListenerSet(SET, 7, listeners or (listener("a"),), findings, **more)
    gateway = model.Gateway(GATEWAY, 3, "portway", (), accepted=accepted, sets=(found,))
    told = {model.PortKey(GATEWAY, number): s for number, s in (ports or {80: ACK}).items()}
    situation = status.Situation(gateway, placement, told, rejected)
    return status.listener_set(found, situation, {key("a"): 2})


def by_type(conditions: list[Any]) -> dict[str, tuple[str, str]]:
    return {each["type"]: (each["status"], each["reason"]) for each in conditions}


def test_a_set_that_works() -> None:
    document = made()
    assert by_type(document["conditions"]) == {
        "Accepted": ("True", "Accepted"),
        "Programmed": ("True", "Programmed"),
    }
    (one,) = document["listeners"]
    assert one["attachedRoutes"] == 2
    assert by_type(one["conditions"]) == {
        "Accepted": ("True", "Accepted"),
        "Conflicted": ("False", "NoConflicts"),
        "ResolvedRefs": ("True", "ResolvedRefs"),
        "Programmed": ("True", "Programmed"),
    }
    every = (*document["conditions"], *one["conditions"])
    assert {each["observedGeneration"] for each in every} == {7}


@pytest.mark.parametrize(
    ("more", "accepted", "programmed"),
    [
        (
            {"accepted": False},
            ("False", "ParentNotAccepted"),
            ("False", "ParentNotProgrammed"),
        ),
        ({"placement": None}, ("True", "Accepted"), ("False", "ParentNotProgrammed")),
        ({"ports": {81: ACK}}, ("True", "Accepted"), ("False", "Pending")),
        (
            {"ports": {80: status.ProxyState(True, waiting=frozenset({key("a")}))}},
            ("True", "Accepted"),
            ("False", "Pending"),
        ),
        (
            {"ports": {80: status.ProxyState(True, waiting=frozenset({key("other")}))}},
            ("True", "Accepted"),
            ("True", "Programmed"),
        ),
        ({"rejected": "bad"}, ("True", "Accepted"), ("False", "Invalid")),
    ],
)
def test_what_it_depends_on(
    more: dict[str, Any], accepted: tuple[str, str], programmed: tuple[str, str]
) -> None:
    conditions = by_type(made(**more)["conditions"])
    assert conditions == {"Accepted": accepted, "Programmed": programmed}


def test_a_set_that_is_not_allowed_speaks_of_no_listener() -> None:
    refused = model.ListenerSet(
        SET, 7, (), (finding("Accepted", "NotAllowed"),), allowed=False, accepted=False
    )
    gateway = model.Gateway(GATEWAY, 3, "portway", (), sets=(refused,))
    document = status.listener_set(refused, status.Situation(gateway, HERE, {}, ""), {})
    assert by_type(document["conditions"]) == {
        "Accepted": ("False", "NotAllowed"),
        "Programmed": ("False", "NotAllowed"),
    }
    assert document["listeners"] == []


def test_a_conflict_is_the_reason_for_everything() -> None:
    lost = listener("b", accepted=False, serving=False)
    found = made(
        listener("a"),
        lost,
        findings=(
            finding("Accepted", "ListenersNotValid", status=True),
            finding("Conflicted", "HostnameConflict", "b", True),
            finding("Accepted", "HostnameConflict", "b"),
        ),
    )
    assert by_type(found["conditions"]) == {
        "Accepted": ("True", "ListenersNotValid"),
        "Programmed": ("True", "Programmed"),
    }
    conditions = by_type(found["listeners"][1]["conditions"])
    assert conditions["Accepted"] == ("False", "HostnameConflict")
    assert conditions["Conflicted"] == ("True", "HostnameConflict")
    assert conditions["Programmed"] == ("False", "HostnameConflict")


def test_a_set_none_of_whose_listeners_is_served() -> None:
    refused = model.ListenerSet(
        SET,
        7,
        (listener("a", serving=False),),
        (finding("Accepted", "ListenersNotValid"),),
        accepted=False,
    )
    gateway = model.Gateway(GATEWAY, 3, "portway", (), sets=(refused,))
    found = status.listener_set(refused, status.Situation(gateway, HERE, {}, ""), {})
    assert by_type(found["conditions"]) == {
        "Accepted": ("False", "ListenersNotValid"),
        "Programmed": ("False", "ListenersNotValid"),
    }


def test_a_refused_certificate_is_told_on_the_listener_that_shows_it() -> None:
    secret = model.ObjectKey("Secret", "apps", "cert")
    found = model.ListenerSet(SET, 7, (listener("a", certificates=(secret,)),))
    gateway = model.Gateway(GATEWAY, 3, "portway", (), sets=(found,))
    seen = status.with_refused(gateway, {secret: status.RefusedCertificate("bad", False)})
    (one,) = seen.sets
    assert not one.listeners[0].serving
    assert (one.findings[0].target, one.findings[0].parent) == (SET, "a")
    assert seen.findings == ()


def test_the_gateway_counts_the_sets_that_are_accepted() -> None:
    sets = (
        model.ListenerSet(SET, 1, (listener("a"),)),
        model.ListenerSet(SET._replace(name="b"), 1, accepted=False),
    )
    gateway = model.Gateway(GATEWAY, 3, "portway", (), sets=sets)
    assert status.gateway(gateway, HERE, {}, {})["attachedListenerSets"] == 1
