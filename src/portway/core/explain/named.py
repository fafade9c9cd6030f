"""What a request's body adds to its headers: the name of its model, where a rule goes by that.

Knows when the body is looked at, and that it counts more than what the client wrote into the
header. Deliberately its own implementation, as all of `match` is.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from portway.core import model
from portway.core.explain import match
from portway.core.explain.request import Request
from portway.core.filters.model_name import HEADER


def without(wanted: model.Match) -> model.Match | None:
    """What a match asks for besides the model; None where it does not ask for that."""
    rest = tuple(each for each in wanted.headers if each.name != HEADER)
    if rest == wanted.headers or wanted.grpc is not None:
        return None
    return replace(wanted, headers=rest)


def asked(routes: Iterable[model.HostRoute], request: Request, path: str) -> bool:
    """Whether the request comes to a rule that goes by the model before another one takes it."""
    for each in routes:
        rest = without(each.match)
        if not match.refusal(rest or each.match, request, path):
            return rest is not None
    return False


def told(request: Request) -> Request:
    """The request as rules see it once its body has been looked at. Without a body it is as the
    client wrote it."""
    if request.model is None:
        return request
    kept = tuple(each for each in request.headers if each[0] != HEADER)
    named = ((HEADER, request.model),) if request.model and _may_be_json(request) else ()
    return replace(request, headers=(*kept, *named))


def _may_be_json(request: Request) -> bool:
    kinds = [each.lower() for each in request.header("content-type")]
    # What curl says of any body that it is given counts as well.
    plain = ("text/plain", "application/x-www-form-urlencoded")
    return not kinds or "json" in kinds[0] or kinds[0].startswith(plain)


def note(request: Request) -> str:
    """What somebody should know who did not say what the body names; empty if they did."""
    if request.model is not None or request.header(HEADER):
        return ""
    return f"rules go by {HEADER}, which a request has from its body: say --model NAME"
