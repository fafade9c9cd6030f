"""The status of a Gateway: conditions, addresses, listeners.

Knows which conditions there are and the limits of the document. Must not know when something is
programmed (`programmed`) nor what makes a listener invalid (the findings say).
"""

from collections.abc import Mapping
from ipaddress import ip_address

from portway.core import model
from portway.core.status.condition import Document, abnormal, condition, positive
from portway.core.status.programmed import Situation, gateway_verdict, listener_verdict
from portway.core.status.proxy_state import ProxyState

_MOST_ADDRESSES = 16  # CRD: status.addresses maxItems


def gateway(
    gateway: model.Gateway,
    placement: model.Placement | None,
    attached: Mapping[str, int],
    ports: Mapping[model.PortKey, ProxyState],
    rejected: str = "",
) -> Document:
    """The desired status of a Gateway.

    `attached` counts the accepted routes by listener name, `ports` holds what the proxy said by
    port, `rejected` are its words when it refused the Gateway as it is now.
    """
    situation = Situation(gateway, placement, ports, rejected)
    return {
        "addresses": _addresses(gateway, placement),
        "attachedListenerSets": 0,
        "conditions": _conditions(situation),
        "listeners": [
            _listener(situation, each, attached.get(each.name, 0)) for each in gateway.listeners
        ],
    }


def _addresses(gateway: model.Gateway, placement: model.Placement | None) -> list[Document]:
    """Only addresses that work (spec: status.addresses)."""
    if placement is None or not gateway.accepted:
        return []
    values = sorted(placement.addresses, key=lambda each: _order(gateway, each))
    return [{"type": "IPAddress", "value": each} for each in values[:_MOST_ADDRESSES]]


def _order(gateway: model.Gateway, address: str) -> tuple[int, int, int]:
    wanted = gateway.wanted_addresses
    place = wanted.index(address) if address in wanted else len(wanted)
    ip = ip_address(address)
    return (place, ip.version, int(ip))


def _conditions(situation: Situation) -> list[Document]:
    gateway = situation.gateway
    own = [each for each in gateway.findings if not each.parent]
    verdict = gateway_verdict(situation)
    unresolved = [
        each.name
        for each in gateway.listeners
        if any(f.condition == "ResolvedRefs" for f in _about(gateway, each))
    ]
    message = f"{gateway.key}: accepted by Portway."
    return [
        positive("Accepted", own, gateway.generation, "Accepted", message),
        verdict.condition(gateway.generation),
        *_resolved(gateway, own, unresolved),
        *abnormal("InsecureFrontendValidationMode", own, gateway.generation),
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


def _about(gateway: model.Gateway, listener: model.Listener) -> list[model.Finding]:
    return [each for each in gateway.findings if each.parent == listener.name]


def _listener(situation: Situation, listener: model.Listener, attached: int) -> Document:
    gateway = situation.gateway
    generation = gateway.generation
    findings = _about(gateway, listener)
    where = f"{gateway.key}, listener {listener.name}"
    no_conflict = condition(
        "Conflicted",
        False,
        "NoConflicts",
        f"{where}: no conflict with other listeners.",
        generation,
    )
    return {
        "name": listener.name,
        "supportedKinds": [{"group": k.group, "kind": k.kind} for k in listener.allowed.kinds],
        "attachedRoutes": attached,
        "conditions": [
            positive("Accepted", findings, generation, "Accepted", f"{where}: valid."),
            *(abnormal("Conflicted", findings, generation) or (no_conflict,)),
            positive(
                "ResolvedRefs",
                findings,
                generation,
                "ResolvedRefs",
                f"{where}: every reference is resolved.",
            ),
            listener_verdict(situation, listener).condition(generation),
            *abnormal("OverlappingTLSConfig", findings, generation),
        ],
    }
