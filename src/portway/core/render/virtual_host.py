"""Virtual hosts.

Knows a domain and how its routes are put together: one after the other or, where there are many
paths, as a tree. The routes themselves come from `route`. Must not know whether the host ends up in
a table or in a scope of its own.
"""

from typing import Any

from portway.core import model
from portway.core.filters.request_redirect import Seen
from portway.core.render import path_tree
from portway.core.render.hardening import refusal_matchers, refusals
from portway.core.render.path_tree import Keyed
from portway.core.render.route import routes


def virtual_host(host: model.VirtualHost, tree_from: int = path_tree.TREE_FROM) -> dict[str, Any]:
    """An envoy.config.route.v3.VirtualHost. No route, or none that matches: 404.

    A host with at least `tree_from` different beginnings of paths becomes a tree.
    """
    head = {"name": host.domain, "domains": [host.domain]}
    if host.misdirected:
        # The client reused a connection that another listener's certificate opened; with 421 it
        # asks again on one of its own (RFC 9110 section 15.5.20).
        elsewhere = {"match": {"prefix": "/"}, "direct_response": {"status": 421}}
        return {**head, "routes": [elsewhere]}
    ranked = keyed_routes(host)
    if len({each.key for each in ranked}) >= tree_from:
        return {**head, "matcher": path_tree.tree(ranked, refusal_matchers(host.domain))}
    found = [route for each in ranked for route in each.routes]
    return {**head, "routes": [*refusals(host.domain), *found] if found else []}


def route_list(host: model.VirtualHost) -> list[dict[str, Any]]:
    """All Envoy routes of a host, in the order in which they are tried."""
    return [route for each in keyed_routes(host) for route in each.routes]


def keyed_routes(host: model.VirtualHost) -> list[Keyed]:
    """The same, with what the paths of each model route begin with."""
    seen = Seen(host.domain, host.port, host.scheme)
    return [Keyed(path_tree.key(each.match.path), routes(each, seen)) for each in host.routes]
