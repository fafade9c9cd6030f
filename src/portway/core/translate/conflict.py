"""Listeners of one Gateway that get in each other's way.

Knows when two listeners are distinct, and when their TLS settings overlap. Must not know why a
single listener is valid or not. Inside one Gateway nobody wins: all parties to a conflict are out
(spec: conflicted listeners, GatewaySpec.listeners).
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from portway.core import model
from portway.core.translate.hostname import covers, domain
from portway.core.translate.listener import Judged

_KNOWN = ("HTTP", "HTTPS", "TLS", "TCP", "UDP")
_BY_PORT = {"TCP", "UDP"}  # nothing but the port tells two listeners of these protocols apart
_WITH_TLS = ("HTTPS", "TLS")


def settle_conflicts(judged: Iterable[Judged]) -> tuple[Judged, ...]:
    """The listeners, with those in conflict taken out of service and overlaps noted."""
    found = tuple(judged)
    by_port: dict[model.PortKey, list[Judged]] = defaultdict(list)
    for each in found:
        # A protocol nobody knows has no rules of its own and is refused anyway.
        if each.listener.protocol in _KNOWN:
            by_port[each.listener.port_key].append(each)
    reasons = {
        name: problem for group in by_port.values() for name, problem in _conflicts(group).items()
    }
    out = tuple(
        _refuse(each, *reasons[each.listener.name]) if each.listener.name in reasons else each
        for each in found
    )
    return tuple(_note_overlap(each, out) for each in out)


def _conflicts(group: list[Judged]) -> dict[str, tuple[str, str]]:
    """Reason and words by listener name, for the listeners of one port."""
    listeners = [each.listener for each in group]
    protocols = {each.protocol for each in listeners}
    alone = len(listeners) == 1
    if not alone and (protocols & _BY_PORT or ("HTTP" in protocols and len(protocols) > 1)):
        names = ", ".join(f"{each.name} ({each.protocol})" for each in listeners)
        words = f"the listeners {names} cannot share port {listeners[0].port}; use other ports."
        return {each.name: ("ProtocolConflict", words) for each in listeners}
    by_hostname: dict[str, list[model.Listener]] = defaultdict(list)
    for each in listeners:
        by_hostname[each.hostname].append(each)
    return {
        each.name: ("HostnameConflict", _same_hostname(same))
        for same in by_hostname.values()
        if len(same) > 1
        for each in same
    }


def _same_hostname(same: list[model.Listener]) -> str:
    names = ", ".join(each.name for each in same)
    host = f"hostname {same[0].hostname}" if same[0].hostname else "no hostname"
    return f"the listeners {names} all have port {same[0].port} and {host}; keep one of them."


def _refuse(judged: Judged, reason: str, words: str) -> Judged:
    key = judged.listener.key
    message = f"{key.gateway}, listener {key.name}: {words}"
    findings = (
        model.Finding(key.gateway, key.name, "Conflicted", reason, message, True),
        model.Finding(key.gateway, key.name, "Accepted", reason, message),
    )
    out = msgspec.structs.replace(judged.listener, accepted=False, serving=False)
    return judged._replace(listener=out, findings=(*findings, *judged.findings))


def _note_overlap(judged: Judged, everyone: tuple[Judged, ...]) -> Judged:
    """OverlappingTLSConfig (GEP-3567): a client that coalesces connections may send a request
    over another listener's connection."""
    one = judged.listener
    if not one.accepted or one.protocol not in _WITH_TLS:
        return judged
    others = [
        each
        for each in everyone
        if each.listener is not one
        and each.listener.accepted
        and each.listener.protocol in _WITH_TLS
        and each.listener.port == one.port
    ]
    hosts = [each.listener.name for each in others if _hosts_overlap(one, each.listener)]
    names = [each.listener.name for each in others if _names_overlap(judged.names, each.names)]
    if hosts:
        reason, what = "OverlappingHostnames", f"the hostname overlaps that of {', '.join(hosts)}"
    elif names:
        reason = "OverlappingCertificates"
        what = f"the certificate has names in common with that of {', '.join(names)}"
    else:
        return judged
    message = (
        f"{one.key.gateway}, listener {one.name}: {what}; a client may reuse a connection "
        "for a host of the other listener."
    )
    note = model.Finding(one.key.gateway, one.name, "OverlappingTLSConfig", reason, message, True)
    return judged._replace(findings=(*judged.findings, note))


def _hosts_overlap(one: model.Listener, other: model.Listener) -> bool:
    a, b = domain(one.hostname), domain(other.hostname)
    return covers(a, b) or covers(b, a)


def _names_overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return any(covers(a, b) or covers(b, a) for a in one for b in other)
