"""What a rule's filters do to one request: new path, host and headers, or a redirect.

Knows the spec's arithmetic of path edits and redirect locations (GEP-726); knows nothing of how
the proxy is told to do it.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from portway.core import model
from portway.core.explain.match import under_prefix
from portway.core.explain.request import WELL_KNOWN, Request
from portway.core.explain.trace import Effect, Outgoing
from portway.core.filters import token_limit


def edited_path(edit: model.PathEdit, path: str) -> str:
    """The path after a ReplaceFullPath or ReplacePrefixMatch. Never empty."""
    if edit.kind == "ReplaceFullPath":
        return edit.value or "/"
    if not under_prefix(edit.prefix, path):
        return path
    return edit.value.rstrip("/") + path[len(edit.prefix.rstrip("/")) :] or "/"


def location(
    redirect: model.Redirect, host: str, path: str, query: str, scheme: str, port: int
) -> str:
    """The Location header. `scheme` and `port` are those of the listener.

    Port: the filter's own, else the well-known one of the filter's scheme, else the listener's;
    the port that belongs to the scheme anyway is left out.
    """
    final = redirect.scheme or scheme
    at = redirect.port or (WELL_KNOWN[redirect.scheme] if redirect.scheme else port)
    shown = "" if at == WELL_KNOWN[final] else f":{at}"
    target = edited_path(redirect.path, path) if redirect.path else path
    return f"{final}://{redirect.hostname or host}{shown}{target}{f'?{query}' if query else ''}"


def apply(
    filters: Iterable[model.Filter], outgoing: Outgoing
) -> tuple[Outgoing, tuple[Effect, ...]]:
    """Runs request filters in order. Redirects are answers, not edits: see `location`."""
    effects: list[Effect] = []
    for each in filters:
        match each:
            case model.RequestHeaders(edit=edit):
                outgoing = replace(outgoing, headers=_edited(outgoing.headers, edit))
                effects.append(Effect("RequestHeaderModifier", _edit_text(edit)))
            case model.ResponseHeaders(edit=edit):
                text = f"on the answer: {_edit_text(edit)}"
                effects.append(Effect("ResponseHeaderModifier", text))
            case model.Rewrite():
                outgoing, text = _rewritten(each, outgoing)
                effects.append(Effect("URLRewrite", text))
            case model.Mirror():
                share = f"{each.numerator}/{each.denominator}"
                text = f"copies {share} of the requests to {name(each.backend)}"
                effects.append(Effect("RequestMirror", text))
            case model.Cors():
                effects.append(Effect("CORS", f"allows origins {', '.join(each.origins)}"))
            case model.ExternalAuth():
                effects.append(Effect("ExternalAuth", _asked(each)))
            case model.TokenLimit(budgets=budgets):
                text = "; ".join(f"no more than {token_limit.words(b)}" for b in budgets)
                effects.append(Effect("TokenLimit", text))
            case model.Redirect():
                effects.append(Effect("RequestRedirect", f"answers {each.status}"))
    return outgoing, tuple(effects)


def session(kept: model.Session) -> Effect:
    """What becomes of a client's later requests; weights are then of its first one only."""
    by = "header" if kept.header else "cookie"
    text = f"the {by} {kept.name} keeps a client at the endpoint of its first request"
    weights = ", whatever the weights" if kept.pool else ""
    return Effect("sessionPersistence", text + weights)


def is_preflight(request: Request) -> bool:
    """Whether a browser asks for permission (fetch standard, CORS-preflight request)."""
    return (
        request.method == "OPTIONS"
        and bool(request.header("origin"))
        and bool(request.header("access-control-request-method"))
    )


def cors(rule: model.Rule) -> model.Cors | None:
    """The CORS policy of a rule, or else of its first backend that has one."""
    candidates = [*rule.filters, *(each for s in rule.action.shares for each in s.filters)]
    return next((each for each in candidates if isinstance(each, model.Cors)), None)


def preflight(rule: model.Rule, request: Request) -> str:
    """What Portway answers to a preflight itself; empty when the rule has no CORS policy or the
    request is none. A foreign origin is answered too, without the headers that would allow it."""
    policy = cors(rule)
    if policy is None or not is_preflight(request):
        return ""
    origin = request.header("origin")[0]
    allowed = any(_origin_allowed(pattern, origin) for pattern in policy.origins)
    return f"200: CORS preflight, origin {origin} is {'' if allowed else 'not '}allowed"


def name(cluster: model.ClusterKey) -> str:
    """A backend as users write it."""
    return f"{cluster.backend}:{cluster.port}" if cluster.port else str(cluster.backend)


def _asked(auth: model.ExternalAuth) -> str:
    """Whether the request goes on is for the service to say, so it is not foretold."""
    below = f" below {auth.path}" if auth.path else ""
    how = "over gRPC (ext_authz)" if auth.grpc else f"over HTTP{below}"
    limit = f"; a body over {auth.body} bytes is a 413" if auth.body else ""
    return f"asks {name(auth.backend)} {how}, and goes on only with its leave{limit}"


def _origin_allowed(pattern: str, origin: str) -> bool:
    """`*` stands for anything, dots included; otherwise scheme, host and port are compared."""
    head, star, tail = pattern.lower().partition("*")
    got = origin.lower()
    if not star:
        return got == head
    return len(got) > len(head) + len(tail) and got.startswith(head) and got.endswith(tail)


def _edited(
    headers: tuple[tuple[str, str], ...], edit: model.HeaderEdit
) -> tuple[tuple[str, str], ...]:
    gone = {*edit.remove, *(key for key, _ in edit.set)}
    kept = tuple(pair for pair in headers if pair[0] not in gone)
    return (*kept, *edit.set, *edit.add)


def _edit_text(edit: model.HeaderEdit) -> str:
    parts = [f"set {key}: {value}" for key, value in edit.set]
    parts += [f"add {key}: {value}" for key, value in edit.add]
    parts += [f"remove {key}" for key in edit.remove]
    return "; ".join(parts) or "nothing"


def _rewritten(rewrite: model.Rewrite, outgoing: Outgoing) -> tuple[Outgoing, str]:
    parts: list[str] = []
    if rewrite.hostname:
        parts.append(f"host {outgoing.host} becomes {rewrite.hostname}")
        outgoing = replace(outgoing, host=rewrite.hostname)
    if rewrite.path:
        path = edited_path(rewrite.path, outgoing.path)
        parts.append(f"path {outgoing.path} becomes {path}")
        outgoing = replace(outgoing, path=path)
    return outgoing, "; ".join(parts) or "nothing"
