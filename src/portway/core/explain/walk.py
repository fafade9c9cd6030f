"""Follows one request through every Gateway port that could receive it.

Knows the order of decisions: port and address, listener (SNI), table, virtual host, routes in
precedence order, filters, shares. Knows nothing of Envoy: it reads the same model values that are
rendered for the proxy and applies the spec's semantics to them a second time.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from portway.core import model
from portway.core.explain import choice, effect, layer4, match, named, normal
from portway.core.explain.request import Request
from portway.core.explain.shares import answered, said
from portway.core.explain.trace import Answer, Attempt, Candidate, Trace
from portway.core.explain.view import View

EVERY = frozenset({"0.0.0.0", "::"})
"""Addresses that stand for every address of the machine."""


def traces(view: View, request: Request) -> tuple[Trace, ...]:
    """One trace per Gateway port that listens where the request is sent, winners first."""
    found = [
        _through(view, request, gateway, port)
        for gateway in sorted(view.gateways(), key=lambda each: each.key)
        for port in view.ports(gateway.key)
        if receives(port, request)
    ]
    return tuple(sorted(found, key=_rank))


def receives(port: model.Port, request: Request) -> bool:
    """Whether a connection to the request's address and port ends at this Gateway port."""
    if request.port not in (port.key.port, port.bound_port):
        return False
    if (request.scheme == "udp") != (port.key.transport == "UDP"):
        return False
    here = set(port.addresses)
    return not request.address or not here or bool(here & {request.address, *EVERY})


def _rank(trace: Trace) -> int:
    if trace.attempts and not trace.attempts[-1].reason:
        return 0
    return 1 if trace.domain else 2


def _through(view: View, request: Request, gateway: model.Gateway, port: model.Port) -> Trace:
    trace = Trace(
        gateway=str(gateway.key),
        port=port.key.port,
        bound_port=port.bound_port,
        protocol=port.protocol,
        addresses=port.addresses,
        host=normal.host(request.host),
        answer=Answer("refused", "nothing answers"),
    )
    if request.scheme not in spoken(port):
        return replace(trace, answer=_wrong_scheme(port, request))
    if port.protocol in ("TCP", "UDP"):
        place = view.place(layer4.key_of(port, port.protocol))
        return layer4.whole(view, trace, place, passthrough=False)
    if port.protocol in ("HTTPS", "TLS"):
        return _by_name(view, request, port, trace)
    named = tuple((each.label, each.hostname) for each in port.listeners)
    listeners = choice.candidates(named, trace.host)
    trace = replace(trace, listeners=listeners, listener=_chosen(listeners))
    table = model.TableKey(gateway.key, port.key.port, "")
    return _in_table(view, request, trace, table)


def spoken(port: model.Port) -> tuple[str, ...]:
    """The schemes of what a client may speak to a port."""
    protocols = {each.protocol for each in port.listeners}
    found = [layer4.SCHEMES.get(each, (each.lower(),)) for each in sorted(protocols)]
    return tuple(dict.fromkeys(scheme for each in found for scheme in each))


def _by_name(view: View, request: Request, port: model.Port, trace: Trace) -> Trace:
    """SNI chooses the listener, the Host header only chooses inside it."""
    named = tuple((each.label, each.hostname) for each in port.listeners)
    listeners = choice.candidates(named, request.sni)
    trace = replace(trace, listeners=listeners, listener=_chosen(listeners))
    listener = next((each for each in port.listeners if each.label == trace.listener), None)
    if listener is None:
        return replace(trace, answer=Answer("refused", _no_listener(request, port)))
    if not listener.serving:
        text = (
            f"listener {listener.label} owns {request.sni or 'the connection'} but has no usable "
            "certificate: the TLS handshake fails"
        )
        return replace(trace, answer=Answer("refused", text))
    if listener.protocol == "TLS":
        place = layer4.by_name(view, port, request.sni)
        return layer4.whole(view, trace, place, passthrough=listener.passthrough)
    if request.scheme != "https":
        text = f"listener {listener.label} speaks HTTPS, not {request.scheme}: use https://"
        return replace(trace, answer=Answer("refused", text))
    owner = choice.best((each.hostname for each in port.listeners), trace.host)
    if owner is not None and owner != listener.hostname:
        text = (
            f"421: SNI chose listener {listener.label}, but host {trace.host} belongs to the "
            f"listener for {owner or 'any host'}; the client must open a connection of its own"
        )
        return replace(trace, answer=Answer("respond", text, 421))
    table = model.TableKey(listener.key.gateway, port.key.port, listener.label)
    return _in_table(view, request, trace, table)


