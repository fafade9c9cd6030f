"""One rule of an HTTPRoute or a GRPCRoute: matches, filters, backends, limits.

Knows how the parts of a rule hang together and what becomes of a rule that cannot be honoured: it
stays and answers with an error, since requests it should have handled must not fall through to
another rule (spec: a filter MUST NOT be skipped). Must not know other rules, parents or hosts.
References are resolved by whoever calls.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from portway.core import api, filters, model
from portway.core.api import duration
from portway.core.translate.grpc_match import grpc_match
from portway.core.translate.match import Unreadable, match, prefixes
from portway.core.translate.session import Owner, read_session
from portway.core.translate.together import apart

Resolve: TypeAlias = Callable[[api.BackendObjectReference, str], model.ClusterKey | filters.Problem]
"""Resolves a reference found at a field of the route."""

Limit: TypeAlias = Callable[[str], api.TokenLimit | None]
"""Finds a TokenLimit of the route's namespace by its name."""

Spec: TypeAlias = api.HTTPRouteRule | api.GRPCRouteRule
BackendRef: TypeAlias = api.HTTPBackendRef | api.GRPCBackendRef
_M = TypeVar("_M", api.HTTPRouteMatch, api.GRPCRouteMatch)


class Outcome(NamedTuple):
    """A rule and what is wrong with it.

    `rule` is None when nothing of it can be matched. `problems` are the references that lead
    nowhere; `refusals` are the reasons why the rule as a whole cannot be honoured.
    """

    rule: model.Rule | None
    problems: tuple[filters.Problem, ...]
    refusals: tuple[filters.Problem, ...]


class _Asked(NamedTuple):
    """What is of one kind of route only. `prefixes` are what a rewrite of the prefix replaces."""

    matches: list[model.Match]
    refusals: list[filters.Problem]
    prefixes: tuple[str, ...] = ()
    timeouts: model.Timeouts = model.Timeouts()
    retry: model.Retry | None = None


_NOBODY = Owner(model.ObjectKey("", "", ""), lambda _: False)


def route_rule(
    spec: Spec,
    index: int,
    resolve: Resolve,
    owner: Owner = _NOBODY,
    limit: Limit = lambda _: None,
) -> Outcome:
    """The rule at an index of `spec.rules`."""
    field = f"rules[{index}]"
    asked = _http(spec, field) if isinstance(spec, api.HTTPRouteRule) else _grpc(spec, field)
    place = _places(asked.prefixes, resolve)
    limited = _places(asked.prefixes, resolve, limit)
    kept, problems = _filters(spec.filters, f"{field}.filters", limited)
    refusals = asked.refusals + apart(kept, f"{field}.filters")
    refusals += [each for each in problems if each.fatal and not _unresolved(each)]
    # A filter whose reference leads nowhere breaks its rule, and is told as any such reference.
    lost = [each for each in problems if each.fatal and _unresolved(each)]
    problems = [each for each in problems if not each.fatal or _unresolved(each)]
    redirect = next((each for each in kept if isinstance(each, model.Redirect)), None)
    shares: list[model.Share] = []
    refs: tuple[BackendRef, ...] = spec.backend_refs
    for number, ref in enumerate(refs):
        share, wrong = _share(ref, f"{field}.backendRefs[{number}]", resolve, place, kept)
        shares.append(share)
        problems += wrong
    session, wrong_session = read_session(spec.session_persistence, index, shares, owner)
    refusals += wrong_session
    broken = refusals + lost
    if not asked.matches:
        return Outcome(None, tuple(problems), tuple(refusals))
    rule = model.Rule(
        index=index,
        matches=tuple(asked.matches),
        action=model.Forward(tuple(shares)),
        filters=tuple(each for each in kept if not isinstance(each, model.Redirect)),
        # A rule that cannot be honoured does nothing else either, so it does not redirect.
        redirect=None if broken else redirect,
        timeouts=asked.timeouts,
        retry=asked.retry,
        name=spec.name,
        broken=" ".join(each.message for each in broken),
        session=None if broken or redirect else session,
    )
    return Outcome(rule, tuple(problems), tuple(refusals))


def _http(spec: api.HTTPRouteRule, field: str) -> _Asked:
    specs = spec.matches or (api.HTTPRouteMatch(),)
    return _Asked(
        *_matches(specs, field, match),
        prefixes(specs),
        _timeouts(spec.timeouts),
        _retry(spec.retry),
    )


def _grpc(spec: api.GRPCRouteRule, field: str) -> _Asked:
    return _Asked(*_matches(spec.matches or (api.GRPCRouteMatch(),), field, grpc_match))


def _unresolved(problem: filters.Problem) -> bool:
    return problem.condition == "ResolvedRefs"


def _matches(
    specs: Sequence[_M], field: str, read: Callable[[_M, str], model.Match | Unreadable]
) -> tuple[list[model.Match], list[filters.Problem]]:
    found: list[model.Match] = []
    refusals: list[filters.Problem] = []
    for number, each in enumerate(specs):
        made = read(each, f"{field}.matches[{number}]")
        if isinstance(made, Unreadable):
            refusals.append(filters.Problem("Accepted", "UnsupportedValue", made.message))
        else:
            found.append(made)
    return found, refusals


def _places(
    matched: tuple[str, ...], resolve: Resolve, limit: Limit | None = None
) -> Callable[[str], filters.Place]:
    def place(field: str) -> filters.Place:
        return filters.Place(field, matched, lambda ref: resolve(ref, field), limit)

    return place


def _filters(
    specs: Iterable[filters.Spec], field: str, place: Callable[[str], filters.Place]
) -> tuple[list[model.Filter], list[filters.Problem]]:
    found: list[model.Filter] = []
    problems: list[filters.Problem] = []
    for number, each in enumerate(specs):
        made = filters.from_spec(each, place(f"{field}[{number}]"))
        if isinstance(made, filters.Problem):
            problems.append(made)
        else:
            found.append(made)
    return found, problems


def _share(
    ref: BackendRef,
    field: str,
    resolve: Resolve,
    place: Callable[[str], filters.Place],
    around: Iterable[model.Filter],
) -> tuple[model.Share, list[filters.Problem]]:
    """An invalid reference keeps its weight, and its share fails (spec: backendRefs)."""
    backend = resolve(ref, field)
    kept, problems = _filters(ref.filters, f"{field}.filters", place)
    problems += apart(kept, f"{field}.filters", around)
    if isinstance(backend, filters.Problem):
        withheld = backend.message if backend.status else ""
        return model.Share(ref.weight, None, (), withheld), [backend, *problems]
    if any(each.fatal for each in problems):
        return model.Share(ref.weight, None), problems
    return model.Share(ref.weight, backend, tuple(kept)), problems


def _timeouts(spec: api.HTTPRouteTimeouts | None) -> model.Timeouts:
    if spec is None:
        return model.Timeouts()
    return model.Timeouts(_optional(spec.request), _optional(spec.backend_request))


def _optional(text: str) -> float | None:
    return duration.seconds(text) if text else None


def _retry(spec: api.HTTPRouteRetry | None) -> model.Retry | None:
    if spec is None:
        return None
    attempts = 1 if spec.attempts is None else spec.attempts
    if not attempts:
        return None
    codes = tuple(sorted(set(spec.codes)))
    return model.Retry(codes, attempts, _optional(spec.backoff) or 0.0)
