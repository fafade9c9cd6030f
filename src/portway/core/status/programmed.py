"""Whether a Gateway, a ListenerSet or a listener is programmed: the one place that may say so.

Knows what has to be true first: an address, and the proxy's acknowledgement of every port that is
served. Must not know how either came about. Nothing here ever claims more than the proxy has said.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from portway.core import model
from portway.core.status.condition import Document, condition
from portway.core.status.proxy_state import ProxyState

PROGRAMMED = "Programmed"


class Verdict(NamedTuple):
    """The condition Programmed without type and generation."""

    status: bool
    reason: str
    message: str

    def condition(self, generation: int) -> Document:
        return condition(PROGRAMMED, self.status, self.reason, self.message, generation)


class Situation(NamedTuple):
    """Everything the verdicts depend on. `rejected` are the proxy's words about the Gateway, or the
    ListenerSet, whose status it is for."""

    gateway: model.Gateway
    placement: model.Placement | None
    ports: Mapping[model.PortKey, ProxyState]
    rejected: str


def listener_verdict(
    situation: Situation, listener: model.Listener, findings: Iterable[model.Finding] = ()
) -> Verdict:
    """The condition Programmed of a listener; `findings` are those about it."""
    gateway = situation.gateway
    where = str(listener.key)
    if not listener.serving:
        reason = "Invalid" if listener.key.owner == gateway.key else _conflict(findings)
        return Verdict(False, reason, f"{where}: not served; see its other conditions.")
    if not gateway.accepted:
        return Verdict(False, "Invalid", f"{where}: the Gateway is not accepted.")
    if situation.rejected:
        return Verdict(False, "Invalid", f"{where}: refused by the proxy: {situation.rejected}")
    placement = situation.placement
    if placement is None or not placement.addresses:
        return Verdict(False, "Pending", f"{where}: waiting for an address.")
    return _port_verdict(situation, placement, listener.port_key, where, (listener,))


def gateway_verdict(situation: Situation) -> Verdict:
    """The condition Programmed of the Gateway: True when every served port is."""
    gateway = situation.gateway
    if not gateway.accepted:
        goes = "what was served goes on" if gateway.served else "so nothing is served"
        return Verdict(False, "Invalid", f"{gateway.key}: not accepted, {goes}.")
    if situation.rejected:
        words = f"{gateway.key}: refused by the proxy: {situation.rejected}"
        return Verdict(False, "Invalid", words)
    if not any(each.serving for each in gateway.listeners):
        return Verdict(False, "Invalid", f"{gateway.key}: no listener can be served.")
    placement = situation.placement
    address = _address_problem(gateway, placement)
    if address is not None or placement is None:
        return address or _not_assigned(gateway, "")
    return _together(situation, placement, gateway.listeners, str(gateway.key))


def set_verdict(situation: Situation, found: model.ListenerSet) -> Verdict:
    """The condition Programmed of a ListenerSet: True when every port it serves is."""
    gateway, where = situation.gateway, str(found.key)
    if not found.allowed:
        return Verdict(False, "NotAllowed", found.findings[0].message)
    if not gateway.accepted:
        words = f"{where}: {gateway.key} is not accepted; see its conditions."
        return Verdict(False, "ParentNotProgrammed", words)
    if situation.rejected:
        return Verdict(False, "Invalid", f"{where}: refused by the proxy: {situation.rejected}")
    if not found.accepted:
        words = f"{where}: no listener can be served; see their conditions."
        return Verdict(False, "ListenersNotValid", words)
    placement = situation.placement
    address = _address_problem(gateway, placement)
    if address is not None or placement is None:
        words = (address or _not_assigned(gateway, "")).message
        return Verdict(False, "ParentNotProgrammed", f"{where}: {words}")
    return _together(situation, placement, found.listeners, where)


def _conflict(findings: Iterable[model.Finding]) -> str:
    """The reason of a listener of a ListenerSet that is not served: the conflict, if it is one."""
    return next((each.reason for each in findings if each.condition == "Conflicted"), "Invalid")


def _together(
    situation: Situation,
    placement: model.Placement,
    listeners: Iterable[model.Listener],
    where: str,
) -> Verdict:
    """Of all listeners of one owner that are served."""
    by_port: dict[model.PortKey, list[model.Listener]] = defaultdict(list)
    for each in listeners:
        if each.serving:
            by_port[each.port_key].append(each)
    verdicts = [
        _port_verdict(situation, placement, key, where, by_port[key]) for key in sorted(by_port)
    ]
    worst = [each for each in verdicts if not each.status]
    if worst:
        return min(worst, key=lambda each: each.reason)  # Invalid comes before Pending
    return Verdict(True, PROGRAMMED, " ".join(dict.fromkeys(each.message for each in verdicts)))


def _address_problem(gateway: model.Gateway, placement: model.Placement | None) -> Verdict | None:
    unusable = [f for f in gateway.findings if f.condition == PROGRAMMED and not f.parent]
    if unusable:
        return Verdict(False, unusable[0].reason, unusable[0].message)
    if placement is None:
        return _not_assigned(gateway, "")
    reached = placement.reached
    missing = [each for each in gateway.wanted_addresses if each not in reached]
    # A Service that has no address yet may still get the one that is wanted.
    if missing and (reached or placement.public is None):
        cause = f" ({placement.problem})" if placement.problem else ""
        message = f"{gateway.key}: cannot use {', '.join(missing)}{cause}."
        return Verdict(False, "AddressNotUsable", message)
    return None if reached else _not_assigned(gateway, placement.problem)


def _not_assigned(gateway: model.Gateway, problem: str) -> Verdict:
    cause = f": {problem}" if problem else " yet"
    return Verdict(False, "AddressNotAssigned", f"{gateway.key}: no address assigned{cause}.")


def _port_verdict(
    situation: Situation,
    placement: model.Placement,
    key: model.PortKey,
    where: str,
    listeners: Iterable[model.Listener],
) -> Verdict:
    """Whether a port is programmed as regards some of the listeners that share it."""
    port, bound = key.port, placement.bound(key.port)
    claimed = {each.port_key for each in situation.gateway.every_listener if each.serving}
    rivals = sorted(
        each.port
        for each in claimed
        if each.transport == key.transport and placement.bound(each.port) == bound and each != key
    )
    if bound != port and rivals:
        return Verdict(
            False,
            "Invalid",
            f"{where}: port {port} would be bound as {bound}, which port {rivals[0]} already has.",
        )
    state = situation.ports.get(key)
    if state is not None and state.error:
        return Verdict(False, "Invalid", f"{where}: refused by the proxy: {state.error}")
    if state is None or not all(state.has(each.key) for each in listeners):
        return Verdict(False, "Pending", f"{where}: port {port} is waiting for the proxy.")
    here = bound == port or placement.public is not None
    offset = "" if here else f" Port {port} is bound as {bound} on this machine."
    return Verdict(True, PROGRAMMED, f"{where}: taken by the proxy.{offset}")
