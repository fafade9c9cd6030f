"""Why a route the user expected did not answer.

Knows every way a route can lose: unknown, no parent of ours, refused by the parent, other port,
other host, hidden by a more specific host, no match, or a match that comes later. Says the first
that holds for each place the route is in, in the spec's words.
"""

from collections.abc import Iterable, Iterator

from portway.core import model
from portway.core.explain import choice, layer4, match, normal, precedence
from portway.core.explain.named import asked, told
from portway.core.explain.request import Request
from portway.core.explain.trace import Trace, WhyNot
from portway.core.explain.view import View
from portway.core.explain.walk import receives, refusal, rule_name, spoken


def why_not(view: View, request: Request, traces: tuple[Trace, ...], expected: str) -> WhyNot:
    """`expected` is `name`, `namespace/name` or `Kind/namespace/name`."""
    keys = [each for each in view.routes() if named(each, expected)]
    if not keys:
        return WhyNot(expected, False, (_unknown(view, expected),))
    if len(keys) > 1:
        shown = ", ".join(sorted(str(each) for each in keys))
        return WhyNot(expected, False, (f"{expected!r} is ambiguous: {shown}",))
    key = keys[0]
    if traces and _winner(traces[0]) == str(key):
        return WhyNot(str(key), True, ("it is the route that answers",))
    reasons = tuple(dict.fromkeys(_reasons(view, request, key)))
    return WhyNot(str(key), False, reasons or ("no Gateway of ours serves this request",))


def named(key: model.ObjectKey, text: str) -> bool:
    """Whether `text` names `key`."""
    parts = text.split("/")
    return parts == [key.kind, key.namespace, key.name][-len(parts) :] and len(parts) <= 3


def _winner(trace: Trace) -> str:
    last = trace.attempts[-1] if trace.attempts else None
    return last.route if last and not last.reason else ""


def _unknown(view: View, expected: str) -> str:
    name = expected.rpartition("/")[2]
    same = sorted(str(each) for each in view.routes() if each.name == name)
    hint = f"; there is {', '.join(same)}" if same else ""
    return f"there is no route {expected!r}{hint}"


def _reasons(view: View, request: Request, key: model.ObjectKey) -> Iterator[str]:
    attachment = view.attachment(key)
    rules = view.rules(key)
    if attachment is None or not attachment.parents:
        yield "it is not attached: none of its parentRefs names a Gateway of ours"
        return
    if rules is not None and not rules.rules:
        yield "it has no rules"
    for parent in attachment.parents:
        if parent.finding is not None:
            finding = parent.finding
            yield f"not attached to {parent.gateway}: {finding.reason}: {finding.message}"
        else:
            yield from _at_parent(view, request, key, parent)


def _at_parent(
    view: View, request: Request, key: model.ObjectKey, parent: model.ParentAttachment
) -> Iterator[str]:
    here = [port for port in view.ports(parent.gateway) if receives(port, request)]
    if not here:
        ports = ", ".join(str(each.key.port) for each in view.ports(parent.gateway)) or "none"
        where = f"{request.address or request.host} port {request.port}"
        yield f"{parent.gateway} does not listen on {where} (its ports: {ports})"
    for port in here:
        mine = [
            (listener, domains)
            for listener, domains in parent.hosts
            if any(each.key == listener for each in port.listeners)
        ]
        if not mine:
            names = ", ".join(sorted({listener.label for listener, _ in parent.hosts}))
            yield (
                f"on {parent.gateway} it is attached to listener {names}, "
                f"not to port {port.key.port}"
            )
        for listener, domains in mine:
            yield _at_listener(view, request, key, port, listener, domains)


def _at_listener(
    view: View,
    request: Request,
    key: model.ObjectKey,
    port: model.Port,
    listener: model.ListenerKey,
    domains: tuple[str, ...],
) -> str:
    where = f"listener {listener.label} of {listener.gateway}"
    host = normal.host(request.host)
    if request.scheme not in spoken(port):
        return f"{where} speaks {port.protocol}, the request is {request.scheme}"
    if key.kind in ("TLSRoute", "TCPRoute", "UDPRoute"):
        return f"{where}: {layer4.why(view, request, key, port, domains)}"
    if port.protocol == "HTTPS":
        chosen = choice.candidates(
            ((each.label, each.hostname) for each in port.listeners), request.sni
        )
        name = next((each.name for each in chosen), "")
        if name != listener.label:
            return f"SNI {request.sni!r} chooses {name or 'no listener'}, not {where}"
    covering = [each for each in domains if choice.covers(each, host)]
    if not covering:
        return f"its hosts on {where} are {', '.join(domains)}; the request is for {host!r}"
    table = model.TableKey(
        listener.gateway, port.key.port, listener.label if port.protocol == "HTTPS" else ""
    )
    hosts = view.virtual_hosts(table)
    chosen_domain = choice.best(hosts, host)
    if chosen_domain is not None and chosen_domain not in domains:
        return (
            f"its host {covering[0]} on {where} covers {host!r}, but {chosen_domain} is more "
            "specific and takes the request, whether it has a rule for it or not"
        )
    routes = hosts[chosen_domain].routes if chosen_domain else ()
    return _in_host(view, request, key, routes)


def _in_host(
    view: View, request: Request, key: model.ObjectKey, routes: Iterable[model.HostRoute]
) -> str:
    path = normal.path(request.path).value
    ordered = tuple(routes)
    if asked(ordered, request, path):
        request = told(request)
    mine = [each for each in ordered if each.route == key]
    if not mine:
        return "it has no rule in the virtual host that takes the request"
    fitting = [each for each in mine if not refusal(each, request, path)]
    if not fitting:
        refusals = (f"{rule_name(each.rule)}: {refusal(each, request, path)}" for each in mine)
        return "no rule matches: " + "; ".join(dict.fromkeys(refusals))
    winner = next(each for each in ordered if not refusal(each, request, path))
    if winner.route == key:
        return "it is the route that answers"
    ages = (_created(view, winner.route), _created(view, key))
    return (
        f"{rule_name(fitting[0].rule)} matches, but {rule_name(winner.rule)} of {winner.route} "
        f"({match.describe(winner.match)}) comes first: "
        f"{precedence.reason(winner, fitting[0], ages)}"
    )


def _created(view: View, key: model.ObjectKey) -> str:
    rules = view.rules(key)
    return rules.created if rules else ""
