"""What a rule of a GRPCRoute matches, from the CRD's fields to the model's.

Knows how a method becomes a path (gRPC over HTTP/2: `/Service/Method`) and that a match speaks of
gRPC requests only. Must not know precedence (`model.Match.rank`) nor what happens to a request that
matches.
"""

import re

from portway.core import api, model
from portway.core.model.match import EXACT, PREFIX, REGEX
from portway.core.translate.match import Unreadable, headers, re2_problem

_ANY = "[^/]+"


def grpc_match(spec: api.GRPCRouteMatch, field: str) -> model.Match | Unreadable:
    """The match; `field` is its place in the route, for the message."""
    problem = _unreadable(spec, field)
    if problem:
        return Unreadable(problem)
    method = spec.method or api.GRPCMethodMatch()
    return model.Match(
        path=path(method),
        headers=headers(spec.headers),
        grpc=model.GRPCMethod(bool(method.service), bool(method.method), method.type == EXACT),
    )


def path(spec: api.GRPCMethodMatch) -> model.PathMatch:
    """The paths of a method match. A name that is absent or empty stands for any."""
    service, method = spec.service or "", spec.method or ""
    if not service and not method:
        return model.PathMatch(PREFIX, "/")
    if spec.type == REGEX:
        parts = (f"(?:{each})" if each else _ANY for each in (service, method))
        return model.PathMatch(REGEX, "/" + "/".join(parts))
    if not method:
        return model.PathMatch(PREFIX, f"/{service}")
    if not service:
        return model.PathMatch(REGEX, f"/{_ANY}/{re.escape(method)}")
    return model.PathMatch(EXACT, f"/{service}/{method}")


def _unreadable(spec: api.GRPCRouteMatch, field: str) -> str:
    """What is wrong with the regular expressions of a match; empty when nothing is."""
    places = [
        (each.value, f"{field}.headers[{i}]", each.type) for i, each in enumerate(spec.headers)
    ]
    if spec.method is not None:
        kind = spec.method.type
        places += [
            (spec.method.service or "", f"{field}.method.service", kind),
            (spec.method.method or "", f"{field}.method.method", kind),
        ]
    for value, place, kind in places:
        if kind == REGEX and (problem := re2_problem(value, place)):
            return problem
    return ""
