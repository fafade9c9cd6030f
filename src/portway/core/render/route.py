"""One match of one rule as Envoy routes.

Knows when one model route needs several: shares that need a route of their own, redirects that
depend on the Host header, preflights of rules that match on a method. Must not know in which
virtual host, scope or tree the routes end up.
"""

from typing import Any, TypeAlias

from portway.core import filters, model
from portway.core.filters import cors, model_list, prompt, request_redirect, usage
from portway.core.render import named, names
from portway.core.render.action import Arm, alone, arms, asking, destination, is_pool, looks, tells
from portway.core.render.forwarding import forwarding, replay
from portway.core.render.route_match import header_matchers, route_match

Json: TypeAlias = dict[str, Any]


def routes(host_route: model.HostRoute, seen: request_redirect.Seen) -> list[Json]:
    """The Envoy routes of `host_route`, first match wins. `seen` is what redirects need."""
    found = arms(host_route.rule)
    ready = _preflights(host_route, found)
    for arm in found:
        ready.extend(_arm_routes(host_route, arm, seen, last=arm is found[-1]))
    return ready


def _arm_routes(
    host_route: model.HostRoute, arm: Arm, seen: request_redirect.Seen, *, last: bool
) -> list[Json]:
    """The routes of one arm; the last arm takes whatever reaches it, the others a fraction."""
    if arm.forwards:
        plain = _route(host_route, arm, last=last)
        telling = _telling(plain, arm)
        return [_looking(host_route, arm, last=last), telling] if looks(arm.shares) else [telling]
    # Nobody to forward to: no share of positive weight, no valid one, or a broken rule.
    failure = {"direct_response": {"status": host_route.rule.failure}}
    answers: list[tuple[list[Json], Json]] = [([], failure)]
    if arm.redirect is not None:
        answers = [
            (matchers, {"redirect": action})
            for matchers, action in request_redirect.actions(arm.redirect, seen)
        ]
    policy = _cors(host_route.rule, (arm,))
    found = []
    for matchers, answer in answers:
        if policy is not None and policy.origins:
            origin, marks = cors.marks(policy)
            marked = _restricted(_route(host_route, arm, last=last), [origin, *matchers])
            marks = [*marked.pop("response_headers_to_add", ()), *marks]
            found.append({**marked, "response_headers_to_add": marks, **answer})
        plain = _restricted(_route(host_route, arm, last=last), matchers)
        found.append({**plain, **answer})
    return [_listing(each, host_route.rule.models) for each in found]


def _listing(route: Json, models: tuple[str, ...]) -> Json:
    """The fresh `route` with the list of models that it answers with, if it has any."""
    if models:
        route.setdefault("typed_per_filter_config", {}).update(model_list.settings(models))
    return route


def _looking(host_route: model.HostRoute, arm: Arm, *, last: bool) -> Json:
    """The route of an arm for requests whose prompt is looked at."""
    found = _telling(_restricted(_route(host_route, arm, last=last), [prompt.match()]), arm)
    settings = found.setdefault("typed_per_filter_config", {})
    settings |= prompt.settings(tells=tells(arm.shares))
    found["route"]["hash_policy"] = prompt.hash_policy()
    return found


def _telling(route: Json, arm: Arm) -> Json:
    """The fresh `route` with what answers a client that asks who was picked, where it may."""
    if tells(arm.shares):
        route.setdefault("response_headers_to_add", []).append(prompt.served())
        route.setdefault("typed_per_filter_config", {}).update(
            prompt.settings(looks=False, tells=True)
        )
    return route


def _restricted(route: Json, matchers: list[Json]) -> Json:
    """The fresh `route` with further header matchers."""
    if matchers:
        route["match"].setdefault("headers", []).extend(matchers)
    return route


def _route(host_route: model.HostRoute, arm: Arm, *, last: bool) -> Json:
    """Name, match, filters and, if it forwards, the action."""
    rule = host_route.rule
    route: Json = {"name": _name(host_route), "match": route_match(host_route.match)}
    if not last:
        route["match"]["runtime_fraction"] = {
            "default_value": {"numerator": arm.span[1], "denominator": "MILLION"}
        }
    action: Json = {}
    if arm.forwards:
        models = any(map(is_pool, arm.shares))
        action = {**destination(arm.shares, rule.failure), **forwarding(rule, models=models)}
        route.update(replay(rule, models=models))
        only = alone(arm.shares)
        if only and only.picker:
            route["typed_per_filter_config"] = asking(only.picker)
        if models:
            route.setdefault("typed_per_filter_config", {}).update(usage.settings())
    draft = filters.Draft(route, action, names.cluster, arm.span)
    filters.apply(rule.filters, draft)
    filters.apply(arm.hoisted, draft)
    filters.hand_down(route, action)
    if arm.forwards:
        route["route"] = action
        session = rule.session or (only.session if only else None)
        if session is not None:
            filters.keep(session, draft)
    return route


def _name(host_route: model.HostRoute) -> str:
    """Which object and rule a route comes from, for access logs. A name and no metadata, which
    would take the proxy 2 kB more for each route."""
    return names.route(host_route.route, host_route.rule.index)


def _preflights(host_route: model.HostRoute, found: tuple[Arm, ...]) -> list[Json]:
    """Routes on which Envoy's cors filter answers preflights that the rule's own would not."""
    policy = _cors(host_route.rule, found)
    if policy is None:
        return []
    # A preflight has no body that could name a model, so it is answered for all of them.
    unnamed = named.unnamed(host_route.match)
    match = unnamed or host_route.match
    rest = header_matchers(match)[1 if match.method else 0 :]
    answered = unnamed is None and all(arm.forwards for arm in found)
    return [
        {
            "name": _name(host_route),
            "match": {**route_match(match), "headers": [*headers, *rest]},
            # Never reached: the cors filter answers whatever matches here.
            "route": {
                "cluster": names.NO_BACKEND,
                "cluster_not_found_response_code": "NOT_FOUND",
            },
            "typed_per_filter_config": {cors.NAME: settings},
        }
        for headers, settings in cors.preflights(policy, match.method, answered=answered)
    ]


def _cors(rule: model.Rule, found: tuple[Arm, ...]) -> model.Cors | None:
    """The policy of the rule, or else of its first backend that has one."""
    candidates = [*rule.filters, *(f for arm in found for s in arm.shares for f in s.filters)]
    return next((each for each in candidates if isinstance(each, model.Cors)), None)
