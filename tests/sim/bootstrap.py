"""A whole static bootstrap from rendered resources, so that one Envoy can be asked about them.

Knows where rendered resources refer to each other (RDS, SDS, EDS) and puts the contents in place
of the references. Must not change anything else: what is asked is what was rendered.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from portway.core import model, render
from portway.core.thresholds import TREES_FROM

Json: TypeAlias = dict[str, Any]


# As large as `adapters.envoy.bootstrap` lets it be; Envoy's own limit is 100 instructions.
_REGEX = {"name": "regex", "static_layer": {"re2.max_program_size.error_level": 4096}}


def table(
    key: model.TableKey, hosts: Iterable[model.VirtualHost], tree_from: int = TREES_FROM
) -> Json:
    """A whole RouteConfiguration."""
    head = render.route_configuration(key)
    return {**head, "virtual_hosts": [render.virtual_host(host, tree_from) for host in hosts]}


def scopes(
    key: model.TableKey, hosts: Iterable[model.VirtualHost], tree_from: int = TREES_FROM
) -> list[Json]:
    """The same as ScopedRouteConfigurations."""
    found = {model.HostKey(key, "*"): list[Json]()}
    for host in hosts:
        place = "*" if host.domain.startswith("*") else host.domain
        rendered = {**render.virtual_host(host, tree_from), **render.known_host()}
        found.setdefault(model.HostKey(key, place), []).append(rendered)
    return [
        {
            **render.scope(place),
            "route_configuration": {**render.scope_configuration(), "virtual_hosts": each},
        }
        for place, each in found.items()
    ]


def bootstrap(
    listeners: Iterable[Json],
    tables: Iterable[Json],
    clusters: Iterable[Json] = (),
    endpoints: Iterable[Json] = (),
    secrets: Iterable[Json] = (),
    *,
    scoped: Mapping[str, list[Json]] | None = None,
) -> Json:
    """A bootstrap without xDS; every listener is moved to a free port of 127.0.0.1. `scoped` are
    the scopes of tables that are looked up in scopes, by the tables' names."""
    by_name: dict[str, Any] = {each["name"]: each for each in tables} | dict(scoped or {})
    assignments = {each["cluster_name"]: each for each in endpoints}
    return {
        "admin": {"address": _free("127.0.0.1")},
        "layered_runtime": {"layers": [_REGEX]},
        "static_resources": {
            "listeners": [_listener(each, by_name) for each in listeners],
            "clusters": [_cluster(each, assignments) for each in clusters],
            "secrets": list(secrets),
        },
    }


def _free(address: str) -> Json:
    return {"socket_address": {"address": address, "port_value": 0}}


def _listener(value: Json, tables: Mapping[str, Any]) -> Json:
    free = _free("127.0.0.1")
    if value["address"]["socket_address"].get("protocol") == "UDP":
        free["socket_address"]["protocol"] = "UDP"
        return {**value, "address": free}
    chains = [_chain(each, tables) for each in value["filter_chains"]]
    return {**value, "address": free, "filter_chains": chains}


def _chain(value: Json, tables: Mapping[str, Any]) -> Json:
    return {**_here(value), "filters": [_filter(each, tables) for each in value["filters"]]}


def _here(value: Any) -> Any:
    """The same with secrets looked for in the bootstrap."""
    if isinstance(value, list):
        return [_here(each) for each in value]
    if isinstance(value, dict):
        return {key: _here(each) for key, each in value.items() if key != "sds_config"}
    return value


def _filter(value: Json, tables: Mapping[str, Any]) -> Json:
    config = dict(value["typed_config"])
    if reference := config.pop("rds", None):
        config["route_config"] = tables[reference["route_config_name"]]
    if "scoped_routes" in config:
        lookup = {k: v for k, v in config["scoped_routes"].items() if k != "scoped_rds"}
        listed = {"scoped_route_configurations": tables[lookup["name"]]}
        config["scoped_routes"] = {**lookup, "scoped_route_configurations_list": listed}
    return {**value, "typed_config": config}


def _cluster(value: Json, assignments: Mapping[str, Json]) -> Json:
    value = _here(value)
    if value.get("type") != "EDS":
        return value
    found = {key: item for key, item in value.items() if key != "eds_cluster_config"}
    empty: Json = {"cluster_name": value["name"], "endpoints": []}
    return {**found, "type": "STATIC", "load_assignment": assignments.get(value["name"], empty)}
