"""Which listeners of a Gateway get in each other's way."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core import model
from portway.core.translate.conflict import settle_conflicts
from portway.core.translate.listener import Judged

GATEWAY = model.ObjectKey("Gateway", "infra", "edge")
NOTHING = model.AllowedRoutes(())


OLDER = model.ObjectKey("ListenerSet", "infra", "older")
NEWER = model.ObjectKey("ListenerSet", "apps", "newer")


def judged(
    name: str, protocol: str, port: int, hostname: str = "", owner: model.ObjectKey = GATEWAY
) -> Judged:
    key = model.ListenerKey(GATEWAY, owner, name)
    served = protocol != "example.com/x"
    return Judged(model.Listener(key, port, protocol, hostname, NOTHING, served, served), ())


def reasons(*listeners: Judged) -> dict[str, str]:
    return {
        each.listener.name: finding.reason
        for each in settle_conflicts(listeners)
        for finding in each.findings
        if finding.condition == "Conflicted" and finding.status
    }


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (("HTTP", 80, "a.com"), ("HTTP", 80, "a.com"), "HostnameConflict"),
        (("HTTP", 80, ""), ("HTTP", 80, ""), "HostnameConflict"),
        (("HTTPS", 443, "a.com"), ("TLS", 443, "a.com"), "HostnameConflict"),
        (("HTTP", 80, "a.com"), ("HTTPS", 80, "b.com"), "ProtocolConflict"),
        (("HTTP", 80, "a.com"), ("TLS", 80, "b.com"), "ProtocolConflict"),
        (("HTTP", 80, ""), ("TCP", 80, ""), "ProtocolConflict"),
        (("HTTPS", 443, "a.com"), ("TCP", 443, ""), "ProtocolConflict"),
        (("TCP", 9000, ""), ("TCP", 9000, ""), "ProtocolConflict"),
        (("TCP", 9000, ""), ("TLS", 9000, "a.com"), "ProtocolConflict"),
        (("UDP", 53, ""), ("UDP", 53, ""), "ProtocolConflict"),
        (("UDP", 53, ""), ("TCP", 53, ""), ""),
        (("TLS", 443, "a.com"), ("TLS", 443, "a.com"), "HostnameConflict"),
        (("TLS", 443, "a.com"), ("TLS", 443, "*.a.com"), ""),
        (("HTTP", 80, "a.com"), ("HTTP", 80, "b.com"), ""),
        (("HTTP", 80, "a.com"), ("HTTP", 8080, "a.com"), ""),
        (("HTTP", 80, ""), ("HTTP", 80, "*.a.com"), ""),
        (("HTTPS", 443, "a.com"), ("TLS", 443, "b.com"), ""),
        (("HTTP", 80, ""), ("UDP", 80, ""), ""),
        (("HTTP", 80, ""), ("example.com/x", 80, ""), ""),
    ],
)
def test_a_conflict_takes_out_everybody_in_it(
    first: tuple[str, int, str], second: tuple[str, int, str], reason: str
) -> None:
    others = judged("elsewhere", "HTTP", 8888)
    pair = [judged("one", *first), judged("two", *second)]
    expected = {"one": reason, "two": reason} if reason else {}
    assert reasons(*pair, others) == expected
    for each in settle_conflicts([*pair, others]):
        name = each.listener.name
        refused = {f.reason for f in each.findings if f.condition == "Accepted"}
        assert refused == ({reason} if name in expected else set())
        if name in expected:
            assert not each.listener.accepted
            assert not each.listener.serving


def test_the_message_names_the_parties() -> None:
    found = settle_conflicts(
        [judged("one", "HTTP", 80, "a.com"), judged("two", "HTTP", 80, "a.com")]
    )
    assert "listeners one, two all have port 80 and hostname a.com" in found[0].findings[0].message


def test_a_third_listener_of_the_port_keeps_serving_after_a_hostname_conflict() -> None:
    same = [judged(name, "HTTP", 80, "a.com") for name in ("one", "two")]
    found = settle_conflicts([*same, judged("three", "HTTP", 80, "b.com")])
    assert found[2].listener.serving
    assert found[2].findings == ()


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (("HTTP", 80, "a.com"), ("HTTP", 80, "a.com"), "HostnameConflict"),
        (("HTTPS", 443, "a.com"), ("TLS", 443, "a.com"), "HostnameConflict"),
        (("HTTP", 80, "a.com"), ("TCP", 80, ""), "ProtocolConflict"),
        (("HTTPS", 80, "a.com"), ("HTTP", 80, "b.com"), "ProtocolConflict"),
        (("TCP", 80, ""), ("TCP", 80, ""), "ProtocolConflict"),
        (("UDP", 80, ""), ("UDP", 80, ""), "ProtocolConflict"),
        (("HTTP", 80, ""), ("HTTP", 80, "a.com"), ""),
        (("HTTP", 80, ""), ("UDP", 80, ""), ""),
    ],
)
def test_the_earlier_owner_keeps_what_it_has(
    first: tuple[str, int, str], second: tuple[str, int, str], reason: str
) -> None:
    both = [judged("one", *first, GATEWAY), judged("two", *second, OLDER)]
    assert reasons(*both) == ({"two": reason} if reason else {})
    one, two = settle_conflicts(both)
    assert one.listener.serving
    assert two.listener.serving is not bool(reason)
    for each in two.findings:
        assert (each.target, each.parent) == (OLDER, "two")


def test_one_that_lost_keeps_nothing_from_a_third() -> None:
    gateway = judged("gw", "HTTP", 80, "a.com")
    loser = judged("tcp", "TCP", 80, "", OLDER)
    third = judged("web", "HTTP", 80, "b.com", NEWER)
    assert reasons(gateway, loser, third) == {"tcp": "ProtocolConflict"}


def test_a_listener_that_lost_is_not_in_the_way_of_those_beside_it() -> None:
    gateway = judged("gw", "HTTP", 80, "a.com")
    own = [judged("tcp", "TCP", 80, "", OLDER), judged("web", "HTTP", 80, "b.com", OLDER)]
    assert reasons(gateway, *own) == {"tcp": "ProtocolConflict"}


def test_inside_one_set_nobody_wins_and_the_place_stays_theirs() -> None:
    own = [judged(name, "HTTP", 80, "a.com", OLDER) for name in ("x", "y")]
    later = judged("z", "HTTP", 80, "a.com", NEWER)
    assert reasons(*own, later) == dict.fromkeys("xyz", "HostnameConflict")


def test_nobody_is_told_what_is_in_another_namespace() -> None:
    older = judged("secret-name", "HTTP", 80, "a.com", OLDER)
    found = settle_conflicts([older, judged("mine", "HTTP", 80, "a.com", NEWER)])[1].findings
    assert "secret-name" not in found[0].message
    assert "a listener of a ListenerSet of another namespace already has" in found[0].message
    own = judged("web", "HTTP", 80, "a.com")
    found = settle_conflicts([own, judged("mine", "HTTP", 80, "a.com", NEWER)])[1].findings
    assert "listener web of Gateway infra/edge already has hostname a.com" in found[0].message


OWNERS = (GATEWAY, OLDER, NEWER)
TOGETHER = {("HTTP", "HTTP"), ("HTTPS", "HTTPS"), ("HTTPS", "TLS"), ("TLS", "TLS")}
WRITTEN = st.tuples(
    st.sampled_from(["HTTP", "HTTPS", "TLS", "TCP", "UDP"]),
    st.sampled_from([80, 443]),
    st.sampled_from(["", "a.com", "*.com"]),
)
SITES = st.tuples(*(st.lists(WRITTEN, max_size=4) for _ in OWNERS))


def clash(one: model.Listener, other: model.Listener) -> str:
    """The table of the spec (Listener.protocol, "distinct"), pair by pair."""
    if one.port != other.port or (one.protocol == "UDP") != (other.protocol == "UDP"):
        return ""
    if tuple(sorted((one.protocol, other.protocol))) not in TOGETHER:
        return "ProtocolConflict"
    return "HostnameConflict" if one.hostname == other.hostname else ""


def fates(owners: list[list[model.Listener]]) -> dict[str, set[str]]:
    """What may be said of each listener, worked out owner by owner."""
    found: dict[str, set[str]] = {}
    standing: list[model.Listener] = []
    for own in owners:
        lost = {
            each.name: {why for other in standing if (why := clash(each, other))} for each in own
        }
        rest = [each for each in own if not lost[each.name]]
        found |= lost
        for one, other in combinations(rest, 2):
            if why := clash(one, other):
                parties = [one, other]
                if why == "ProtocolConflict":  # the whole port is out
                    parties = [each for each in rest if each.port_key == one.port_key]
                for each in parties:
                    found[each.name].add(why)
        standing += rest
    return found


def listed(site: tuple[list[tuple[str, int, str]], ...]) -> list[list[Judged]]:
    return [
        [
            judged(f"{owner.name}-{number}", protocol, port, name, owner)
            for number, (protocol, port, name) in enumerate(written)
        ]
        for owner, written in zip(OWNERS, site, strict=True)
    ]


@given(SITES)
def test_conflicts_are_those_of_the_spec(site: tuple[list[tuple[str, int, str]], ...]) -> None:
    owners = listed(site)
    expected = fates([[each.listener for each in own] for own in owners])
    found = reasons(*(each for own in owners for each in own))
    assert set(found) == {name for name, why in expected.items() if why}
    for name, why in found.items():
        assert why in expected[name]


@given(SITES)
def test_nothing_that_a_later_owner_does_disturbs_an_earlier_one(
    site: tuple[list[tuple[str, int, str]], ...],
) -> None:
    flat = [each for own in listed(site) for each in own]
    whole = settle_conflicts(flat)
    for until in range(len(OWNERS)):
        earlier = [each for own in listed(site)[:until] for each in own]
        alone = settle_conflicts(earlier)
        assert [each.listener for each in alone] == [
            each.listener for each in whole[: len(earlier)]
        ]
