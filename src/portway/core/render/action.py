"""Where a request goes: shares as weighted clusters, or routes of their own.

Knows that Envoy's weighted clusters cannot carry every filter. Must not know matching.
"""

from typing import Any, NamedTuple, TypeAlias

from portway.core import filters, model
from portway.core.filters import endpoint_picker
from portway.core.render import names

Json: TypeAlias = dict[str, Any]


class Arm(NamedTuple):
    """One of the consecutive routes of a rule, with the shares it serves.

    `span` is the part of a million of all requests that reaches it. `hoisted` are filters of its
    only share that the route carries, since a weighted cluster cannot.
    """

    span: tuple[int, int]
    shares: tuple[model.Share, ...]
    hoisted: tuple[model.Filter, ...] = ()
    redirect: model.Redirect | None = None

    @property
    def forwards(self) -> bool:
        return self.redirect is None and any(share.backend for share in self.shares)


_WHOLE = (0, filters.MILLION)


def arms(rule: model.Rule) -> tuple[Arm, ...]:
    """The routes a rule needs: one, unless a share has a filter that only a route can carry.

    Envoy compares the same random number with every fraction of a request, so the upper ends of
    the spans are cumulative thresholds and the last arm takes what is left.
    """
    if rule.redirect is not None:
        return (Arm(_WHOLE, (), (), rule.redirect),)
    shares = tuple(share for share in _shares(rule) if share.weight > 0)
    if rule.broken:
        return (Arm(_WHOLE, ()),)
    if all(filters.in_weight(each) for share in shares for each in _live_filters(share)):
        return (Arm(_WHOLE, shares),)
    total = sum(share.weight for share in shares)
    found: list[Arm] = []
    passed = low = 0
    for share in shares:
        passed += share.weight
        high = round(passed * filters.MILLION / total)
        if high > low:
            found.append(_arm(share, (low, high)))
        low = high
    return tuple(found)


def _shares(rule: model.Rule) -> tuple[model.Share, ...]:
    """Backends that share sessions are one for the route; what leads nowhere keeps its part."""
    pool = rule.session.pool if rule.session else None
    if pool is None:
        return rule.action.shares
    lost = tuple(each for each in rule.action.shares if each.backend is None)
    together = sum(each.weight for each in rule.action.shares if each.backend is not None)
    return (model.Share(together, pool), *lost)


def _live_filters(share: model.Share) -> tuple[model.Filter, ...]:
    """The filters of an invalid share do not matter: its answer is an error."""
    return share.filters if share.backend is not None else ()


def _arm(share: model.Share, span: tuple[int, int]) -> Arm:
    live = _live_filters(share)
    redirect = next((each for each in live if isinstance(each, model.Redirect)), None)
    if redirect is not None:
        return Arm(span, (share,), live, redirect)
    return Arm(span, (share,), tuple(each for each in live if not filters.in_weight(each)))


_NOT_FOUND = {500: "INTERNAL_SERVER_ERROR", 503: "SERVICE_UNAVAILABLE"}


def destination(shares: tuple[model.Share, ...], failure: int) -> Json:
    """The RouteAction fields that name clusters; at least one share has a backend.

    An invalid share goes to a cluster that never exists, for which Envoy answers with `failure`;
    a valid one without endpoints answers 503 by itself, so both can stand in one rule.
    """
    only = shares[0]
    if len(shares) == 1 and only.backend and all(not filters.in_weight(f) for f in only.filters):
        return {"cluster": names.cluster(only.backend)}
    found: Json = {"weighted_clusters": {"clusters": [_weighted(share) for share in shares]}}
    if any(share.backend is None for share in shares):
        found["cluster_not_found_response_code"] = _NOT_FOUND[failure]
    return found


def asking(picker: model.Picker) -> Json:
    """The `typed_per_filter_config` of whatever leads to a pool with a picker. Each share asks its
    own: one picker for a whole rule would answer for pools that it does not know."""
    cluster = names.cluster(picker.cluster)
    asked = endpoint_picker.settings(cluster, fail_open=picker.fail_open, light=picker.light)
    return {endpoint_picker.NAME: asked}


def alone(shares: tuple[model.Share, ...]) -> model.Share | None:
    """The only share, where `destination` names it without weights: what it asks and keeps, the
    route itself asks and keeps."""
    only = shares[0]
    weighted = len(shares) > 1 or any(filters.in_weight(each) for each in only.filters)
    return None if weighted else only


def is_pool(share: model.Share) -> bool:
    """Whether it leads to model servers."""
    return share.backend is not None and share.backend.kind == "InferencePool"


def hashed(share: model.Share) -> bool:
    """Whether it leads to a pool whose endpoints are chosen by the prompt."""
    return is_pool(share) and share.picker is None


def looks(shares: tuple[model.Share, ...]) -> bool:
    """Whether the prompts of requests for these shares are looked at. A body that is shown to a
    picker as it comes must not be held for another share's sake, so beside a pool with a picker
    nothing is."""
    return any(map(hashed, shares)) and not any(each.picker for each in shares)


def tells(shares: tuple[model.Share, ...]) -> bool:
    """Whether who was picked may be told without asking anybody: a picker tells by itself."""
    return all(hashed(each) and bool(each.told_in) for each in shares)


def _weighted(share: model.Share) -> Json:
    if share.backend is None:
        return {"name": names.NO_BACKEND, "weight": share.weight}
    found: Json = {"name": names.cluster(share.backend), "weight": share.weight}
    if share.picker is not None:
        found["typed_per_filter_config"] = asking(share.picker)
    if share.session is not None:
        filters.keep(share.session, filters.Draft(found, found, names.cluster))
    inside = (each for each in share.filters if filters.in_weight(each))
    filters.apply(inside, filters.Draft(found, found, names.cluster))
    return found
