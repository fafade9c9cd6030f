"""The pool of a place as an Envoy cluster with weighted localities.

Knows that a part of the connections is a locality: weights, backends and endpoints are then all in
one ClusterLoadAssignment (EDS), and no change of them touches a listener, a filter chain or the
cluster. Must not know where the parts come from.
"""

from typing import Any, TypeAlias

from portway.core import model
from portway.core.render import names
from portway.core.render.cluster import common, discovery
from portway.core.render.endpoints import address
from portway.core.render.upstream_tls import upstream_tls

Json: TypeAlias = dict[str, Any]

# A part that must be refused has an endpoint like any other, at an address that no socket without
# SO_BROADCAST may use (RFC 919): connecting and sending fail at once, nothing leaves the machine.
_REFUSED = {"socket_address": {"address": "255.255.255.255", "port_value": 9}}
_LOCAL = "refused"


def l4_cluster(pool: model.L4Pool) -> Json:
    """An envoy.config.cluster.v3.Cluster. One in plain text whose endpoints are listed is the same
    for every pool but for its name."""
    name = names.l4(pool.key)
    tls = {} if pool.tls is None else {"transport_socket": upstream_tls(pool.tls)}
    found = {
        "name": name,
        **tls,
        **discovery(name, pool.discovery, _names(pool), l4_endpoints(pool)),
        **common(),
    }
    found["common_lb_config"] = {**found["common_lb_config"], "locality_weighted_lb_config": {}}
    return found


def l4_endpoints(pool: model.L4Pool) -> Json:
    """An envoy.config.endpoint.v3.ClusterLoadAssignment. None at all: everything is turned away.

    Each endpoint says which route sends there; access logs have it as `route`.
    """
    metadata = {}
    if pool.route is not None:
        metadata = {"metadata": {"filter_metadata": {"portway.dev": {"route": _route(pool)}}}}
    localities = [
        _locality(
            "+".join(names.cluster(each) for each in group.backends),
            group.weight,
            [{"endpoint": {"address": address(each)}, **metadata} for each in group.endpoints],
        )
        for group in pool.groups
    ]
    if pool.refused:
        refused = [{"endpoint": {"address": _REFUSED}, **metadata}]
        localities.append(_locality(_LOCAL, pool.refused, refused))
    return {"cluster_name": names.l4(pool.key), "endpoints": localities}


def _locality(zone: str, weight: int, endpoints: list[Json]) -> Json:
    return {
        "locality": {"zone": zone},
        "load_balancing_weight": weight,
        "lb_endpoints": endpoints,
    }


def _names(pool: model.L4Pool) -> int:
    return sum(len(each.endpoints) for each in pool.groups) + bool(pool.refused)


def _route(pool: model.L4Pool) -> str:
    return "" if pool.route is None else names.route(pool.route, 0)
