"""Virtual hosts.

Knows a domain and how its routes are put together; the routes themselves come from `route`, so
that they can also be put into scopes or matcher trees.
"""

from typing import Any

from portway.core import model
from portway.core.filters.request_redirect import Seen
from portway.core.render.hardening import refusals
from portway.core.render.route import routes


def virtual_host(host: model.VirtualHost) -> dict[str, Any]:
    """An envoy.config.route.v3.VirtualHost. No route, or none that matches: 404."""
    if host.misdirected:
        # The client reused a connection that another listener's certificate opened; with 421 it
        # asks again on one of its own (RFC 9110 section 15.5.20).
        elsewhere = {"match": {"prefix": "/"}, "direct_response": {"status": 421}}
        return {"name": host.domain, "domains": [host.domain], "routes": [elsewhere]}
    found = route_list(host)
    return {
        "name": host.domain,
        "domains": [host.domain],
        "routes": [*refusals(host.domain), *found] if found else [],
    }


def route_list(host: model.VirtualHost) -> list[dict[str, Any]]:
    """All Envoy routes of a host, in the order in which they are tried."""
    seen = Seen(host.domain, host.port, host.scheme)
    return [found for each in host.routes for found in routes(each, seen)]
