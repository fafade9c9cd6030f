"""What a change of one object may touch, and the proof that it touched nothing else.

Ownership is read from the documents as they are written (who names whom), never from what the
core made of them: a core that mixes two objects up must not be able to excuse itself.

    route                its matches inside virtual hosts; clusters that nobody else names; the
                         places of layer 4 that it claims, and what others who claim them are told
    ProxyConfig          the Gateways that name it
    Gateway, class       its listeners, tables and hosts; certificates that nobody else names
    Pod                  the endpoints of pools that select it
    Service, Backend     its clusters, the matches of the routes that name it, and policies about it
    Secret               itself, the listeners that name it, the Gateways that show it to backends
    ConfigMap, bundle    sets of authorities it is in, and whatever its policies and Gateways own
    ReferenceGrant       whoever refers into its namespace
    Namespace            the routes in it
    TokenLimit           the routes that name it
    BackendTLSPolicy     its targets' clusters, the routes that name them, policies about the same
    all others           nothing but their own status
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from portway.core import api, model, render
from portway.core.wiring import Core
from portway.core.wiring.emit import (
    CLUSTER,
    ENDPOINTS,
    LISTENER,
    PREFIX,
    ROUTES,
    SECRET,
    HostBytes,
)
from tests.fuzz.running import Document, references

Resource = tuple[str, str]
_POLICIES = ("BackendTLSPolicy", "XBackendTrafficPolicy")
_AUTHORITIES = ("configmap/", "clustertrustbundle/")
_OF_GATEWAYS = (*_POLICIES, "InferencePool", "XBackend")
ROUTE_KINDS = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")


@dataclass(frozen=True)
class Snapshot:
    """Everything that leaves a settled core. `rules` are what each HTTPRoute means."""

    resources: dict[Resource, bytes]
    needs: dict[Resource, tuple[Resource, ...]]
    hosts: dict[model.HostKey, HostBytes]
    rules: dict[model.ObjectKey, model.RouteRules]
    listeners: dict[model.ListenerKey, model.Listener]
    statuses: dict[model.ObjectKey, Document]
    places: dict[model.L4Key, model.L4Place] = field(default_factory=dict)


def snapshot(core: Core) -> Snapshot:
    found = core.resources()
    tables = [key for key, _ in core.tables.items()]
    return Snapshot(
        resources={(each.type_url, each.name): each.body for each in found},
        needs={(each.type_url, each.name): each.needs for each in found},
        hosts={
            model.HostKey(table, host.host.domain): host
            for table in tables
            for host in core.hosts_of(table)
        },
        rules={each.key: each for rules in core.rules.values() for _, each in rules.items()},
        listeners={
            each.key: each for _, gateway in core.gateways.items() for each in gateway.listeners
        },
        statuses=core.statuses(),
        places={key: place for each in core.layer4.places for key, place in each.items()},
    )


@dataclass
class Owned:
    """What may change. `listeners` are (namespace, Gateway, listener)."""

    gateways: set[tuple[str, str]] = field(default_factory=set)
    listeners: set[tuple[str, str, str]] = field(default_factory=set)
    routes: set[model.ObjectKey] = field(default_factory=set)
    backends: set[model.ObjectKey] = field(default_factory=set)
    secrets: set[tuple[str, str]] = field(default_factory=set)
    authorities: set[tuple[str, ...]] = field(default_factory=set)
    statuses: set[model.ObjectKey] = field(default_factory=set)

    def table(self, key: model.TableKey) -> bool:
        place = (key.gateway.namespace, key.gateway.name)
        return place in self.gateways or (*place, key.listener) in self.listeners

    def listener(self, key: model.ListenerKey) -> bool:
        place = (key.gateway.namespace, key.gateway.name)
        return place in self.gateways or (*place, key.name) in self.listeners

    def port(self, name: str) -> bool:
        namespace, gateway, *_ = name.split("/")
        named = {(each[0], each[1]) for each in self.listeners}
        return (namespace, gateway) in self.gateways | named


class Site:
    """Who names whom in a site."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = {_key(each): each for each in documents}

    def owned(self, events: Iterable[api.Event]) -> Owned:
        """What the objects of these events may change, as they were and as they are."""
        owned = Owned()
        for event in events:
            key = model.ObjectKey(event.kind, event.namespace, event.name)
            owned.statuses.add(key)
            now = None if event.object is None else api.to_document(event.object)
            for version in (self.documents.get(key), now):
                if version is not None:
                    self._own(owned, key, version)
        return owned

    def _own(self, owned: Owned, key: model.ObjectKey, version: Document) -> None:
        match key.kind:
            case "Gateway":
                self._own_gateway(owned, key)
            case "GatewayClass":
                for each, document in self._of("Gateway"):
                    if document["spec"].get("gatewayClassName") == key.name:
                        self._own_gateway(owned, each)
            case "Pod":
                labels = version["metadata"].get("labels", {}).items()
                for each, document in self._of("InferencePool"):
                    wanted = document["spec"]["selector"]["matchLabels"].items()
                    if each.namespace == key.namespace and wanted <= labels:
                        owned.backends.add(each)
            case "ProxyConfig":
                for each, document in self._of("Gateway"):
                    if _names(document["spec"].get("infrastructure", {}), key, each.namespace):
                        self._own_gateway(owned, each)
            case "Service" | "Backend" | "InferencePool" | "XBackend":
                self._own_backend(owned, key)
            case "EndpointSlice":
                labels = version["metadata"].get("labels", {})
                service = labels.get("kubernetes.io/service-name", "")
                owned.backends.add(model.ObjectKey("Service", key.namespace, service))
            case "BackendTLSPolicy" | "XBackendTrafficPolicy":
                self._own_policy(owned, key, version)
            case "ConfigMap" | "ClusterTrustBundle":
                self._own_authorities(owned, key)
            case "Namespace":
                name = key.name
                self._own_routes(owned, lambda doc: _key(doc).namespace == name)
            case "TokenLimit":
                self._own_routes(owned, lambda doc: _names(doc, key))
            case "ReferenceGrant":
                self._own_referrers(owned, key.namespace)
            case "Secret":
                owned.secrets.add((key.namespace, key.name))
                self._own_listeners(owned, lambda doc, each: _names(each, key, _key(doc).namespace))
                self._own_gateways_by_tls(owned, key)
            case kind if kind in ROUTE_KINDS:
                owned.routes.add(key)

    def _of(self, *kinds: str) -> Iterator[tuple[model.ObjectKey, Document]]:
        return ((key, each) for key, each in self.documents.items() if key.kind in kinds)

    def _own_gateway(self, owned: Owned, key: model.ObjectKey) -> None:
        owned.gateways.add((key.namespace, key.name))
        owned.statuses.add(key)
        followers = self._of(*ROUTE_KINDS, "ListenerSet")
        owned.statuses.update(each for each, document in followers if _names(document, key))
        # They name the Gateways that use the Service, or the pool.
        owned.statuses.update(each for each, _ in self._of(*_OF_GATEWAYS))

    def _own_listeners(self, owned: Owned, wanted: Any) -> None:
        for key, document in self._of("Gateway"):
            for each in document["spec"]["listeners"]:
                if wanted(document, each):
                    owned.listeners.add((key.namespace, key.name, each["name"]))
                    owned.statuses.add(key)

    def _own_gateways_by_tls(self, owned: Owned, named: model.ObjectKey) -> None:
        """Those whose own `tls` names an object."""
        for key, document in self._of("Gateway"):
            if _names(document["spec"].get("tls", {}), named, key.namespace):
                self._own_gateway(owned, key)

    def _own_authorities(self, owned: Owned, key: model.ObjectKey) -> None:
        where = (key.namespace,) if key.namespace else ()
        owned.authorities.add((*where, key.name))
        self._own_gateways_by_tls(owned, key)
        for each, document in self._of("BackendTLSPolicy"):
            if _names(document, key):
                owned.statuses.add(each)
                self._own_policy(owned, each, document)

    def _own_policy(self, owned: Owned, key: model.ObjectKey, version: Document) -> None:
        for ref in version["spec"]["targetRefs"]:
            target = model.ObjectKey(ref["kind"], key.namespace, ref["name"])
            self._own_backend(owned, target)

    def _own_backend(self, owned: Owned, key: model.ObjectKey) -> None:
        owned.backends.add(key)
        self._own_routes(owned, lambda document: _names(document, key))
        policies = self._of(*_POLICIES)
        owned.statuses.update(each for each, document in policies if _names(document, key))
        pools = self._of("InferencePool")  # a Service may be the picker of one
        owned.statuses.update(each for each, document in pools if _names(document, key))

    def _own_referrers(self, owned: Owned, namespace: str) -> None:
        def into(value: Document) -> bool:
            return any(each.get("namespace") == namespace for each in references(value))

        self._own_routes(owned, lambda document: into(document["spec"]))
        self._own_listeners(owned, lambda _, each: into(each))

    def _own_routes(self, owned: Owned, wanted: Any) -> None:
        found = {key for key, document in self._of(*ROUTE_KINDS) if wanted(document)}
        owned.routes |= found
        owned.statuses |= found


