"""Scopes: a table of virtual hosts in pieces, so that a change of one host costs one host.

Envoy builds a RouteConfiguration anew for any change in it, so in one large table every change
costs the whole table. In scopes each exact host has a RouteConfiguration of its own, found by a
key. Knows the key, how a request comes to carry it, and what becomes of a request whose key leads
nowhere. Must not know which tables are scoped (see decision 0008) nor what is in a virtual host.

The key of a request is `<table>/<host>`, put into a header before anything looks for routes. Keys
are compared as they are, so that host is found only as it is written in the route: in lower case
and, since the key ends at a colon, with or without a port. What is not found comes to the fallback
filter, which is off for every request that was: it asks once more with the host as it should have
been written, and then takes the scope of the rest, a table of all hosts that are wildcards.
"""

from typing import Any, TypeAlias

from portway.core import model
from portway.core.render import names
from portway.core.render.source import ads

Json: TypeAlias = dict[str, Any]

HEADER = "x-portway-scope"
# Also the name under which virtual hosts have the metadata that the filter looks for.
FALLBACK = "portway.dev"
_TYPE = "type.googleapis.com/"
_LUA = f"{_TYPE}envoy.extensions.filters.http.lua.v3.Lua"
_GROUP = f"{_TYPE}envoy.extensions.filters.http.filter_chain.v3.FilterChainConfig"
_OFF = {"@type": f"{_TYPE}envoy.config.route.v3.FilterConfig", "disabled": True}

# A virtual host without a matching route answers 404, and no wildcard may answer in its place:
# hence the look at the virtual host rather than at the route. `metadata` is called for its
# effect, which is to look for the route now.
_SCRIPT = """
function envoy_on_request(request)
  local headers = request:headers()
  local asked = headers:get("HEADER")
  local host = string.lower(headers:get(":authority") or "")
  host = string.gsub(string.gsub(host, ":%d*$", ""), "%.$", "")
  local key = "TABLE" .. host
  if string.gsub(asked, ":.*$", "") ~= key then
    headers:replace("HEADER", key)
    request:clearRouteCache()
    request:metadata()
  end
  if request:virtualHost():metadata():get("known") == nil then
    headers:replace("HEADER", "TABLE*")
    request:clearRouteCache()
  end
end
"""


def scope(host: model.HostKey) -> Json:
    """An envoy.config.route.v3.ScopedRouteConfiguration without its `route_configuration`. The
    scope of the rest is that of the domain `*`."""
    key = names.scope_key(host)
    return {"name": names.scope(host), "key": {"fragments": [{"string_key": key}]}}


def scope_configuration() -> Json:
    """The RouteConfiguration of every scope without its name and `virtual_hosts`."""
    return {
        "ignore_port_in_host_matching": True,
        "validate_clusters": False,
        "request_headers_to_remove": [HEADER],
        # A filter chain is made when a request arrives, for the route it has then. What is there
        # for a request that has none yet is turned off here for all others.
        "typed_per_filter_config": {FALLBACK: _OFF},
    }


def known_host() -> Json:
    """The VirtualHost fields that every host in scopes has besides its own."""
    return {"metadata": {"filter_metadata": {FALLBACK: {"known": True}}}}


def scoped_routes(table: model.TableKey) -> Json:
    """The HttpConnectionManager field that makes it look for routes in scopes."""
    fragment = {"header_value_extractor": {"name": HEADER, "element_separator": ":", "index": 0}}
    return {
        "scoped_routes": {
            "name": names.table(table),
            "scope_key_builder": {"fragments": [fragment]},
            "rds_config_source": ads(),
            # The same for every table: Envoy then keeps one set of scopes for all of them.
            "scoped_rds": {"scoped_rds_config_source": ads()},
        }
    }


def key_mutation(table: model.TableKey) -> Json:
    """The HeaderMutation that writes a request's key, whatever the client wrote there."""
    value = f"{names.table(table)}/%REQ(:AUTHORITY)%"
    header = {"header": {"key": HEADER, "value": value}}
    return {"append": {**header, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}}


def scoped_filters(table: model.TableKey, chain: list[Json]) -> list[Json]:
    """The HTTP filter `chain` as a scoped table needs it.

    A request that comes to its scope by the fallback has no route when its filter chain is made, so
    that no route can turn on what is off: it gets the same filters once more, as a group in which
    all are on. The group has the name of the fallback filter, for one entry in each scope to turn
    off both; one for every filter would be a quarter of what a scope takes of Envoy's memory.
    """
    script = _SCRIPT.replace("HEADER", HEADER).replace("TABLE", f"{names.table(table)}/")
    fallback = {
        "name": FALLBACK,
        "typed_config": {"@type": _LUA, "default_source_code": {"inline_string": script}},
    }
    return [fallback, *_group(chain), *chain]


def _group(chain: list[Json]) -> list[Json]:
    """Those filters of the chain that are off until a route turns them on, turned on."""
    switched = [
        {k: v for k, v in each.items() if k != "disabled"} for each in chain if each.get("disabled")
    ]
    if not switched:
        return []
    config = {"@type": _GROUP, "default_filter_chain": {"filters": switched}}
    return [{"name": FALLBACK, "typed_config": config}]
