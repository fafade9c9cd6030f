"""Which objects feed resources: the way back from Envoy's names to the user's objects.

Walked only when Envoy refuses something, so it scans rather than keeps an index; once for all that
was refused together, which may be thousands.
"""

from collections import defaultdict
from collections.abc import Iterable

from portway.core import model
from portway.core.wiring import emit
from portway.core.wiring.core import Core
from portway.core.wiring.inputs import ROUTE_KINDS


def origins(core: Core, resources: Iterable[tuple[str, str]]) -> set[model.ObjectKey]:
    """Objects whose change may have changed one of the resources (type URL and name). A name that
    is not ours has none."""
    by_type: dict[str, set[str]] = defaultdict(set)
    for type_url, name in resources:
        by_type[type_url.removeprefix(emit.PREFIX)].add(name)
    found: set[model.ObjectKey] = set()
    for type_name, names in by_type.items():
        found |= _origins(core, type_name, names)
    return found


def _origins(core: Core, type_name: str, names: set[str]) -> set[model.ObjectKey]:
    match type_name:
        case emit.LISTENER:
            return {key.gateway for key, r in core.listener_resources.items() if r.name in names}
        case emit.ROUTES:
            return _of_tables(core, names)
        case emit.SCOPE:
            return _of_tables(core, names) | _of_scopes(core, names)
        case emit.CLUSTER | emit.ENDPOINTS:
            return _of_clusters(
                core, {key for key, r in core.cluster_resources.items() if r.name in names}
            )
        case emit.SECRET:
            return {key for key, r in core.secret_resources.items() if r.name in names}
        case _:
            return set()


def _of_scopes(core: Core, names: set[str]) -> set[model.ObjectKey]:
    """What feeds the scopes of single hosts."""
    found: set[model.ObjectKey] = set()
    for collection in (core.hosts, core.route_hosts):
        for key, host in collection.items():
            if host.scope is not None and host.scope.name in names:
                found.add(key.table.gateway)
                found.update(each.route for each in host.host.routes)
                found.update(route for route, _ in host.left_out)
    return found


def _of_tables(core: Core, names: set[str]) -> set[model.ObjectKey]:
    """What feeds tables, or the scopes of what is left of them."""
    gateways = {key.gateway for key, r in core.route_resources.items() if r.name in names}
    found = set(gateways)
    if not gateways:
        return found
    for kind in ROUTE_KINDS:
        for name, attachment in core.attachments[kind].items():
            listeners = {key for parent in attachment.parents for key, _ in parent.hosts}
            if any(key.gateway in gateways for key in listeners):
                found.add(model.ObjectKey(kind, *name))
    return found


def _of_clusters(core: Core, clusters: set[model.ClusterKey]) -> set[model.ObjectKey]:
    found = {cluster.backend for cluster in clusters}
    if not clusters:
        return found
    for name, rules in core.rules.items():
        if not clusters.isdisjoint(rules.clusters):
            found.add(model.ObjectKey("HTTPRoute", *name))
    services = {(cluster.namespace, cluster.name) for cluster in clusters}
    for name, piece in core.inputs.admitted["EndpointSlice"].items():
        service = piece.metadata.labels.get("kubernetes.io/service-name", "")
        if (piece.namespace, service) in services:
            found.add(model.ObjectKey("EndpointSlice", *name))
    return found