def disturbed(before: Snapshot, after: Snapshot, owned: Owned) -> list[str]:
    """What changed though the objects that changed do not own it; empty when all is well."""
    return [
        *_disturbed_rules(before, after, owned),
        *_disturbed_hosts(before, after, owned),
        *_disturbed_resources(before, after, owned),
        *_disturbed_statuses(before, after, owned),
    ]


def _disturbed_rules(before: Snapshot, after: Snapshot, owned: Owned) -> Iterator[str]:
    for key in before.rules.keys() | after.rules.keys():
        if key not in owned.routes and before.rules.get(key) != after.rules.get(key):
            yield f"the rules of {key}"


def _disturbed_hosts(before: Snapshot, after: Snapshot, owned: Owned) -> Iterator[str]:
    for key in before.hosts.keys() | after.hosts.keys():
        if owned.table(key.table):
            continue
        old, new = before.hosts.get(key), after.hosts.get(key)
        if old and new and (old.body, old.scope) == (new.body, new.scope):
            continue
        routes = [route for host in (old, new) if host for route in host.host.routes]
        shared = any(route.route in owned.routes for route in routes)
        if not shared or _others(old, owned) != _others(new, owned):
            yield f"virtual host {key.domain} of {key.table}"


def _others(host: HostBytes | None, owned: Owned) -> list[Document]:
    """What Envoy gets for everybody else's matches, in their order."""
    if host is None:
        return []
    kept = tuple(each for each in host.host.routes if each.route not in owned.routes)
    rendered = render.virtual_host(model.VirtualHost(**{**_fields(host.host), "routes": kept}))
    return list(rendered.get("routes", ()))