def _in_table(view: View, request: Request, trace: Trace, table: model.TableKey) -> Trace:
    path = normal.path(request.path)
    trace = replace(trace, path=path.value)
    if odd := next((name for name, _ in request.headers if "_" in name), ""):
        text = f"400: header {odd} has an underscore, which backends may read as a hyphen"
        return replace(trace, answer=Answer("respond", text, 400))
    if path.redirected:
        query = f"?{request.query}" if request.query else ""
        to = path.value + query
        text = f"307 to {to}: an escaped slash is unescaped before any route is looked at"
        return replace(trace, answer=Answer("redirect", text, 307, to))
    hosts = view.virtual_hosts(table)
    domains = choice.candidates(((each, each) for each in hosts), trace.host)
    trace = replace(trace, domains=domains, domain=_chosen(domains))
    if not trace.domain:
        words = said(404, request)
        text = f"{words}: no listener or route of this port covers host {trace.host!r}"
        return replace(trace, answer=Answer("respond", text, 404))
    host = hosts[trace.domain]
    if host.misdirected:
        text = f"421: host {trace.host} belongs to another listener of this port"
        return replace(trace, answer=Answer("respond", text, 421))
    if host.filters is None:
        text = "500: the filters of the listener cannot be carried out; see its conditions"
        return replace(trace, answer=Answer("respond", text, 500))
    if named.asked(host.routes, request, path.value):
        note = named.note(request)
        trace = replace(trace, notes=(*trace.notes, note) if note else trace.notes)
        request = named.told(request)
    attempts, winner = try_routes(host.routes, request, path.value)
    trace = replace(trace, attempts=attempts)
    if winner is None:
        text = f"{said(404, request)}: no rule of virtual host {host.domain} matches"
        return replace(trace, answer=Answer("respond", text, 404))
    return answered(view, request, trace, winner, host)


def try_routes(
    routes: Iterable[model.HostRoute], request: Request, path: str
) -> tuple[tuple[Attempt, ...], model.HostRoute | None]:
    """Each entry in order up to the first that matches, and that one."""
    attempts: list[Attempt] = []
    for each in routes:
        reason = refusal(each, request, path)
        attempts.append(
            Attempt(str(each.route), rule_name(each.rule), match.describe(each.match), reason)
        )
        if not reason:
            return tuple(attempts), each
    return tuple(attempts), None


def refusal(entry: model.HostRoute, request: Request, path: str) -> str:
    """Why a route entry does not take the request; empty when it does.

    A preflight for the method a CORS rule asks for belongs to that rule, though it is an OPTIONS
    request itself, and has no body that could name a model.
    """
    wanted = entry.match
    if effect.is_preflight(request) and effect.cors(entry.rule) is not None:
        wanted = named.without(wanted) or wanted
        asked = request.header("access-control-request-method")
        if wanted.method and wanted.method in asked:
            request = replace(request, method=wanted.method)
    return match.refusal(wanted, request, path)


def rule_name(rule: model.Rule) -> str:
    """`rules[2]` or `rules[2] (name)`."""
    return f"rules[{rule.index}] ({rule.name})" if rule.name else f"rules[{rule.index}]"


def _chosen(found: tuple[Candidate, ...]) -> str:
    return next((each.name for each in found if each.chosen), "")


def _wrong_scheme(port: model.Port, request: Request) -> Answer:
    text = (
        f"port {port.key.port} speaks {port.protocol}, the request is {request.scheme}: "
        f"use {spoken(port)[0]}://"
    )
    return Answer("refused", text)


def _no_listener(request: Request, port: model.Port) -> str:
    names = ", ".join(each.hostname for each in port.listeners if each.hostname)
    if request.sni:
        return f"no listener of the port covers SNI {request.sni!r} (there are: {names})"
    host = normal.host(request.host)
    where = request.address or next((a for a in port.addresses if a not in EVERY), "ADDRESS")
    at = port.bound_port
    return (
        f"the connection carries no SNI (a URL with an IP address sends none) and listeners are "
        f"chosen by it ({names}). Use: curl --resolve {host}:{at}:{where} https://{host}"
        f"{'' if at == 443 else f':{at}'}{request.path}"
    )
