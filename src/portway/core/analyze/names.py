"""What names clients use: how to test HTTPS by address, and which DNS records a cut-over needs.

Knows listeners' and routes' hostnames and how DNS wildcards cover names. Knows no DNS server.
"""

from collections.abc import Iterator

from portway.core import model
from portway.core.analyze.inventory import Inventory
from portway.core.analyze.issue import Issue, issue
from portway.core.explain.choice import covers
from portway.core.explain.view import View
from portway.core.explain.walk import EVERY


def issues(view: View, inventory: Inventory) -> Iterator[Issue]:
    """PW060 and PW061."""
    for gateway in view.gateways():
        ports = tuple(view.ports(gateway.key))
        yield from _sni(gateway, ports)
        yield from _dns(inventory, gateway, ports)


def records(inventory: Inventory, gateway: model.Gateway) -> tuple[str, ...]:
    """The DNS names that must point at the Gateway: hostnames of its listeners and of all routes
    that name it or one of its ListenerSets as a parent, attached or not, without those a wildcard
    among them covers."""
    sets = {each.key for each in gateway.sets}
    found = {each.hostname for each in gateway.every_listener if each.hostname}
    for route in inventory.routes():
        if gateway.default and route.spec.use_default_gateways == "All":
            found.update(each.lower() for each in getattr(route.spec, "hostnames", ()))
        for ref in route.spec.parent_refs:
            parent = model.ObjectKey(ref.kind, ref.namespace or route.namespace, ref.name)
            if parent == gateway.key or parent in sets:
                found.update(each.lower() for each in getattr(route.spec, "hostnames", ()))
    # A listener's own name stays, covered or not: people look for it.
    own = {each.hostname for each in gateway.every_listener}
    return tuple(sorted(each for each in found if each in own or not _covered(each, found)))


def _covered(name: str, names: set[str]) -> bool:
    return any(covers(each, name) for each in names if each.startswith("*.") and each != name)


def _sni(gateway: model.Gateway, ports: tuple[model.Port, ...]) -> Iterator[Issue]:
    numbers = sorted({each.port for each in gateway.every_listener if each.protocol == "HTTPS"})
    for number in numbers:
        names = [
            each.hostname
            for each in gateway.every_listener
            if each.accepted and (each.port, each.protocol) == (number, "HTTPS")
        ]
        if not names or "" in names:
            continue
        port = next((each for each in ports if each.key.port == number), None)
        message = (
            f"the HTTPS listeners of port {number} are chosen by SNI ({', '.join(names)}); "
            "curl -H 'Host: ...' https://ADDRESS/ sends none and is refused"
        )
        cure = _resolve(names, number, port)
        yield issue("PW060", gateway.key, "spec.listeners", message, cure)


def _resolve(names: list[str], number: int, port: model.Port | None) -> str:
    """The curl command that sends the right SNI."""
    name = next((each for each in names if not each.startswith("*.")), f"NAME{names[0][1:]}")
    bound = port.bound_port if port else number
    at = "" if bound == 443 else f":{bound}"
    return f"curl --resolve {name}:{bound}:{_address(port)} https://{name}{at}/"


def _address(port: model.Port | None) -> str:
    known = [each for each in (port.addresses if port else ()) if each not in EVERY]
    return known[0] if known else "ADDRESS"


def _dns(
    inventory: Inventory, gateway: model.Gateway, ports: tuple[model.Port, ...]
) -> Iterator[Issue]:
    names = records(inventory, gateway)
    if not any(each.startswith("*.") for each in names) and len(names) < 2:
        return
    alone = [each for each in names if each.startswith("*.") and not _covered(each, set(names))]
    addresses = sorted({each for port in ports for each in port.addresses} - EVERY)
    to = ", ".join(addresses) or "the Gateway's address"
    message = f"a DNS cut-over to {to} needs records for {', '.join(names)}"
    if len(names) > 1 and alone:
        message += f"; no other record covers {', '.join(alone)}"
    yield issue("PW061", gateway.key, "spec.listeners", message)