def _fields(host: model.VirtualHost) -> dict[str, Any]:
    return {name: getattr(host, name) for name in host.__struct_fields__}


def _disturbed_resources(before: Snapshot, after: Snapshot, owned: Owned) -> Iterator[str]:
    mine = _private(before, after, owned) | _of_places(before, after, owned)
    for resource in before.resources.keys() | after.resources.keys():
        kind = resource[0].removeprefix(PREFIX)
        if kind == ROUTES or resource in mine:
            continue  # tables are compared host by host
        if kind == LISTENER and owned.port(resource[1]):
            continue
        if before.resources.get(resource) != after.resources.get(resource):
            yield f"{kind} {resource[1]}"


def _private(before: Snapshot, after: Snapshot, owned: Owned) -> set[Resource]:
    """Clusters, endpoints and certificates that are owned, or that only owned things name."""
    found: set[Resource] = set()
    shared: set[Resource] = set()
    for state in (before, after):
        for key, rules in state.rules.items():
            for cluster in rules.clusters:
                name = render.names.cluster(cluster)
                pair = {(PREFIX + CLUSTER, name), (PREFIX + ENDPOINTS, name)}
                own = cluster.backend in owned.backends
                (found if own or key in owned.routes else shared).update(pair)
                if own:
                    shared -= pair
        for listener in state.listeners.values():
            for secret in listener.certificates:
                one = (PREFIX + SECRET, render.names.secret(secret))
                own = (secret.namespace, secret.name) in owned.secrets
                (found if own or owned.listener(listener.key) else shared).add(one)
                if own:
                    shared.discard(one)
    found -= shared
    return found | set(_authorities(before, after, owned, found))


