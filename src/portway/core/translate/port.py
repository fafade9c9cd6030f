"""The ports of a Gateway, and the virtual hosts it has without any route.

Knows listener isolation: every host name of a listener is a virtual host of its own, so that a
less specific listener never answers for it, and on HTTPS a request for another listener's host is
told so. A UDP port and a TCP port of the same number are two ports. Must not know routes.
"""

from collections import defaultdict

from portway.core import model
from portway.core.translate.hostname import ANY, domain

_BY_NAME = ("HTTP", "HTTPS", "TLS")  # protocols whose listeners of one port are told by host name


def ports(
    gateway: model.Gateway,
    placement: model.Placement | None,
    log: model.AccessLog | None = None,
) -> tuple[model.Port, ...]:
    """The ports to bind, by number: those with something to serve and an address to serve it at."""
    if not gateway.served or placement is None or not placement.addresses:
        return ()
    taken = _bound(gateway, placement)
    return tuple(
        model.Port(
            key=key,
            protocol=_protocol(listeners),
            addresses=placement.addresses,
            bound_port=placement.bound(key.port),
            listeners=listeners,
            log=log,
        )
        for key, listeners in _by_port(gateway).items()
        if taken[(key.transport, placement.bound(key.port))] == key.port
    )


def base_hosts(gateway: model.Gateway) -> tuple[model.HostKey, ...]:
    """A virtual host for every listener host name of every table, sorted.

    The table of an HTTPS listener also has the host names of its neighbours, since a client may
    send a request for theirs over its connection.
    """
    found: set[model.HostKey] = set()
    for listeners in _by_port(gateway).values():
        for each in listeners:
            if each.protocol == "HTTP":
                found.add(model.HostKey(table(each), domain(each.hostname)))
            elif each.protocol == "HTTPS" and each.serving:
                found.update(
                    model.HostKey(table(each), domain(other.hostname)) for other in listeners
                )
                found.add(model.HostKey(table(each), ANY))
    return tuple(sorted(found))


def table(listener: model.Listener) -> model.TableKey:
    """The table a listener's routes go to: one for all HTTP listeners of a port, one for each
    HTTPS listener."""
    name = "" if listener.protocol == "HTTP" else listener.label
    return model.TableKey(listener.key.gateway, listener.port, name)


def neighbours(gateway: model.Gateway, port: int) -> tuple[model.Listener, ...]:
    """The accepted listeners of a port, which divide its hosts among themselves."""
    return tuple(
        each
        for each in gateway.every_listener
        if each.accepted and each.port == port and each.protocol in _BY_NAME
    )


def scheme(key: model.TableKey) -> str:
    """The scheme clients use towards a table."""
    return "https" if key.listener else "http"


def _protocol(listeners: tuple[model.Listener, ...]) -> str:
    protocols = {each.protocol for each in listeners}
    return "HTTPS" if "HTTPS" in protocols else listeners[0].protocol


def _by_port(gateway: model.Gateway) -> dict[model.PortKey, tuple[model.Listener, ...]]:
    if not gateway.served:
        return {}
    every = gateway.every_listener
    keys = sorted({each.port_key for each in every if each.serving})
    return {
        key: tuple(each for each in every if each.accepted and each.port_key == key) for key in keys
    }


def _bound(gateway: model.Gateway, placement: model.Placement) -> dict[tuple[str, int], int]:
    """Which port has each real port, by transport. An offset may lead to a port another listener
    asks for by its own number; that one has it."""
    claims: dict[tuple[str, int], list[int]] = defaultdict(list)
    for key in _by_port(gateway):
        claims[(key.transport, placement.bound(key.port))].append(key.port)
    return {
        (transport, real): real if real in numbers else min(numbers)
        for (transport, real), numbers in claims.items()
    }
