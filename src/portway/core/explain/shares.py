"""What happens after a rule has won: filters, redirect, shares of backends, expected status.

Knows weights and the spec's error answers (the rule's `failure` for an invalid reference or a
filter that cannot be honoured, 503 for no endpoint). Knows nothing of how the rule was found.
"""

from urllib.parse import unquote

from msgspec.structs import replace

from portway.core import model
from portway.core.explain import effect, pick
from portway.core.explain.place import place_text
from portway.core.explain.request import Request
from portway.core.explain.trace import Answer, Destination, Outgoing, Trace
from portway.core.explain.view import View
from portway.core.filters import endpoint_picker

_INVALID = "invalid reference"
_SHOWN = 10  # names of models
_GRPC_CODES = {404: "UNIMPLEMENTED", 500: "UNKNOWN", 503: "UNAVAILABLE"}


def answered(
    view: View, request: Request, trace: Trace, winner: model.HostRoute, host: model.VirtualHost
) -> Trace:
    """Completes `trace` with effects, destinations and the expected answer."""
    rule = winner.rule
    if rule.broken:
        text = f"{said(rule.failure, request)}: {rule.broken}"
        return replace(trace, answer=Answer("respond", text, rule.failure))
    if text := effect.preflight(rule, request):
        return replace(trace, answer=Answer("respond", text, 200))
    start = Outgoing(request.method, request.host, trace.path, request.query, request.headers)
    outgoing, effects = effect.apply(rule.filters, start)
    if rule.session is not None:
        effects += (effect.session(rule.session),)
    trace = replace(trace, effects=effects)
    if rule.redirect is not None:
        to = _location(rule.redirect, trace, request, host)
        text = f"{rule.redirect.status} to {to}"
        return replace(trace, answer=Answer("redirect", text, rule.redirect.status, to))
    if rule.models:
        return replace(trace, answer=_listed(rule, trace.path))
    if not any(share.weight for share in rule.action.shares):
        text = f"{said(rule.failure, request)}: the rule has no backend with a positive weight"
        return replace(trace, answer=Answer("respond", text, rule.failure))
    destinations = tuple(
        _destination(view, share, rule, outgoing, trace, request, host)
        for share in rule.action.shares
    )
    return replace(trace, destinations=destinations, answer=_answer(destinations, request))


def _listed(rule: model.Rule, path: str) -> Answer:
    """What a list of models says. Its path is a prefix of the request's."""
    (match,) = rule.matches
    wanted = unquote(path[len(match.path.value) + 1 :])
    if not wanted:
        names = ", ".join(rule.models[:_SHOWN])
        more = ", ..." if len(rule.models) > _SHOWN else ""
        return Answer("respond", f"200: the list of {len(rule.models)} models: {names}{more}", 200)
    if wanted in rule.models:
        return Answer("respond", f"200: the model {wanted}, of the list of models", 200)
    return Answer("respond", f"404: no rule of the list of models names {wanted}", 404)


def said(status: int, request: Request) -> str:
    """A status as the client sees it: one of gRPC gets a code of its own."""
    return f"{status} ({_GRPC_CODES[status]} in gRPC)" if request.grpc else str(status)


def _destination(
    view: View,
    share: model.Share,
    rule: model.Rule,
    outgoing: Outgoing,
    trace: Trace,
    request: Request,
    host: model.VirtualHost,
) -> Destination:
    total = sum(each.weight for each in rule.action.shares)
    percent = round(100 * share.weight / total, 2)
    final, effects = effect.apply(share.filters, outgoing)
    redirect = next((each for each in share.filters if isinstance(each, model.Redirect)), None)
    if redirect is not None:
        to = _location(redirect, trace, request, host)
        status = redirect.status
        backend = effect.name(share.backend) if share.backend else "redirect"
        return Destination(
            backend, share.weight, percent, effects=effects, status=status, location=to
        )
    if share.backend is None:
        words = "withheld" if share.withheld else _INVALID
        return Destination(
            words, share.weight, percent, status=rule.failure, withheld=share.withheld
        )
    if share.session is not None:
        effects += (effect.session(share.session),)
    known = view.endpoints(share.backend)
    places = tuple(place_text(each) for each in known.endpoints) if known else ()
    return Destination(
        effect.name(share.backend),
        share.weight,
        percent,
        endpoints=places,
        effects=effects,
        status=0 if places or known is None else 503,
        outgoing=final,
        tls=_tls(view, share.backend),
        picker=_picker(share.picker),
        shown=endpoint_picker.SHOWN if share.picker and share.picker.light else 0,
        pick=pick.inside(request, rule, share, known),
    )


def _picker(picker: model.Picker | None) -> str:
    """Who is asked for an endpoint, and what becomes of requests while nobody answers."""
    if picker is None:
        return ""
    else_ = "any endpoint" if picker.fail_open else "503"
    return f"{effect.name(picker.cluster)} picks the endpoint; {else_} while it does not answer"


def _tls(view: View, backend: model.ClusterKey) -> str:
    """How the backend is reached, and who says so."""
    cluster = view.cluster(backend)
    return tls_text(cluster.tls if cluster else None, backend)


def tls_text(tls: model.BackendTLS | None, backend: model.ClusterKey) -> str:
    """The same in words; empty in plain text."""
    if tls is None:
        return ""
    names = " or ".join(each.value for each in tls.names)
    trusted = ", ".join(map(str, tls.trust.authorities)) or "the machine's authorities"
    shown = f"; {tls.client} is shown" if tls.client else ""
    return (
        f"TLS to {tls.server_name}, whose certificate must be for {names} and come from {trusted} "
        f"({backend.tls_policy}){shown}"
    )


def _location(
    redirect: model.Redirect, trace: Trace, request: Request, host: model.VirtualHost
) -> str:
    return effect.location(redirect, trace.host, trace.path, request.query, host.scheme, host.port)


def _answer(destinations: tuple[Destination, ...], request: Request) -> Answer:
    live = [each for each in destinations if each.weight]
    texts = [_outcome(each, request) for each in live]
    if len(live) == 1 or len(set(texts)) == 1:
        only = live[0]
        kind = "redirect" if only.location else "respond" if only.status else "forward"
        return Answer(kind, texts[0], only.status, only.location)
    if not any(each.status for each in live):
        return Answer("forward", "; ".join(_shared(live, texts)))
    return Answer("split", "; ".join(_shared(live, texts)))


def _shared(live: list[Destination], texts: list[str]) -> list[str]:
    return [f"{each.percent:g} %: {text}" for each, text in zip(live, texts, strict=True)]


def _outcome(destination: Destination, request: Request) -> str:
    if destination.location:
        return f"{destination.status} to {destination.location}"
    if destination.withheld:
        return f"{said(destination.status, request)}: {destination.withheld}"
    if destination.backend == _INVALID:
        return f"{said(destination.status, request)}: the backend reference is not valid"
    if destination.status:
        words = said(destination.status, request)
        return f"{words}: {destination.backend} has no ready endpoint"
    return f"forwarded to {destination.backend}"
