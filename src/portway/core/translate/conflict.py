"""Listeners of one Gateway that get in each other's way.

Knows when two listeners are distinct. Must not know why a single listener is valid or not. Between
the Gateway and its ListenerSets the earlier owner keeps what it has, so that nothing a later one
does disturbs it (GEP-1713). Inside one owner nobody wins: all parties to a conflict are out (spec:
conflicted listeners, GatewaySpec.listeners).
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from typing import TypeAlias

import msgspec

from portway.core import model
from portway.core.translate.listener import Judged
from portway.core.translate.overlap import called, note_overlaps

_KNOWN = ("HTTP", "HTTPS", "TLS", "TCP", "UDP")
_BY_PORT = {"TCP", "UDP"}  # nothing but the port tells two listeners of these protocols apart

_Reasons: TypeAlias = dict[model.ListenerKey, tuple[str, str]]


def settle_conflicts(judged: Iterable[Judged]) -> tuple[Judged, ...]:
    """The listeners, with those in conflict taken out of service and overlaps noted.

    They come in order of precedence, those of one owner together.
    """
    found = tuple(judged)
    by_port: dict[model.PortKey, list[model.Listener]] = defaultdict(list)
    for each in found:
        # A protocol nobody knows has no rules of its own and is refused anyway.
        if each.listener.protocol in _KNOWN:
            by_port[each.listener.port_key].append(each.listener)
    reasons: _Reasons = {}
    for listeners in by_port.values():
        reasons |= _conflicts(listeners)
    return note_overlaps(
        _refuse(each, *reasons[each.listener.key]) if each.listener.key in reasons else each
        for each in found
    )


def _conflicts(listeners: list[model.Listener]) -> _Reasons:
    """Reason and words, for the listeners of one port.

    One that loses to an earlier owner keeps nothing. All others do, those that are in conflict with
    a listener of their own owner as well: a place must not change hands with every mistake.
    """
    found: _Reasons = {}
    earlier: list[model.Listener] = []
    for _, members in groupby(listeners, key=lambda each: each.key.owner):
        own = list(members)
        lost = {each.key: why for each in own if (why := _lost(each, earlier)) is not None}
        rest = [each for each in own if each.key not in lost]
        found |= lost | _among(rest)
        earlier += rest
    return found


def _lost(one: model.Listener, earlier: list[model.Listener]) -> tuple[str, str] | None:
    for other in earlier:
        if not _may_share(one.protocol, other.protocol):
            who = f"{called(other, one)} ({other.protocol})"
            words = f"{one.protocol} cannot share port {one.port} with {who}; use another port."
            return "ProtocolConflict", words
    for other in earlier:
        if one.hostname == other.hostname:
            words = (
                f"{called(other, one)} already has {_hostname(one)} on port {one.port}; use "
                "another hostname or port."
            )
            return "HostnameConflict", words
    return None


def _may_share(one: str, other: str) -> bool:
    return not {one, other} & _BY_PORT and (one == "HTTP") == (other == "HTTP")


def _among(listeners: list[model.Listener]) -> _Reasons:
    """Conflicts between listeners of one owner."""
    protocols = {each.protocol for each in listeners}
    alone = len(listeners) == 1
    if not alone and (protocols & _BY_PORT or ("HTTP" in protocols and len(protocols) > 1)):
        names = ", ".join(f"{each.name} ({each.protocol})" for each in listeners)
        words = f"the listeners {names} cannot share port {listeners[0].port}; use other ports."
        return {each.key: ("ProtocolConflict", words) for each in listeners}
    by_hostname: dict[str, list[model.Listener]] = defaultdict(list)
    for each in listeners:
        by_hostname[each.hostname].append(each)
    return {
        each.key: ("HostnameConflict", _same_hostname(same))
        for same in by_hostname.values()
        if len(same) > 1
        for each in same
    }


def _same_hostname(same: list[model.Listener]) -> str:
    names = ", ".join(each.name for each in same)
    return (
        f"the listeners {names} all have port {same[0].port} and {_hostname(same[0])}; keep one of "
        "them."
    )


def _hostname(listener: model.Listener) -> str:
    return f"hostname {listener.hostname}" if listener.hostname else "no hostname"


def _refuse(judged: Judged, reason: str, words: str) -> Judged:
    key = judged.listener.key
    message = f"{key}: {words}"
    findings = (
        model.Finding(key.owner, key.name, "Conflicted", reason, message, True),
        model.Finding(key.owner, key.name, "Accepted", reason, message),
    )
    out = msgspec.structs.replace(judged.listener, accepted=False, serving=False)
    return judged._replace(listener=out, findings=(*findings, *judged.findings))