def _authorities(
    before: Snapshot, after: Snapshot, owned: Owned, mine: set[Resource]
) -> Iterator[Resource]:
    """Sets of authorities that hold what is owned, or that only owned things name."""
    users: dict[Resource, set[Resource]] = {}
    for state in (before, after):
        for user, needs in state.needs.items():
            for need in needs:
                users.setdefault(need, set()).add(user)
    for resource, by in users.items():
        kind, name = resource
        parts = (each.split("/") for each in name.split("+") if each.startswith(_AUTHORITIES))
        held = any((*namespace, one) in owned.authorities for _, *namespace, one in parts)
        ports = {each for each in by if each[0] == PREFIX + LISTENER and owned.port(each[1])}
        if kind == PREFIX + SECRET and (held or by <= mine | ports):
            yield resource


def _of_places(before: Snapshot, after: Snapshot, owned: Owned) -> set[Resource]:
    """The pools of places that are owned, and the listeners whose server names they are."""
    found: set[Resource] = set()
    for key, place in (*before.places.items(), *after.places.items()):
        backends = {each.backend.backend for each in place.shares if each.backend is not None}
        gateway = (key.gateway.namespace, key.gateway.name)
        claimed = bool(_claimants(place) & owned.routes)
        if claimed or gateway in owned.gateways or backends & owned.backends:
            name = render.names.l4(key)
            found |= {(PREFIX + CLUSTER, name), (PREFIX + ENDPOINTS, name)}
        if claimed and key.protocol == "TLS":
            found.add((PREFIX + LISTENER, render.names.listener(key.port_key)))
    return found


def _claimants(place: model.L4Place) -> set[model.ObjectKey]:
    return {*place.waiting, *((place.route,) if place.route else ())}


def _rivals(before: Snapshot, after: Snapshot, owned: Owned) -> set[model.ObjectKey]:
    """Routes that claim a place which an owned one claims too: they are told who has it."""
    places = (*before.places.values(), *after.places.values())
    claimants = (_claimants(each) for each in places)
    return {key for each in claimants if each & owned.routes for key in each}


def _disturbed_statuses(before: Snapshot, after: Snapshot, owned: Owned) -> Iterator[str]:
    rivals = _rivals(before, after, owned)
    for key in before.statuses.keys() | after.statuses.keys():
        if key in owned.statuses or key in rivals:
            continue
        if key.kind in _OF_GATEWAYS and owned.routes:
            continue  # it names the Gateways of the routes that use the Service, or the pool
        old, new = before.statuses.get(key), after.statuses.get(key)
        if key.kind == "Gateway" and owned.routes:
            old, new = _uncounted(old), _uncounted(new)
        if old != new:
            yield f"the status of {key}"


def _uncounted(status: Document | None) -> Document | None:
    if status is None:
        return None
    listeners = [{**each, "attachedRoutes": 0} for each in status.get("listeners", ())]
    return {**status, "listeners": listeners}


def _key(document: Document) -> model.ObjectKey:
    metadata = document["metadata"]
    return model.ObjectKey(document["kind"], metadata.get("namespace", ""), metadata["name"])


def _names(value: Document, key: model.ObjectKey, namespace: str = "") -> bool:
    """Whether any reference in `value` may mean the object; its kind may be a default."""
    home = namespace or value.get("metadata", {}).get("namespace", "")
    inside = value.get("spec", value)
    return any(
        each.get("name") == key.name
        and key.namespace in ("", each.get("namespace") or home)
        and each.get("kind", key.kind) == key.kind
        for each in references(inside)
    )
