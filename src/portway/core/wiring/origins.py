"""Which objects feed resources: the way back from Envoy's names to the user's objects.

Walked only when Envoy refuses something, so it scans rather than keeps an index; once for all that
was refused together, which may be thousands.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from portway.core import model, render
from portway.core.wiring import emit, layer4
from portway.core.wiring.core import Core
from portway.core.wiring.inputs import ROUTE_KINDS

# What Envoy says of authorities, whichever secret it refuses for them.
_OF_AUTHORITIES = "trusted CA"


def origins(
    core: Core, resources: Iterable[tuple[str, str]], message: str = ""
) -> set[model.ObjectKey]:
    """Objects whose change may have changed one of the resources (type URL and name). A name that
    is not ours has none. `message` are the words of the refusal."""
    by_type: dict[str, set[str]] = defaultdict(set)
    for type_url, name in resources:
        by_type[type_url.removeprefix(emit.PREFIX)].add(name)
    found: set[model.ObjectKey] = set()
    for type_name, names in by_type.items():
        found |= _origins(core, type_name, names, message)
    return found


def _origins(core: Core, type_name: str, names: set[str], message: str) -> set[model.ObjectKey]:
    match type_name:
        case emit.LISTENER:
            return _of_listeners(core, names)
        case emit.ROUTES:
            return _of_tables(core, names)
        case emit.SCOPE:
            return _of_tables(core, names) | _of_scopes(core, names)
        case emit.CLUSTER | emit.ENDPOINTS:
            backends = {key for key, r in core.cluster_resources.items() if r.name in names}
            return _of_clusters(core, backends) | _of_pools(core, names) | _of_sessions(core, names)
        case emit.SECRET:
            return _of_secrets(core, names, message)
        case _:
            return set()


def _of_listeners(core: Core, names: set[str]) -> set[model.ObjectKey]:
    """Gateways, and the routes whose server names are chains of their listeners. Routes of TCP and
    UDP are no part of any listener."""
    ports = {key for key, r in core.listener_resources.items() if r.name in names}
    found = {key.gateway for key in ports} | _owners(core, ports)
    for places in core.layer4.places:
        for key, place in places.items():
            if key.protocol == "TLS" and key.port_key in ports:
                found |= _of_place(place)
    return found


def _owners(core: Core, ports: Iterable[model.PortKey]) -> set[model.ObjectKey]:
    """Whoever has a listener on one of the ports: ListenerSets among them."""
    found = (core.ports.get(key) for key in ports)
    return {each.key.owner for port in found if port is not None for each in port.listeners}


def _of_place(place: model.L4Place) -> set[model.ObjectKey]:
    return {*place.waiting, *((place.route,) if place.route else ())}


def _of_pools(core: Core, names: set[str]) -> set[model.ObjectKey]:
    """What feeds the pools of layer 4: routes, their Gateway, and everything behind backends."""
    found: set[model.ObjectKey] = set()
    backends: set[model.ClusterKey] = set()
    for places in core.layer4.places:
        for key, place in places.items():
            if place.pooled and emit.l4_key(key)[1] in names:
                found |= {key.gateway, *_of_place(place)}
                backends |= {each.backend for each in place.shares if each.backend is not None}
    return found | _of_clusters(core, backends)


def _of_sessions(core: Core, names: set[str]) -> set[model.ObjectKey]:
    """What feeds the pools of backends that share sessions: a route and its backends."""
    found: set[model.ObjectKey] = set()
    for key, pool in core.sessions.pools.items():
        if render.names.cluster(key) in names:
            found |= {key.backend} | _of_clusters(core, {each for _, each in pool.shares})
    return found


def _of_scopes(core: Core, names: set[str]) -> set[model.ObjectKey]:
    """What feeds the scopes of single hosts."""
    found: set[model.ObjectKey] = set()
    for collection in (core.hosts, core.route_hosts):
        for key, host in collection.items():
            if host.scope is not None and host.scope.name in names:
                found.add(key.table.gateway)
                found |= _owners(core, (model.PortKey(key.table.gateway, key.table.port),))
                found.update(each.route for each in host.host.routes)
                found.update(route for route, _ in host.left_out)
    return found


def _of_tables(core: Core, names: set[str]) -> set[model.ObjectKey]:
    """What feeds tables, or the scopes of what is left of them."""
    tables = {key for key, r in core.route_resources.items() if r.name in names}
    gateways = {key.gateway for key in tables}
    found = gateways | _owners(core, {model.PortKey(key.gateway, key.port) for key in tables})
    if not gateways:
        return found
    for kind in ROUTE_KINDS:
        if kind in layer4.KINDS:
            continue  # they are in no table, and a suspect that feeds nothing is never cleared
        for name, attachment in core.attachments[kind].items():
            listeners = {key for parent in attachment.parents for key, _ in parent.hosts}
            if any(key.gateway in gateways for key in listeners):
                found.add(model.ObjectKey(kind, *name))
    return found


def _of_clusters(core: Core, clusters: set[model.ClusterKey]) -> set[model.ObjectKey]:
    found = {cluster.backend for cluster in clusters}
    if not clusters:
        return found
    plain = {cluster.plainly() for cluster in clusters}
    for kind, collection in core.rules.items():
        for name, rules in collection.items():
            # Those of a Gateway with a client certificate are the same ones for a route.
            if not plain.isdisjoint(rules.clusters):
                found.add(model.ObjectKey(kind, *name))
    found |= {policy for cluster in clusters if (policy := cluster.tls_policy)}
    for name, used in core.lookups.traffic_policies.items():
        if not {cluster.backend for cluster in clusters}.isdisjoint(used.targets):
            found.add(model.ObjectKey("XBackendTrafficPolicy", *name))
    services = {(cluster.namespace, cluster.name) for cluster in clusters}
    for name, piece in core.inputs.admitted["EndpointSlice"].items():
        service = piece.metadata.labels.get("kubernetes.io/service-name", "")
        if (piece.namespace, service) in services:
            found.add(model.ObjectKey("EndpointSlice", *name))
    return found


def _of_secrets(core: Core, names: set[str], message: str) -> set[model.ObjectKey]:
    """Secrets and, for authorities, ConfigMaps.

    Envoy looks at the secrets of a listener or a cluster when it has all of them, and refuses the
    one that came last for what is wrong with another. If it speaks of authorities it is them; if
    not, certificates beside authorities may be meant as well.
    """
    of_authorities = _OF_AUTHORITIES in message
    found: set[model.ObjectKey] = set()
    for certificates, trust in _used_together(core):
        shown = {key for key in certificates if emit.secret_key(key)[1] in names}
        trusted = trust is not None and emit.trust_key(trust)[1] in names
        authorities = () if trust is None else trust.authorities
        if of_authorities and (shown or trusted):
            found.update(authorities)
        elif trusted:
            found.update(authorities, certificates)
        else:
            found |= shown
    return found


def _used_together(
    core: Core,
) -> Iterator[tuple[tuple[model.ObjectKey, ...], model.TrustKey | None]]:
    """What each listener, cluster and pool shows, and whom it trusts."""
    for _, port in core.ports.items():
        for listener in port.listeners:
            trust = None if listener.validation is None else listener.validation.trust
            yield listener.certificates, trust
    clusters = [each.tls for _, each in core.clusters.items()]
    pools = [each.tls for collection in core.layer4.pools for _, each in collection.items()]
    for tls in (*clusters, *pools):
        if tls is not None:
            yield () if tls.client is None else (tls.client,), tls.trust
