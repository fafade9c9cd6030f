"""Whose names overlap under TLS: OverlappingTLSConfig."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core import model
from portway.core.translate.conflict import settle_conflicts
from portway.core.translate.hostname import covers, domain
from portway.core.translate.listener import Judged
from tests.core.translate.test_conflict import NEWER, judged

NAMES = st.sampled_from(["", "*.d", "*.i.d", "x.i.d", "i.d", "*.e", "x.e", "d"])


def overlaps(*listeners: Judged) -> dict[str, str]:
    return {
        each.listener.name: finding.reason
        for each in settle_conflicts(listeners)
        for finding in each.findings
        if finding.condition == "OverlappingTLSConfig"
    }


def test_hosts_that_overlap_under_tls_are_noted_on_both() -> None:
    wide, inner = judged("wide", "HTTPS", 443, "*.d"), judged("inner", "HTTPS", 443, "*.i.d")
    apart = judged("apart", "HTTPS", 443, "other.org")
    both = {"wide": "OverlappingHostnames", "inner": "OverlappingHostnames"}
    assert overlaps(wide, inner, apart) == both
    assert overlaps(wide, judged("port", "HTTPS", 8443, "*.i.d")) == {}
    assert overlaps(judged("a", "HTTP", 80, "*.d"), judged("b", "HTTP", 80, "x.d")) == {}


def test_certificates_that_overlap_are_noted_when_the_hosts_do_not() -> None:
    one = judged("one", "HTTPS", 443, "a.com")._replace(names=("a.com", "b.com"))
    two = judged("two", "HTTPS", 443, "b.com")._replace(names=("b.com",))
    assert set(overlaps(one, two).values()) == {"OverlappingCertificates"}


def test_many_others_are_counted() -> None:
    names = [f"h{number}" for number in range(9)]
    every = [judged("all", "HTTPS", 443), *(judged(n, "HTTPS", 443, f"{n}.d") for n in names)]
    (note,) = settle_conflicts(every)[0].findings
    assert "that of h0, h1, h2, h3, h4 and 4 more; a client" in note.message


def test_a_listener_of_another_owner_is_noted_too() -> None:
    wide = judged("wide", "HTTPS", 443, "*.d")
    own, added = settle_conflicts([wide, judged("x", "HTTPS", 443, "x.d", NEWER)])
    assert "a listener of a ListenerSet of another namespace" in own.findings[0].message
    assert added.findings[0].target == NEWER


@given(st.lists(NAMES, unique=True, max_size=8))
def test_the_look_up_finds_what_comparing_all_would(hostnames: list[str]) -> None:
    every = [judged(f"l{n}", "HTTPS", 443, each) for n, each in enumerate(hostnames)]

    def overlapping(one: model.Listener) -> bool:
        mine = domain(one.hostname)
        others = (domain(each.listener.hostname) for each in every if each.listener is not one)
        return any(covers(mine, other) or covers(other, mine) for other in others)

    expected = {each.listener.name for each in every if overlapping(each.listener)}
    assert set(overlaps(*every)) == expected
