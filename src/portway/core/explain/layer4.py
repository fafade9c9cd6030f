"""Where a connection goes that one route takes as a whole (TLSRoute, TCPRoute, UDPRoute).

Knows places and their pools, and that nothing inside a connection is looked at. Must not know how
the port or the listener was found.
"""

from msgspec.structs import replace

from portway.core import model
from portway.core.explain import choice, effect
from portway.core.explain.place import place_text
from portway.core.explain.request import Request
from portway.core.explain.shares import tls_text
from portway.core.explain.trace import Answer, Attempt, Destination, Trace
from portway.core.explain.view import View

SCHEMES = {
    "TCP": ("tcp", "tls", "http", "https"),
    "UDP": ("udp",),
    "TLS": ("tls", "https"),
}
"""What a client may speak to a listener: on TCP, whatever the backend understands."""


def key_of(port: model.Port, protocol: str, domain: str = "") -> model.L4Key:
    """The place of a port, or of a server name on it."""
    return model.L4Key(port.key.gateway, port.key.port, protocol, domain)


def by_name(view: View, port: model.Port, sni: str) -> model.L4Place | None:
    """The place a server name leads to; the most specific name wins, whether it has a route."""
    places = [each for each in view.places() if each.key.port_key == port.key]
    domain = choice.best((each.key.domain for each in places), sni)
    return next((each for each in places if each.key.domain == domain), None)


def whole(view: View, trace: Trace, place: model.L4Place | None, *, passthrough: bool) -> Trace:
    """Completes `trace` with the route that has the place and the backends it leads to."""
    if place is None or place.route is None:
        return replace(trace, answer=Answer("refused", f"{_lost(trace)}: no route is attached"))
    domain = place.key.domain
    waiting = tuple(
        f"{each} is attached as well, and gets nothing: the oldest route has the place"
        for each in place.waiting
    )
    trace = replace(
        trace,
        domain=domain,
        attempts=(Attempt(str(place.route), "rules[0]", domain or "all that arrives"),),
        notes=waiting,
    )
    total = sum(each.weight for each in place.shares)
    if not total:
        text = f"{_lost(trace)}: the rule has no backend with a positive weight"
        return replace(trace, answer=Answer("refused", text))
    pool = view.pool(place.key)
    destinations = tuple(_destination(each, total, pool) for each in place.shares if each.weight)
    texts = [f"{each.percent:g} %: {_fate(trace, each, passthrough)}" for each in destinations]
    text = "; ".join(texts) if len(texts) > 1 else texts[0].partition(": ")[2]
    some = any(each.endpoints for each in destinations)
    answer = Answer("forward" if some else "refused", text)
    return replace(trace, destinations=destinations, answer=answer)


def why(
    view: View, request: Request, key: model.ObjectKey, port: model.Port, domains: tuple[str, ...]
) -> str:
    """Why a route of layer 4 that is attached to the port does not get the connection."""
    if port.protocol in ("TCP", "UDP"):
        place = view.place(key_of(port, port.protocol))
    else:
        place = by_name(view, port, request.sni)
        if not any(choice.covers(each, request.sni) for each in domains):
            return f"its names there are {', '.join(domains)}; the SNI is {request.sni!r}"
    if place is None or place.route is None:
        return f"no route has the place: {_nowhere(place)}"
    if place.route == key:
        return "it is the route that answers"
    if key in place.waiting:
        return f"{place.route} is older and has the place; of several routes only the oldest does"
    return (
        f"{place.key.domain} is more specific and takes the connection for {place.route}, whatever "
        "less specific names there are"
    )


def _nowhere(place: model.L4Place | None) -> str:
    return f"{place.key.domain} belongs to its listener alone" if place else "none covers the name"


def _destination(share: model.L4Share, total: int, pool: model.L4Pool | None) -> Destination:
    percent = round(100 * share.weight / total, 2)
    if share.backend is None:
        return Destination("invalid reference", share.weight, percent)
    groups = pool.groups if pool else ()
    there = (end for each in groups if share.backend in each.backends for end in each.endpoints)
    places = tuple(place_text(each) for each in there)
    words = tls_text(pool.tls if pool and places else None, share.backend)
    return Destination(effect.name(share.backend), share.weight, percent, places, tls=words)


def _fate(trace: Trace, destination: Destination, passthrough: bool) -> str:
    if destination.endpoints:
        how = "passed through, still encrypted," if passthrough else "forwarded"
        return f"{how} to {destination.backend}"
    if destination.backend == "invalid reference":
        return f"{_lost(trace)}: the backend reference is not valid"
    return f"{_lost(trace)}: {destination.backend} has no ready endpoint"


def _lost(trace: Trace) -> str:
    return "the datagram is dropped" if trace.protocol == "UDP" else "the connection is closed"
