"""Virtual hosts.

Knows a domain and how its routes are put together: one after the other or, where there are many
paths, as a tree. The routes themselves come from `route`. Must not know whether the host ends up in
a table or in a scope of its own.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

from portway.core import model
from portway.core.filters.request_redirect import Seen
from portway.core.render import path_tree
from portway.core.render.hardening import refusal_matchers, refusals
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
) -> Json:
    """An envoy.config.route.v3.VirtualHost. No route, or none that matches: 404.

    A host with at least `tree_from` different beginnings of paths becomes a tree. `ready` are the
    routes and `refused` those of `refusals`, where they have been made before.
    """
    head = {"name": host.domain, "domains": [host.domain]}
    if host.misdirected:
        # The client reused a connection that another listener's certificate opened; with 421 it
        # asks again on one of its own (RFC 9110 section 15.5.20).
        elsewhere = {"match": {"prefix": "/"}, "direct_response": {"status": 421}}
        return {**head, "routes": [elsewhere]}
    every = ready or _made(host)
    if is_tree(host, tree_from):
        keys = (path_tree.key(each.match.path) for each in host.routes)
        ranked = [Keyed(key, made) for key, made in zip(keys, every, strict=True)]
        return {**head, "matcher": path_tree.tree(ranked, refusal_matchers(host.domain))}
    found = [route for made in every for route in made]
    first = refusals(host.domain) if refused is None else refused
    return {**head, "routes": [*first, *found] if found else []}


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
    return [routes(each, seen) for each in host.routes]
