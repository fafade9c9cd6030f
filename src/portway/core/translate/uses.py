"""Which backends a route refers to, whatever for.

Knows where references to backends stand: in rules, and in filters that send copies or ask. Must
not know whether they lead anywhere: a policy on a backend speaks of everybody who refers to it.
"""

from collections.abc import Iterable, Iterator

from portway.core import api, model
from portway.core.translate.attach import Route

_KINDS = {
    ("", "Service"),
    (api.PORTWAY_GROUP, "Backend"),
    (api.EXPERIMENTAL_GROUP, "XBackend"),
}


def uses(obj: Route) -> tuple[model.ObjectKey, ...]:
    """The Services, Backends and XBackends that a route refers to, each once, sorted."""
    return tuple(
        sorted(
            {
                model.ObjectKey(ref.kind, ref.namespace or obj.namespace, ref.name)
                for ref in _refs(obj)
                if (ref.group, ref.kind) in _KINDS
            }
        )
    )


def _refs(obj: Route) -> Iterator[api.BackendObjectReference]:
    for rule in obj.spec.rules:
        yield from rule.backend_refs
        if isinstance(rule, api.HTTPRouteRule | api.GRPCRouteRule):
            yield from _of_filters(rule.filters)
            for ref in rule.backend_refs:
                yield from _of_filters(ref.filters)


def _of_filters(
    found: Iterable[api.HTTPRouteFilter | api.GRPCRouteFilter],
) -> Iterator[api.BackendObjectReference]:
    for each in found:
        if each.request_mirror is not None:
            yield each.request_mirror.backend_ref
        if isinstance(each, api.HTTPRouteFilter) and each.external_auth is not None:
            yield each.external_auth.backend_ref
