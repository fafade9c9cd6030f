"""Where connections arrive that one route takes as a whole, and which route has them.

Knows the places listeners have, isolation between their host names, and that the oldest route has a
place (GEP-1645 leaves no other rule: nothing in a connection could choose between two). Must not
know where endpoints are.
"""

from collections.abc import Iterable, Iterator, Mapping

from portway.core import model
from portway.core.translate.hostname import breadth, domain, narrowed, owner
from portway.core.translate.l4_tls import findings, secured
from portway.core.translate.port import neighbours
from portway.core.translate.world import World

PROTOCOLS = ("TLS", "TCP", "UDP")
"""The protocols whose routes take whole connections."""


def base_places(port: model.Port) -> tuple[model.L4Key, ...]:
    """The places a port has without any route, sorted.

    A TLS listener's host name is one even when the listener cannot be served or has no route for
    it, so that no less specific listener answers there.
    """
    return tuple(sorted({place(each) for each in port.listeners if each.protocol in PROTOCOLS}))


def place(listener: model.Listener, name: str = "") -> model.L4Key:
    """The place of a server name on a listener; without one, of the listener's own."""
    gateway, port = listener.key.gateway, listener.port
    if listener.protocol != "TLS":
        return model.L4Key(gateway, port, listener.protocol)
    return model.L4Key(gateway, port, "TLS", name or domain(listener.hostname))


def claims(
    route: model.L4Route, attachment: model.Attachment, world: World
) -> Mapping[model.L4Key, model.L4Claim]:
    """What a route would do at each place of each listener that took it."""
    found: dict[model.L4Key, model.L4Claim] = {}
    for gateway, listener, name in _attached(attachment, world):
        shares = _shares(route, gateway, listener)
        found[place(listener, name)] = model.L4Claim(
            route.key, route.created, shares, narrowed(attachment.asked, name)
        )
    return found


def l4_place(key: model.L4Key, claimed: Iterable[model.L4Claim]) -> model.L4Place:
    """The claim of the most specific host name has the place, then the oldest, then the first by
    `namespace/name`. A route
    without a creation time (a file being tried out) is the newest."""
    ranked = sorted(claimed, key=_rank)
    if not ranked:
        return model.L4Place(key)
    first, *others = ranked
    return model.L4Place(key, first.route, first.shares, tuple(each.route for each in others))


def in_charge(listeners: Iterable[model.Listener], name: str) -> model.Listener | None:
    """The listener of a port that a server name belongs to."""
    return owner(listeners, name)


def l4_findings(
    route: model.L4Route, attachment: model.Attachment, world: World
) -> tuple[model.Finding, ...]:
    """What is to be said of a route that depends on how its listeners treat TLS."""
    attached = list(_attached(attachment, world))
    if not attached or all(listener.passthrough for _, listener, _ in attached):
        return ()
    return tuple(findings(route, world))


def l4_waiting(
    route: model.ObjectKey, places: Iterable[model.L4Place]
) -> tuple[model.Finding, ...]:
    """Where a route is attached and gets nothing. It is accepted there all the same."""
    lost = [each for each in places if route in each.waiting and each.route is not None]
    if not lost:
        return ()
    words = ", ".join(f"{_where(each.key)} ({each.route})" for each in lost)
    message = (
        f"{route}: accepted, but an older route already has {words}, so that nothing of that "
        "comes to this one; give it another port or host name."
    )
    return (model.Finding(route, "", "Accepted", "Accepted", message, True),)


def _where(key: model.L4Key) -> str:
    name = f" for {key.domain}" if key.domain else ""
    return f"port {key.port} of {key.gateway}{name}"


def _attached(
    attachment: model.Attachment, world: World
) -> Iterator[tuple[model.Gateway, model.Listener, str]]:
    """The listeners that serve a route, each with the server names that lead there."""
    for parent in attachment.parents:
        gateway = world.gateway(parent.gateway.namespace, parent.gateway.name)
        if gateway is None or not gateway.served or parent.finding is not None:
            continue
        named = {each.key: each for each in gateway.every_listener}
        for key, domains in parent.hosts:
            listener = named.get(key)
            if listener is None or not listener.serving:
                continue
            if listener.protocol != "TLS":
                yield gateway, listener, ""
                continue
            around = neighbours(gateway, listener.port)
            for each in domains:
                if owner(around, each) == listener:
                    yield gateway, listener, each


def _shares(
    route: model.L4Route, gateway: model.Gateway, listener: model.Listener
) -> tuple[model.L4Share, ...]:
    """What was decrypted here is encrypted again where a policy demands that."""
    if listener.passthrough or not any(each.policy for each in route.shares):
        return route.shares
    return tuple(secured(each, gateway.client_certificate) for each in route.shares)


def _rank(claim: model.L4Claim) -> tuple[tuple[int, int], bool, str, str, str]:
    route = claim.route
    name = f"{route.namespace}/{route.name}"
    return (breadth(claim.narrowed), not claim.created, claim.created, name, route.kind)
