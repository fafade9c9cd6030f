"""Which of two entries that both match goes first, and by which step of the spec.

Knows the order of HTTPRoute and GRPCRoute precedence (spec, `rules.matches`) as words; the order
itself is `model.Match.rank`. Used by explain ("why did the other rule win?") and by analyze ("which
one never gets a request?").
"""

from portway.core import model

_STEPS = (
    "an Exact path goes before a RegularExpression, and that before a PathPrefix",
    "the longer path goes first",
    "a match with a method goes first",
    "the match with more headers goes first",
    "the match with more query parameters goes first",
)
_GRPC_STEPS = (
    "a GRPCRoute goes before an HTTPRoute of the same host, for gRPC requests",
    "a match with a service goes first",
    "a match with a method goes first",
    "the match with more headers goes first",
    "an Exact match goes before a RegularExpression",
)


def reason(winner: model.HostRoute, loser: model.HostRoute, created: tuple[str, str]) -> str:
    """Why `winner` precedes `loser`. `created` are the RFC 3339 creation times of their routes,
    in the same order; empty when unknown."""
    steps = _STEPS if winner.match.grpc is None else _GRPC_STEPS
    ranks = zip(winner.match.rank(), loser.match.rank(), steps, strict=True)
    for first, second, text in ranks:
        if first != second:
            return text
    if winner.route == loser.route:
        return "the earlier rule of the same route goes first"
    if created[0] != created[1]:
        before, after = (each or "no creation time" for each in created)
        return f"the older route goes first ({before} before {after})"
    return "routes of the same age go in alphabetical order of namespace/name"
