"""Which objects feed a resource: the way back from Envoy's names to the user's objects.

Walked only when Envoy refuses something, so it scans rather than keeps an index.
"""

from portway.core import model, render
from portway.core.wiring import emit
from portway.core.wiring.core import Core
from portway.core.wiring.inputs import ROUTE_KINDS


def origins(core: Core, type_url: str, name: str) -> set[model.ObjectKey]:
    """Objects whose change may have changed the resource. Empty for a name that is not ours."""
    match type_url.removeprefix(emit.PREFIX):
        case emit.LISTENER:
            return {key.gateway for key, r in core.listener_resources.items() if r.name == name}
        case emit.ROUTES:
            tables = [key for key, r in core.route_resources.items() if r.name == name]
            return {key for table in tables for key in _routes_of(core, table)}
        case emit.SCOPE:
            return _routes_in_scope(core, name)
        case emit.CLUSTER | emit.ENDPOINTS:
            keys = [key for key, r in core.cluster_resources.items() if r.name == name]
            return {key for cluster in keys for key in _backends_of(core, cluster)}
        case emit.SECRET:
            return {key for key, r in core.secret_resources.items() if r.name == name}
        case _:
            return set()


def _routes_in_scope(core: Core, name: str) -> set[model.ObjectKey]:
    key = render.names.host_of_scope(name)
    if key is None:
        return set()
    if key == emit.rest_of(key.table):
        return _routes_of(core, key.table)
    host = core.host(key)
    if host is None:
        return {key.table.gateway}
    routes = {each.route for each in host.host.routes}
    return {key.table.gateway, *routes, *(route for route, _ in host.left_out)}


def _routes_of(core: Core, table: model.TableKey) -> set[model.ObjectKey]:
    found = {table.gateway}
    for kind in ROUTE_KINDS:
        for name, attachment in core.attachments[kind].items():
            listeners = {key for parent in attachment.parents for key, _ in parent.hosts}
            if any(key.gateway == table.gateway for key in listeners):
                found.add(model.ObjectKey(kind, *name))
    return found


def _backends_of(core: Core, cluster: model.ClusterKey) -> set[model.ObjectKey]:
    found = {cluster.backend}
    for name, rules in core.rules.items():
        if cluster in rules.clusters:
            found.add(model.ObjectKey("HTTPRoute", *name))
    for name, piece in core.inputs.admitted["EndpointSlice"].items():
        service = piece.metadata.labels.get("kubernetes.io/service-name")
        if (piece.namespace, service) == (cluster.namespace, cluster.name):
            found.add(model.ObjectKey("EndpointSlice", *name))
    return found
