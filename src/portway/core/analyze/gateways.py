"""Gateways, ListenerSets and listeners that are not served as written, or serve nobody.

Knows classes, the findings translation left on Gateways, and which listeners have routes.
"""

from collections.abc import Iterator
from typing import TypeAlias

from portway.core import api, model
from portway.core.analyze.inventory import Inventory, key
from portway.core.analyze.issue import Issue, issue
from portway.core.explain.view import View

Owner: TypeAlias = model.Gateway | model.ListenerSet
"""Whatever has listeners."""

_CODES = {
    "HostnameConflict": "PW033",
    "ProtocolConflict": "PW033",
    "UnsupportedProtocol": "PW034",
    "UnsupportedValue": "PW034",
    "InvalidRouteKinds": "PW034",
    "PortUnavailable": "PW034",
    "OverlappingHostnames": "PW035",
    "OverlappingCertificates": "PW035",
    "InvalidCertificateRef": "PW040",
    "InvalidClientCertificateRef": "PW040",
    "InvalidCACertificateRef": "PW047",
    "InvalidCACertificateKind": "PW047",
    "NoValidCACertificate": "PW047",
    "ConfigurationChanged": "PW048",
    "RefNotPermitted": "PW021",
}


def issues(view: View, inventory: Inventory) -> Iterator[Issue]:
    """PW021, PW030 to PW036, PW040, PW047, PW048 and PW062; PW040 of listeners comes from
    `certificates`."""
    ours = {gateway.key: gateway for gateway in view.gateways()}
    for written in inventory.of(api.Gateway):
        if key(written) not in ours:
            yield _of_another(inventory, written)
    busy = _busy(view)
    for gateway in ours.values():
        for owner in gateway.owners:
            yield from _of_owner(owner, busy)
        yield from _low_ports(view, gateway)


def _of_owner(owner: Owner, busy: set[model.ListenerKey]) -> Iterator[Issue]:
    for finding in dict.fromkeys(owner.findings):
        if finding.reason != "InvalidCertificateRef":
            yield _finding(owner, finding)
    for index, listener in enumerate(owner.listeners):
        if listener.accepted and listener.key not in busy:
            message = f"listener {listener.name} has no route: {_without_route(listener)}"
            yield issue("PW036", owner.key, f"spec.listeners[{index}]", message)


def _without_route(listener: model.Listener) -> str:
    match listener.protocol:
        case "UDP":
            return "every datagram is dropped"
        case "TCP" | "TLS":
            return "every connection is closed"
        case _:
            return "every request gets 404"


def listener_field(owner: Owner, name: str) -> str:
    """`spec.listeners[i]` of the listener of that name; `spec` without one."""
    for index, listener in enumerate(owner.listeners):
        if listener.name == name:
            return f"spec.listeners[{index}]"
    return "spec"


def _of_another(inventory: Inventory, gateway: api.Gateway) -> Issue:
    name = gateway.spec.gateway_class_name
    cls = inventory.get(api.GatewayClass, "", name)
    field = "spec.gatewayClassName"
    if cls is None:
        message = f"GatewayClass {name} does not exist"
        return issue("PW030", key(gateway), field, message)
    controller = cls.spec.controller_name
    message = f"GatewayClass {name} belongs to {controller}, so Portway does not serve this Gateway"
    cure = (
        f"if it is to: set gatewayClassName to portway, or the controllerName of GatewayClass "
        f"{name} to portway.dev/gateway-controller"
    )
    return issue("PW031", key(gateway), field, message, cure)


def _finding(owner: Owner, finding: model.Finding) -> Issue:
    code = _CODES.get(finding.reason)
    if code is None:
        code = "PW034" if finding.parent else "PW032"
    field = listener_field(owner, finding.parent)
    return issue(code, owner.key, field, finding.message)


def _busy(view: View) -> set[model.ListenerKey]:
    found: set[model.ListenerKey] = set()
    for route in view.routes():
        attachment = view.attachment(route)
        for parent in attachment.parents if attachment else ():
            found.update(listener for listener, _ in parent.hosts)
    return found


def _number(port: model.Port) -> str:
    return f"{port.key.port}/UDP" if port.key.transport == "UDP" else str(port.key.port)


def _low_ports(view: View, gateway: model.Gateway) -> Iterator[Issue]:
    low = [port for port in view.ports(gateway.key) if port.key.port < 1024]
    if not low:
        return
    moved = [port for port in low if port.bound_port != port.key.port]
    if moved:
        text = ", ".join(f"{_number(each)} is bound to {each.bound_port}" for each in moved)
    else:
        text = ", ".join(_number(each) for each in low) + " may need a right to bind"
    yield issue("PW062", gateway.key, "spec.listeners", f"port {text}")
