"""Virtual hosts.

Knows a domain and how its routes are put together: one after the other or, where there are many
paths, as a tree. The routes themselves come from `route`. Must not know whether the host ends up in
a table or in a scope of its own.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, TypeAlias

from portway.core import model
from portway.core.filters import before_routing, model_name
from portway.core.filters.request_redirect import Seen
from portway.core.render import named, names, path_tree
from portway.core.render.hardening import refusal_matchers, refusals
from portway.core.render.named import reading, readings, turned_on
from portway.core.render.path_tree import Keyed
from portway.core.render.route import routes
from portway.core.thresholds import TREES_FROM

Json: TypeAlias = dict[str, Any]


Ready: TypeAlias = Sequence[Sequence[Json | bytes]]
"""For each route of a host its Envoy routes, as JSON or already encoded."""


def virtual_host(
    host: model.VirtualHost,
    tree_from: int = TREES_FROM,
    ready: Ready | None = None,
    refused: Sequence[Json | bytes] | None = None,
    on: Iterable[str] | None = None,
) -> Json:
    """An envoy.config.route.v3.VirtualHost. No route, or none that matches: 404.

    A host with at least `tree_from` different beginnings of paths becomes a tree. `ready` are the
    routes and `refused` those of `refusals`, where they have been made before; `on` are
    the filters that the routes turn on, likewise.
    """
    head: Json = {"name": host.domain, "domains": [host.domain]}
    if host.filters is None:
        # What a listener's filters would have refused must not pass for want of them.
        return {**head, "routes": [answer(500)]}
    if host.misdirected:
        # The client reused a connection that another listener's certificate opened; with 421 it
        # asks again on one of its own (RFC 9110 section 15.5.20).
        return {**head, "routes": [answer(421)]}
    if host.filters:
        found_on = named.turned_on(route_list(host)) if on is None else on
        every_filter = {model_name.NAME, *found_on}
        put = before_routing(host.filters, names.cluster, every_filter)
        head["typed_per_filter_config"] = put
    every = ready or _made(host)
    if is_tree(host, tree_from):
        keys = (path_tree.key(each.match.path) for each in host.routes)
        ranked = [Keyed(key, made) for key, made in zip(keys, every, strict=True)]
        if host.filters:
            ranked.append(Keyed("/", [answer(404)]))
        return {**head, "matcher": path_tree.tree(ranked, refusal_matchers(host.domain))}
    found = [route for made in every for route in made]
    if host.filters:
        found.append(answer(404))
    first = refusals(host.domain) if refused is None else refused
    return {**head, "routes": [*first, *found] if found else []}


def answer(status: int) -> Json:
    """The route that answers every request. As 404 it stands last where a listener has filters: a
    request without a route has no filters, and may have a route after them."""
    return {"match": {"prefix": "/"}, "direct_response": {"status": status}}


def is_tree(host: model.VirtualHost, tree_from: int) -> bool:
    """Whether a host has at least `tree_from` different beginnings of paths."""
    if len(host.routes) < tree_from:
        return False
    return len({path_tree.key(each.match.path) for each in host.routes}) >= tree_from


def route_list(host: model.VirtualHost) -> list[Json]:
    """All Envoy routes of a host, in the order in which they are tried."""
    return [route for made in _made(host) for route in made]


def _made(host: model.VirtualHost) -> list[list[Json]]:
    seen = Seen(host.domain, host.port, host.scheme)
    made = [routes(each, seen) for each in host.routes]
    on = turned_on(chain.from_iterable(made))
    before = readings(each.match for each in host.routes)
    return [
        [*([] if rest is None else [reading(rest, on)]), *own]
        for own, rest in zip(made, before, strict=True)
    ]
