"""Kinds that are read but not served yet: what can be said of them truthfully.

Knows where the backend references of such routes are. Must not know how they would be served:
whether their protocol fits is not judged before it is spoken.
"""

from collections.abc import Iterator
from typing import TypeAlias

from portway.core import api, model
from portway.core.translate.backend import REASONS, backend_kinds
from portway.core.translate.http_route import route_key
from portway.core.translate.reference import Referrer, Target, Unresolved, resolve_ref
from portway.core.translate.world import World

Unserved: TypeAlias = api.GRPCRoute
_Rule: TypeAlias = api.GRPCRouteRule


def unresolved(obj: Unserved, world: World) -> tuple[model.Finding, ...]:
    """The backend references of a route that lead nowhere, as ResolvedRefs findings."""
    return tuple(dict.fromkeys(_findings(obj, world)))


def _findings(obj: Unserved, world: World) -> Iterator[model.Finding]:
    key = route_key(obj)
    rules: tuple[_Rule, ...] = obj.spec.rules
    for number, rule in enumerate(rules):
        for place, ref in enumerate(rule.backend_refs):
            field = f"rules[{number}].backendRefs[{place}]"
            found = resolve_ref(
                Referrer(key.kind, key.namespace, key.name, field),
                Target(ref.group, ref.kind, ref.namespace or key.namespace, ref.name),
                backend_kinds(world),
                world,
            )
            if isinstance(found, Unresolved):
                reason = REASONS[found.cause]
                yield model.Finding(key, "", "ResolvedRefs", reason, found.message)
