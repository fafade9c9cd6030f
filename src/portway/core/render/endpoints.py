"""Endpoints of a cluster, as EDS sends them.

Knows addresses; must not know which protocol is spoken to them.
"""

from collections.abc import Iterable
from typing import Any

from portway.core import model
from portway.core.render import names

_UNIX = "unix:"


def endpoints(value: model.Endpoints) -> dict[str, Any]:
    """An envoy.config.endpoint.v3.ClusterLoadAssignment. Without endpoints Envoy answers 503."""
    if value.groups:
        return _in_groups(value)
    return assignment(names.cluster(value.key), value.endpoints)


def _in_groups(value: model.Endpoints) -> dict[str, Any]:
    """A locality for each group. One without a weight is chosen by nobody but those who are there
    already."""
    found = []
    for group in value.groups:
        zone = "+".join(names.cluster(each) for each in group.backends)
        made: dict[str, Any] = {
            "locality": {"zone": zone},
            "lb_endpoints": [{"endpoint": {"address": address(each)}} for each in group.endpoints],
        }
        if group.weight:
            made["load_balancing_weight"] = group.weight
        found.append(made)
    return {"cluster_name": names.cluster(value.key), "endpoints": found}


def assignment(cluster_name: str, values: Iterable[model.Endpoint]) -> dict[str, Any]:
    """The ClusterLoadAssignment of a cluster called `cluster_name`."""
    found = [{"endpoint": {"address": address(each)}} for each in values]
    return {
        "cluster_name": cluster_name,
        "endpoints": [{"lb_endpoints": found}] if found else [],
    }


def address(endpoint: model.Endpoint) -> dict[str, Any]:
    """The Address of an endpoint. It is the same for TCP and UDP: who uses it knows which."""
    if endpoint.address.startswith(_UNIX):
        return {"pipe": {"path": endpoint.address.removeprefix(_UNIX)}}
    return {"socket_address": {"address": endpoint.address, "port_value": endpoint.port}}
