"""Which listeners of a Gateway get in each other's way."""

import pytest

from portway.core import model
from portway.core.translate.conflict import settle_conflicts
from portway.core.translate.listener import Judged

GATEWAY = model.ObjectKey("Gateway", "infra", "edge")
NOTHING = model.AllowedRoutes(())


def judged(name: str, protocol: str, port: int, hostname: str = "") -> Judged:
    key = model.ListenerKey(GATEWAY, GATEWAY, name)
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
