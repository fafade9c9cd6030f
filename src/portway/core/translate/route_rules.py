"""What the rules of an HTTPRoute or a GRPCRoute mean, whoever its parents are.

Knows the route as a whole: which of its findings hold for every parent, and whether a rule that
cannot be honoured makes the route partially invalid or not acceptable. Must not know listeners.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from portway.core import api, filters, model
from portway.core.filters.pick import TOLD
from portway.core.translate.backend import backend
from portway.core.translate.base_model import Bases, bases
from portway.core.translate.base_model import by_name as by_base
from portway.core.translate.cluster import by_name
from portway.core.translate.model_list import lists
from portway.core.translate.picker import explained, has_picker, picker_of
from portway.core.translate.reference import Referrer
from portway.core.translate.rule import Outcome, Spec, route_rule
from portway.core.translate.session import Owner
from portway.core.translate.traffic import backend_session
from portway.core.translate.world import World

Ruled: TypeAlias = api.HTTPRoute | api.GRPCRoute
"""The routes whose rules match requests."""

_ANYWHERE = model.ClusterKey("Service", "", "", 0, model.Protocol.HTTP1)


def route_rules(obj: Ruled, world: World) -> model.RouteRules:
    """The rules of a route with every reference resolved."""
    key = route_key(obj)

    def resolve(ref: api.BackendObjectReference, field: str) -> model.ClusterKey | filters.Problem:
        return backend(ref, Referrer(key.kind, key.namespace, key.name, field), world)

    def limit(name: str) -> api.TokenLimit | None:
        return world.token_limit(key.namespace, name)

    owner = Owner(key, lambda each: by_name(each, world), lambda each: has_picker(each, world))
    specs = enumerate(_specs(obj))
    outcomes = [route_rule(spec, index, resolve, owner, limit) for index, spec in specs]
    known = bases(obj, world)
    found = (_by_base(each.rule, known) for each in outcomes if each.rule is not None)
    rules = tuple(_used(each, world) for each in found)
    problems = [problem for each in outcomes for problem in each.problems]
    problems += known.problems
    findings = (*_from_problems(key, problems), *_refusal(key, outcomes))
    return model.RouteRules(
        key=key,
        created=obj.metadata.creation_timestamp,
        rules=rules,
        clusters=tuple(sorted({each for rule in rules for each in _clusters(rule)})),
        findings=findings,
        lists=lists(obj),
    )


def refusal(obj: Ruled) -> model.Finding | None:
    """Why no rule of the route can be honoured, whatever exists around it; None if some can.

    Looks at nothing but the route, so that attachment does not depend on backends.
    """
    if not all(_may_be_refused(rule) for rule in _specs(obj)):
        return None
    outcomes = []
    for index, spec in enumerate(_specs(obj)):
        outcomes.append(route_rule(spec, index, lambda _ref, _field: _ANYWHERE))
        if not outcomes[-1].refusals:
            return None
    found = _refusal(route_key(obj), outcomes)
    return next((each for each in found if each.condition == "Accepted"), None)


def route_key(obj: api.Resource) -> model.ObjectKey:
    """The key of a namespaced object."""
    return model.ObjectKey(obj.kind, obj.namespace, obj.name)


def _by_base(rule: model.Rule, known: Bases) -> model.Rule:
    """The rule with what it asks of base models as what that asks of models."""
    if not known.asked:
        return rule
    made = (each for match in rule.matches for each in by_base(match, known))
    return replace(rule, matches=tuple(made))


def _used(rule: model.Rule, world: World) -> model.Rule:
    """The rule with what its backends say themselves of how they are used."""
    shares = tuple(_share(each, rule, world) for each in rule.action.shares)
    if shares == rule.action.shares:
        return rule
    return replace(rule, action=model.Forward(shares))


def _share(share: model.Share, rule: model.Rule, world: World) -> model.Share:
    """Each pool has its own endpoint picker. The rule's session comes before a backend's, and what
    a picker decides is decided."""
    picker = picker_of(share.backend, world)
    own = rule.session is not None or picker is not None
    session = None if own else backend_session(share.backend, world)
    told_in = TOLD if explained(share.backend, world) else ""
    if picker is None and session is None and not told_in:
        return share
    return replace(share, picker=picker, session=session, told_in=told_in)


def _specs(obj: Ruled) -> tuple[Spec, ...]:
    return obj.spec.rules


def _may_be_refused(rule: Spec) -> bool:
    return bool(
        rule.filters
        or rule.session_persistence
        or any("RegularExpression" in _types(each) for each in rule.matches)
    )


def _types(match: api.HTTPRouteMatch | api.GRPCRouteMatch) -> Iterable[str]:
    yield from (each.type for each in match.headers)
    if isinstance(match, api.HTTPRouteMatch):
        yield match.path.type
        yield from (each.type for each in match.query_params)
    elif match.method is not None:
        yield match.method.type


def _refusal(key: model.ObjectKey, outcomes: Sequence[Outcome]) -> tuple[model.Finding, ...]:
    """All rules invalid: Accepted=False. Some: Accepted stays True, and PartiallyInvalid says so,
    with a message that has to start with "Dropped Rule" (RouteConditionPartiallyInvalid)."""
    refused = [each for each in outcomes if each.refusals]
    if not refused:
        return ()
    words = " ".join(problem.message for each in refused for problem in each.refusals)
    if len(refused) == len(outcomes):
        reason = refused[0].refusals[0].reason
        return (model.Finding(key, "", "Accepted", reason, f"{key}: {words}"),)
    message = f"Dropped Rule, requests that match it get {_answer(key)}: {words}"
    return (model.Finding(key, "", "PartiallyInvalid", "UnsupportedValue", message, True),)


def _from_problems(
    key: model.ObjectKey, problems: Iterable[filters.Problem]
) -> tuple[model.Finding, ...]:
    """A refused filter of one backend is a backend that cannot be used: only that share fails,
    so it counts as partially invalid and not as a refused route."""
    found: dict[model.Finding, None] = {}
    for each in problems:
        if each.condition == "ResolvedRefs":
            finding = model.Finding(key, "", each.condition, each.reason, each.message, each.status)
        else:
            message = f"Dropped Rule, the backend's share gets {_answer(key)}: {each.message}"
            finding = model.Finding(key, "", "PartiallyInvalid", "UnsupportedValue", message, True)
        found[finding] = None
    return tuple(found)


def _answer(key: model.ObjectKey) -> str:
    """What clients get where the route cannot be honoured, in words."""
    return "UNAVAILABLE" if key.kind == "GRPCRoute" else "a 500"


def _clusters(rule: model.Rule) -> Iterable[model.ClusterKey]:
    shares = [share for share in rule.action.shares if share.backend is not None]
    for each in (*rule.filters, *(f for share in shares for f in share.filters)):
        if isinstance(each, model.Mirror | model.ExternalAuth):
            yield each.backend
    yield from (share.backend for share in shares if share.backend is not None)
    yield from (share.picker.cluster for share in shares if share.picker is not None)
