"""What a TLSRoute, TCPRoute or UDPRoute means, whoever its parents are.

Knows the rule and its backends. Must not know listeners, nor which of several routes has a place.
The rules of these kinds match nothing, so only the first can ever be used: v1 allows no second, and
v1alpha2, which does, gets told.
"""

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from portway.core import api, model
from portway.core.filters import Problem
from portway.core.translate.l4_backend import l4_backend
from portway.core.translate.reference import Referrer
from portway.core.translate.route_rules import route_key
from portway.core.translate.world import World

L4: TypeAlias = api.TLSRoute | api.TCPRoute | api.UDPRoute
_Rule: TypeAlias = api.TLSRouteRule | api.TCPRouteRule | api.UDPRouteRule


def l4_route(obj: L4, world: World) -> model.L4Route:
    """The route with every reference resolved. An invalid one keeps its weight (BackendRef)."""
    key = route_key(obj)
    rules: tuple[_Rule, ...] = obj.spec.rules
    found = [list(_shares(key, number, rule, world)) for number, rule in enumerate(rules)]
    findings = [finding for each in found for _, finding in each if finding is not None]
    shares, apart = _apart(key, tuple(share for share, _ in found[0]), world)
    return model.L4Route(
        key=key,
        created=obj.metadata.creation_timestamp,
        shares=shares,
        findings=(*dict.fromkeys((*findings, *apart)), *_unused(key, len(rules))),
    )


def _shares(
    key: model.ObjectKey, number: int, rule: _Rule, world: World
) -> Iterator[tuple[model.L4Share, model.Finding | None]]:
    for place, ref in enumerate(rule.backend_refs):
        field = f"rules[{number}].backendRefs[{place}]"
        found = l4_backend(ref, Referrer(key.kind, key.namespace, key.name, field), world)
        if isinstance(found, Problem):
            finding = model.Finding(key, "", found.condition, found.reason, found.message)
            yield model.L4Share(ref.weight, None), finding
        else:
            yield model.L4Share(ref.weight, found.key, found.policy), None


def _apart(
    key: model.ObjectKey, shares: tuple[model.L4Share, ...], world: World
) -> tuple[tuple[model.L4Share, ...], tuple[model.Finding, ...]]:
    """Names are resolved again and again and a unix socket has none: the proxy cannot share
    connections between the two."""
    backends = {each.backend for each in shares if each.backend and each.backend.kind == "Backend"}
    found = {each: world.backend(each.namespace, each.name) for each in backends}
    ends = {each: obj.spec.endpoints for each, obj in found.items() if obj is not None}
    named = {each for each, there in ends.items() if any(one.hostname for one in there)}
    sockets = {each for each, there in ends.items() if any(one.unix for one in there)}
    if not named or not sockets:
        return shares, ()
    message = (
        f"{key}: {_names(sockets)} is a unix socket, which cannot share connections with "
        f"{_names(named)}, a host name; give the names as IP addresses."
    )
    kept = tuple(
        msgspec.structs.replace(each, backend=None) if each.backend in sockets else each
        for each in shares
    )
    return kept, (model.Finding(key, "", "ResolvedRefs", "UnsupportedProtocol", message),)


def _names(backends: set[model.ClusterKey]) -> str:
    return ", ".join(str(each.backend) for each in sorted(backends))


def _unused(key: model.ObjectKey, rules: int) -> tuple[model.Finding, ...]:
    if rules < 2:
        return ()
    message = (
        f"{key}: only rules[0] is used, since the rules of a {key.kind} match nothing that could "
        "choose between them; put all backendRefs into it."
    )
    return (model.Finding(key, "", "Accepted", "Accepted", message, True),)
