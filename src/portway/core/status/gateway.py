"""The status of a Gateway: conditions, addresses, its own listeners.

Knows which conditions there are and the limits of the document. Must not know when something is
programmed (`programmed`), what is said of a listener (`listener`), nor what makes one invalid (the
findings say).
"""

from collections.abc import Mapping
from ipaddress import ip_address

from portway.core import model
from portway.core.status.condition import Document, abnormal, condition, positive
from portway.core.status.listener import about, listener
from portway.core.status.programmed import Situation, gateway_verdict
from portway.core.status.proxy_state import ProxyState

_MOST_ADDRESSES = 16  # CRD: status.addresses maxItems
_LAST = 99  # behind every version of IP


def gateway(
    gateway: model.Gateway,
    placement: model.Placement | None,
    attached: Mapping[model.ListenerKey, int],
    ports: Mapping[model.PortKey, ProxyState],
    rejected: str = "",
) -> Document:
    """The desired status of a Gateway.

    `attached` counts the accepted routes by listener, `ports` holds what the proxy said by
    port, `rejected` are its words when it refused the Gateway as it is now.
    """
    situation = Situation(gateway, placement, ports, rejected)
    return {
        "addresses": _addresses(gateway, placement),
        "attachedListenerSets": _sets(gateway),
        "conditions": _conditions(situation),
        "listeners": [
            listener(situation, each, gateway.findings, gateway.generation, attached)
            for each in gateway.listeners
        ],
    }


def _sets(gateway: model.Gateway) -> int:
    """The ListenerSets that are accepted (GatewayStatus.attachedListenerSets)."""
    return sum(each.accepted for each in gateway.sets) if gateway.accepted else 0


def _addresses(gateway: model.Gateway, placement: model.Placement | None) -> list[Document]:
    """Only addresses that work (spec: status.addresses)."""
    if placement is None or not gateway.accepted:
        return []
    values = sorted(placement.reached, key=lambda each: _order(gateway, each))
    return [{"type": _type(each), "value": each} for each in values[:_MOST_ADDRESSES]]


def _order(gateway: model.Gateway, address: str) -> tuple[int, int, int, str]:
    wanted = gateway.wanted_addresses
    place = wanted.index(address) if address in wanted else len(wanted)
    if _type(address) == "Hostname":
        return (place, _LAST, 0, address)
    ip = ip_address(address)
    return (place, ip.version, int(ip), "")


def _type(address: str) -> str:
    """Of a status address: balancers of some clouds have a name instead of an address."""
    try:
        ip_address(address)
    except ValueError:
        return "Hostname"
    return "IPAddress"


def _conditions(situation: Situation) -> list[Document]:
    gateway = situation.gateway
    own = [each for each in gateway.findings if not each.parent]
    verdict = gateway_verdict(situation)
    unresolved = [
        each.name
        for each in gateway.listeners
        if any(f.condition == "ResolvedRefs" for f in about(each, gateway.findings))
    ]
    message = f"{gateway.key}: accepted by Portway."
    return [
        positive("Accepted", own, gateway.generation, "Accepted", message),
        verdict.condition(gateway.generation),
        *_resolved(gateway, own, unresolved),
        *abnormal("InsecureFrontendValidationMode", own, gateway.generation),
        *abnormal("DefaultGateway", own, gateway.generation),
    ]


def _resolved(
    gateway: model.Gateway, own: list[model.Finding], unresolved: list[str]
) -> list[Document]:
    if unresolved and not any(each.condition == "ResolvedRefs" for each in own):
        message = f"{gateway.key}: see the conditions of listener {', '.join(unresolved)}."
        return [
            condition("ResolvedRefs", False, "ListenersNotResolved", message, gateway.generation)
        ]
    message = f"{gateway.key}: every reference is resolved."
    return [positive("ResolvedRefs", own, gateway.generation, "ResolvedRefs", message)]
