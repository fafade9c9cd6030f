"""What names clients use: how to test HTTPS by address, and which DNS records a cut-over needs.

Knows listeners' and routes' hostnames and how DNS wildcards cover names. Knows no DNS server.
"""

from collections.abc import Iterator

from portway.core import model
from portway.core.analyze.inventory import Inventory
from portway.core.analyze.issue import Issue, issue
from portway.core.explain.choice import covers
from portway.core.explain.view import View


def issues(view: View, inventory: Inventory) -> Iterator[Issue]:
    """PW060 and PW061."""
    for gateway in view.gateways():
        ports = tuple(view.ports(gateway.key))
        yield from _sni(gateway, ports)
        yield from _dns(inventory, gateway, ports)


def records(inventory: Inventory, gateway: model.Gateway) -> tuple[str, ...]:
    """The DNS names that must point at the Gateway: hostnames of its listeners and of all routes
    that name it as a parent, attached or not, without those a wildcard among them covers."""
    found = {each.hostname for each in gateway.listeners if each.hostname}
    for route in inventory.routes():
        for ref in route.spec.parent_refs:
            parent = model.ObjectKey("Gateway", ref.namespace or route.namespace, ref.name)
            if parent == gateway.key and ref.kind == "Gateway":
                found.update(each.lower() for each in getattr(route.spec, "hostnames", ()))
    # A listener's own name stays, covered or not: people look for it.
    own = {each.hostname for each in gateway.listeners}
    return tuple(sorted(each for each in found if each in own or not _covered(each, found)))


def _covered(name: str, names: set[str]) -> bool:
    return any(covers(each, name) for each in names if each.startswith("*.") and each != name)


def _sni(gateway: model.Gateway, ports: tuple[model.Port, ...]) -> Iterator[Issue]:
    for port in ports:
        if port.protocol != "HTTPS" or any(not each.hostname for each in port.listeners):
            continue
        names = [each.hostname for each in port.listeners]
        exact = next((each for each in names if not each.startswith("*.")), "")
        name = exact or f"NAME{names[0][1:]}"
        at = "" if port.bound_port == 443 else f":{port.bound_port}"
        address = port.addresses[0] if port.addresses else "ADDRESS"
        message = (
            f"the HTTPS listeners of port {port.key.port} are chosen by SNI ({', '.join(names)}); "
            "curl -H 'Host: ...' https://ADDRESS/ sends none and is refused"
        )
        cure = f"curl --resolve {name}:{port.bound_port}:{address} https://{name}{at}/"
        yield issue("PW060", gateway.key, "spec.listeners", message, cure)


def _dns(
    inventory: Inventory, gateway: model.Gateway, ports: tuple[model.Port, ...]
) -> Iterator[Issue]:
    names = records(inventory, gateway)
    if not names:
        return
    alone = [each for each in names if each.startswith("*.") and not _covered(each, set(names))]
    addresses = sorted({address for port in ports for address in port.addresses})
    to = ", ".join(addresses) or "the Gateway's address"
    message = f"a DNS cut-over to {to} needs records for {', '.join(names)}"
    if len(names) > 1 and alone:
        message += f"; no other record covers {', '.join(alone)}"
    yield issue("PW061", gateway.key, "spec.listeners", message)
