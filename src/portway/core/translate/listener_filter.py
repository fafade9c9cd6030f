"""What a listener does with requests before a route is chosen (GEP-5224).

Knows `filters.requests` and whose references these are. Must not know what a filter is to the
proxy. A filter may not be skipped: one that is not known makes the listener invalid, and one that
leads nowhere closes it, since what it would have refused must not pass.
"""

from collections.abc import Callable
from typing import NamedTuple

from portway.core import api, filters, model
from portway.core.translate.backend import backend
from portway.core.translate.reference import Referrer
from portway.core.translate.world import World

Resolve = Callable[[api.BackendObjectReference], model.ClusterKey | filters.Problem]


class Passed(NamedTuple):
    """The filters that requests pass, None if they cannot be carried out; and what is wrong."""

    filters: tuple[model.ExternalAuth, ...] | None = ()
    findings: tuple[model.Finding, ...] = ()


def listener_filters(owner: model.ObjectKey, spec: api.Listener, world: World) -> Passed:
    """The filters of a listener of `owner`, whose references they are."""
    made: list[model.ExternalAuth] = []
    findings: list[model.Finding] = []
    for number, each in enumerate(spec.filters.requests):
        field = f"filters.requests[{number}]"
        place = filters.Place(field, (), _resolve(owner, spec, field, world))
        read = filters.from_spec(_as_of_a_route(each), place)
        if isinstance(read, model.ExternalAuth):
            made.append(read)
        elif isinstance(read, filters.Problem):
            findings.append(_finding(owner, spec, read))
    if not findings:
        return Passed(tuple(made))
    return Passed(None, tuple(findings))


def _as_of_a_route(spec: api.ListenerFilter) -> api.HTTPRouteFilter:
    """The members are those of an HTTPRoute's filters, word for word."""
    return api.HTTPRouteFilter(
        type=spec.type, external_auth=spec.external_auth, extension_ref=spec.extension_ref
    )


def _resolve(owner: model.ObjectKey, spec: api.Listener, field: str, world: World) -> Resolve:
    referrer = Referrer(
        owner.kind, owner.namespace, owner.name, f"listener {spec.name} {field}.backendRef"
    )
    return lambda ref: backend(ref, referrer, world)


def _finding(owner: model.ObjectKey, spec: api.Listener, problem: filters.Problem) -> model.Finding:
    words = problem.message
    if problem.condition == "Accepted":
        words = f"{owner}, listener {spec.name}: {words}"
    else:
        words = f"{words} Until then every request gets a 500."
    return model.Finding(owner, spec.name, problem.condition, problem.reason, words)
