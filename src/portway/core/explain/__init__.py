"""Why a request is answered the way it is, or why a route does not get it.

Works on model values only, through the look-ups of `View`; evaluates the spec's semantics
independently of the proxy, so that it can also be used to check the proxy.

    request  what the client sends            normal   how host and path are rewritten first
    choice   which name wins                  match    whether a rule matches, and why not
    walk     the way through the ports        shares   filters, backends, expected status
    layer4   connections as a whole           named    what the body adds
    pick     which endpoint of a pool
    query    a question as plain texts
    expect   why the other route did not win  text     the answer as lines
"""

from msgspec.structs import replace

from portway.core.explain.expect import why_not
from portway.core.explain.pick import asked_of, with_picks
from portway.core.explain.query import Query, Question, question
from portway.core.explain.request import Request, RequestError, from_url
from portway.core.explain.text import lines
from portway.core.explain.trace import Answer, Explanation, Trace, WhyNot
from portway.core.explain.view import View
from portway.core.explain.walk import EVERY, traces

__all__ = [
    "Answer",
    "Explanation",
    "Query",
    "Question",
    "Request",
    "RequestError",
    "Trace",
    "View",
    "WhyNot",
    "asked_of",
    "explain",
    "from_url",
    "lines",
    "question",
    "with_picks",
]


def explain(view: View, request: Request, expect: str = "") -> Explanation:
    """Follows `request`. `expect` names the route the user thought would answer
    (`name`, `namespace/name` or `Kind/namespace/name`); empty asks for no comparison. The body is
    not in the answer."""
    found = traces(view, request)
    return Explanation(
        request=replace(request, body=None),
        answer=found[0].answer if found else _nobody(view, request),
        traces=found,
        why_not=why_not(view, request, found, expect) if expect else None,
        notes=_notes(request, found),
    )


def _nobody(view: View, request: Request) -> Answer:
    """Says who listens elsewhere, and who would like to listen here but cannot."""
    places = sorted(
        f"{'any address' if address in EVERY else address}:{port.bound_port}"
        for gateway in view.gateways()
        for port in view.ports(gateway.key)
        for address in port.addresses
    )
    where = f"{request.address or 'any address'}:{request.port}"
    text = f"connection refused: no Gateway listens on {where}"
    text += f" (there are: {', '.join(places) or 'none'})"
    for gateway in view.gateways():
        here = [each.label for each in gateway.every_listener if each.port == request.port]
        if here and all(port.key.port != request.port for port in view.ports(gateway.key)):
            text += f"; {gateway.key} has {', '.join(here)} there, but cannot serve it"
    return Answer("refused", text)


def _notes(request: Request, found: tuple[Trace, ...]) -> tuple[str, ...]:
    if len(found) < 2 or request.address:
        return ()
    names = ", ".join(each.gateway for each in found)
    return (f"several Gateways listen on port {request.port} ({names}): DNS decides which one",)
