"""From rendered dicts to resources: encoded once, versioned by content, spliced where large.

Knows type URLs and which resource refers to which; does not know what any field means. A route is
encoded when it changes and never again: its virtual host, and what that is part of, are heads plus
the bytes that are already there.
"""

import sys
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec

from portway.core import delta, model, render, translate
from portway.core.delta import splice
from portway.core.filters.request_redirect import Seen
from portway.core.schema import Schema

PREFIX = "type.googleapis.com/"
LISTENER = "envoy.config.listener.v3.Listener"
ROUTES = "envoy.config.route.v3.RouteConfiguration"
SCOPE = "envoy.config.route.v3.ScopedRouteConfiguration"
ROUTE = "envoy.config.route.v3.Route"
HOST = "envoy.config.route.v3.VirtualHost"
CHAIN = "envoy.config.listener.v3.FilterChain"
CLUSTER = "envoy.config.cluster.v3.Cluster"
ENDPOINTS = "envoy.config.endpoint.v3.ClusterLoadAssignment"
SECRET = "envoy.extensions.transport_sockets.tls.v3.Secret"

# Each exists once, however many resources carry it.
_URL = {
    name: sys.intern(PREFIX + name)
    for name in (LISTENER, ROUTES, SCOPE, CLUSTER, ENDPOINTS, SECRET)
}

# Fields that are put together from encoded parts: the name of everything; RouteConfiguration's
# virtual_hosts; VirtualHost's domains and routes; ScopedRouteConfiguration's route_configuration;
# Listener's filter_chains.
_NAME, _VIRTUAL_HOSTS, _DOMAINS, _ROUTES, _CONFIGURATION, _CHAINS = 1, 2, 2, 3, 5, 3

# Filters that send something to backends of their own.
_ASKING = model.Mirror | model.ExternalAuth

_MARK = 10
"""Characters of the mark of a listener in the version of its port."""

Names = tuple[tuple[str, str], ...]
Entry = tuple[translate.Rank, model.HostRoute, tuple[bytes, ...]]


class Refused(Exception):
    """A rendered value breaks a rule of Envoy's own schema; found before Envoy sees it."""


class LeftOut(msgspec.Struct, frozen=True, gc=False):
    """Why a route is not in its host: Envoy's own rule, or a fault of ours."""

    message: str
    fault: bool


class Piece(msgspec.Struct, frozen=True, gc=False):
    """What one route brings to one virtual host, encoded.

    `bodies` are its Envoy routes, for each of `translate.ranked(brought)`; `left_out` says why
    there are none. `on` are the filters that they turn on.
    """

    brought: model.Contribution
    bodies: tuple[tuple[bytes, ...], ...]
    needs: Names
    left_out: LeftOut | None = None
    on: frozenset[str] = frozenset()


class HostBytes(msgspec.Struct, frozen=True, gc=False):
    """One virtual host, encoded, and what its routes need.

    `body` is for the table it belongs to; empty when it has a scope of its own, which holds it.
    `left_out` lists routes that could not be rendered, each with why.
    """

    host: model.VirtualHost
    body: bytes
    needs: Names
    scope: delta.Resource | None = None
    left_out: tuple[tuple[model.ObjectKey, LeftOut], ...] = ()


class Chain(msgspec.Struct, frozen=True, gc=False):
    """The filter chain of one server name, encoded."""

    body: bytes
    needs: Names


class Emitter:
    def __init__(self, schema: Schema, defaults: render.Defaults) -> None:
        self._schema = schema
        self.defaults = defaults
        self._known = schema.encode(HOST, render.known_host())
        # The same for all hosts, or for all wildcards: encoded once.
        self._refused = {
            exact: [schema.encode(ROUTE, each) for each in render.refusals("" if exact else "*")]
            for exact in (True, False)
        }
        self._alike: dict[tuple[str, bool, bool, model.RetryBudget | None], bytes] = {}
        self._scope_head = schema.encode(ROUTES, render.scope_configuration())
        self._reading = lru_cache(maxsize=1024)(self._encoded_reading)

    def encode(self, type_name: str, value: dict[str, Any]) -> bytes:
        """Encode and hold the value against Envoy's field rules.

        Raises Refused with the field path and the rule, SchemaError for a value of the wrong
        shape; both are bugs of ours or values that no validation foresaw.
        """
        body = self._schema.encode(type_name, value)
        broken = self._schema.violations(type_name, body)
        if broken:
            first = broken[0]
            raise Refused(f"{type_name.rsplit('.', 1)[1]}.{first.path}: {first.message}")
        return body

    def resource(
        self, type_name: str, name: str, value: dict[str, Any], needs: Names = ()
    ) -> delta.Resource:
        return _resource(type_name, name, self.encode(type_name, value), needs)

    def listener(
        self,
        port: model.Port,
        scoped: frozenset[model.TableKey] = frozenset(),
        chains: Iterable[Chain] = (),
    ) -> delta.Resource:
        """`scoped` tables are looked up in scopes; `chains` are those of TLS listeners."""
        needs = [
            scope_key(table) if table in scoped else (_URL[ROUTES], render.names.table(table))
            for table in tables(port)
        ]
        for listener in port.listeners:
            if listener.serving and listener.protocol == "HTTPS":
                needs += _secrets(listener)
        if port.protocol in ("TCP", "UDP"):
            needs.append(l4_key(model.L4Key(port.key.gateway, port.key.port, port.protocol)))
        head = self.encode(LISTENER, render.listener(port, self._of(port), scoped))
        there = tuple(chains)
        needs += chain.from_iterable(each.needs for each in there)
        body = splice.join(head, _CHAINS, [each.body for each in there])
        version = splice.version(body)
        if port.protocol in ("HTTPS", "TLS"):
            # Server names of routes, and listeners, come and go; see `not_taken`.
            marks = "".join(_mark(port, each, scoped) for each in port.listeners)
            version = f"{marks}.{version}"
        name = render.names.listener(port.key)
        owner = render.names.owner(port.key.gateway)
        found = tuple(dict.fromkeys(needs))
        return delta.Resource(_URL[LISTENER], name, version, body, found, owner)

    def _of(self, port: model.Port) -> render.Defaults:
        """What is set for all listeners, and what a Gateway says of its own."""
        if port.log is None:
            return self.defaults
        return msgspec.structs.replace(self.defaults, access_log=port.log)

    def chain(
        self, key: model.L4Key, port: model.Port, listener: model.Listener, pooled: bool
    ) -> Chain:
        """The filter chain of a server name on a TLS listener; `pooled`: it has a pool."""
        body = self.encode(CHAIN, render.tls_chain(key, listener, pooled, self._of(port)))
        needs = [l4_key(key), *_secrets(listener)] if pooled and listener.serving else []
        return Chain(body, tuple(needs))

    def piece(self, host: model.HostKey, brought: model.Contribution) -> Piece:
        """Encode what a route brings to a host. What cannot be rendered is left out, alone."""
        seen = Seen(host.domain, host.table.port, translate.scheme(host.table))
        try:
            routes = [each for _, each in translate.ranked(brought)]
            made = [render.routes(each, seen) for each in routes]
            bodies = tuple(tuple(self.encode(ROUTE, each) for each in found) for found in made)
        except Exception as error:
            return Piece(brought, (), (), LeftOut(str(error), not isinstance(error, Refused)))
        needs = tuple(_cluster_name(key) for key in _clusters(routes))
        return Piece(brought, bodies, needs, None, render.turned_on(chain.from_iterable(made)))

    def host(
        self,
        key: model.HostKey,
        gateway: model.Gateway,
        pieces: Iterable[Piece],
        scoped: bool = False,
    ) -> HostBytes:
        """Put the pieces of a virtual host together, as a scope of its own if it is `scoped`."""
        entries: list[Entry] = []
        left_out: dict[model.ObjectKey, LeftOut] = {}
        pieces = self._with_list(key, pieces)
        for piece in pieces:
            if piece.left_out is not None:
                left_out[piece.brought.route] = piece.left_out
                continue
            ranked = translate.ranked(piece.brought)
            entries += [(*each, body) for each, body in zip(ranked, piece.bodies, strict=True)]
        entries.sort(key=lambda entry: entry[0])
        host = translate.virtual_host(key, gateway, (route for _, route, _ in entries))
        on = frozenset(chain.from_iterable(piece.on for piece in pieces))
        body = self._host_body(host, self._ready(entries, on), on)
        asked = tuple(_cluster_name(each.backend) for each in host.filters or ())
        needs = (*asked, *(_needs(pieces) if host.routes else ()))
        told = tuple(left_out.items())
        if not scoped:
            return HostBytes(host, body, needs, None, told)
        return HostBytes(host, b"", needs, self._scope(key, [body], needs), told)

    def _with_list(self, host: model.HostKey, pieces: Iterable[Piece]) -> list[Piece]:
        """The pieces of a host, with the list of its models where one of them asks for it."""
        every = list(pieces)
        found = translate.listing(each.brought for each in every if each.left_out is None)
        return every if found is None else [*every, self.piece(host, found)]

    def _ready(self, entries: list[Entry], on: frozenset[str]) -> list[tuple[bytes, ...]]:
        """The routes of a host, with those before them on which bodies are read. `on`: the filters
        that its routes turn on."""
        readings = render.readings(route.match for _, route, _ in entries)
        return [
            bodies if rest is None else (self._reading(rest, on), *bodies)
            for rest, (_, _, bodies) in zip(readings, entries, strict=True)
        ]

    def _encoded_reading(self, rest: model.Match, on: frozenset[str]) -> bytes:
        return self.encode(ROUTE, render.reading(rest, on))

    def _host_body(
        self, host: model.VirtualHost, ready: list[tuple[bytes, ...]], on: frozenset[str]
    ) -> bytes:
        """What `render.virtual_host` says, put together. A list of routes, which most hosts are, is
        its routes one after the other."""
        refused = self._refused[translate.exact(host.domain)]
        tree_from = self.defaults.tree_from
        whole = host.misdirected or host.filters != ()
        if whole or render.is_tree(host, tree_from):
            value = render.virtual_host(
                host, tree_from, ready if host.routes else None, refused, on
            )
            return self._schema.encode(HOST, value)
        domain = host.domain.encode()
        head = splice.field(_NAME, domain) + splice.field(_DOMAINS, domain)
        bodies = [body for each in ready for body in each]
        return splice.join(head, _ROUTES, [*refused, *bodies] if bodies else [])

    def routes(self, table: model.TableKey, hosts: tuple[HostBytes, ...]) -> delta.Resource:
        """Everything per host was done when the host changed: what is left is one copy."""
        head = self._schema.encode(ROUTES, render.route_configuration(table))
        body = splice.join(head, _VIRTUAL_HOSTS, [host.body for host in hosts])
        return _resource(ROUTES, render.names.table(table), body, _needs(hosts))

    def rest(self, table: model.TableKey, hosts: tuple[HostBytes, ...]) -> delta.Resource:
        """The scope of the hosts of a scoped table that have none of their own."""
        bodies, needs = [host.body for host in hosts], _needs(hosts)
        return self._scope(rest_of(table), bodies, needs)

    def _scope(self, host: model.HostKey, bodies: Iterable[bytes], needs: Names) -> delta.Resource:
        head = self._schema.encode(SCOPE, render.scope(host))
        name = splice.field(_NAME, render.names.scope_key(host).encode())
        # Fields of a message that are encoded one after the other add up.
        known = [body + self._known for body in bodies]
        routes = splice.join(name + self._scope_head, _VIRTUAL_HOSTS, known)
        body = splice.join(head, _CONFIGURATION, [routes])
        owner = render.names.owner(host.table.gateway)
        return _resource(SCOPE, render.names.scope(host), body, needs, owner)

    def cluster(self, cluster: model.Cluster) -> delta.Resource:
        name = render.names.cluster(cluster.key)
        needs = _secrets_of(cluster.tls)
        if cluster.discovery is not model.Discovery.LISTED:
            return self.resource(CLUSTER, name, render.cluster(cluster), needs)
        needs = ((_URL[ENDPOINTS], name), *needs)
        if cluster.tls is not None or cluster.hashed:
            return self.resource(CLUSTER, name, render.cluster(cluster), needs)
        # Thousands of them differ in nothing but their names.
        body = splice.field(_NAME, name.encode()) + self._listed(cluster)
        return _resource(CLUSTER, name, body, needs)

    def _listed(self, cluster: model.Cluster) -> bytes:
        """What comes after the name of a cluster in plain text whose endpoints are listed."""
        kind = (
            cluster.key.protocol,
            cluster.pooled,
            cluster.picked,
            cluster.budget,
        )
        found = self._alike.get(kind)
        if found is None:
            value = render.cluster(cluster)
            self.encode(CLUSTER, value)  # against the rules, with its name
            value.pop("name")
            found = self._alike[kind] = self._schema.encode(CLUSTER, value)
        return found

    def l4_cluster(self, pool: model.L4Pool) -> delta.Resource:
        name = render.names.l4(pool.key)
        listed = pool.discovery is model.Discovery.LISTED
        needs = ((_URL[ENDPOINTS], name),) if listed else ()
        needs = (*needs, *_secrets_of(pool.tls))
        return self.resource(CLUSTER, name, render.l4_cluster(pool), needs)

    def l4_endpoints(self, pool: model.L4Pool) -> delta.Resource:
        return self.resource(ENDPOINTS, render.names.l4(pool.key), render.l4_endpoints(pool))

    def endpoints(self, endpoints: model.Endpoints) -> delta.Resource:
        name = render.names.cluster(endpoints.key)
        return self.resource(ENDPOINTS, name, render.endpoints(endpoints))

    def secret(self, certificate: model.Certificate) -> delta.Resource:
        name = render.names.secret(certificate.key)
        return self.resource(SECRET, name, render.secret(certificate))

    def trust(self, trust: model.Trust) -> delta.Resource:
        return self.resource(SECRET, render.names.trust(trust.key), render.trust(trust))


def secret_key(certificate: model.ObjectKey) -> tuple[str, str]:
    """The delta key of the resource that a certificate becomes."""
    return (_URL[SECRET], render.names.secret(certificate))


def _secrets_of(tls: model.BackendTLS | None) -> Names:
    if tls is None:
        return ()
    trust = trust_key(tls.trust)
    return (trust,) if tls.client is None else (trust, secret_key(tls.client))


def trust_key(trust: model.TrustKey) -> tuple[str, str]:
    """The delta key of the resource that a set of authorities becomes."""
    return (_URL[SECRET], render.names.trust(trust))


def l4_key(place: model.L4Key) -> tuple[str, str]:
    """The delta key of the cluster that the pool of a place becomes."""
    return (_URL[CLUSTER], render.names.l4(place))


def not_taken(port: model.Port, version: str, seen: str) -> frozenset[model.ListenerKey]:
    """The listeners of a port that are not the same in two versions of its resource: the one that
    it has, and the one that was `seen`.

    The version of a port with TLS begins with a mark for each of its listeners. A route that comes
    and goes there says as little about a listener being programmed as one of HTTP does, and so does
    a listener that somebody else adds.
    """
    if version == seen:
        return frozenset()
    marks, dot, _ = version.partition(".")
    there = frozenset(_marks(seen.partition(".")[0])) if dot else frozenset()
    own = _marks(marks) if dot else [""] * len(port.listeners)
    named = zip(port.listeners, own, strict=True)
    return frozenset(each.key for each, mark in named if mark not in there)


def needs_of(listener: model.Listener) -> Names:
    """What a port may need for one of its listeners, in whatever shape its table is."""
    table = translate.table(listener)
    return ((_URL[ROUTES], render.names.table(table)), scope_key(table), *_secrets(listener))


def _mark(port: model.Port, listener: model.Listener, scoped: frozenset[model.TableKey]) -> str:
    shape = translate.table(listener) in scoped
    told = msgspec.json.encode((port.addresses, port.bound_port, listener, shape))
    return splice.version(told)[:_MARK]


def _marks(text: str) -> list[str]:
    return [text[at : at + _MARK] for at in range(0, len(text), _MARK)]


def scope_key(table: model.TableKey) -> tuple[str, str]:
    """The delta key of the scope of the rest, which every scoped table has."""
    return (_URL[SCOPE], render.names.scope(rest_of(table)))


def rest_of(table: model.TableKey) -> model.HostKey:
    """The host that the scope of the rest is called after."""
    return model.HostKey(table, render.names.REST)


def tables(port: model.Port) -> tuple[model.TableKey, ...]:
    """The tables a port asks for: one for HTTP, one for each serving HTTPS listener."""
    gateway, number, _ = port.key
    if port.protocol == "HTTP":
        return (model.TableKey(gateway, number, ""),)
    return tuple(
        model.TableKey(gateway, number, each.label)
        for each in port.listeners
        if each.serving and each.protocol == "HTTPS"
    )


def _secrets(listener: model.Listener) -> Names:
    shown = tuple(secret_key(each) for each in listener.certificates)
    asked = listener.validation
    return shown if asked is None else (*shown, trust_key(asked.trust))


def _resource(
    type_name: str, name: str, body: bytes, needs: Names, owner: str = ""
) -> delta.Resource:
    return delta.Resource(_URL[type_name], name, splice.version(body), body, needs, owner)


def _needs(parts: Iterable[HostBytes | Piece]) -> Names:
    return tuple(dict.fromkeys(chain.from_iterable([part.needs for part in parts])))


def _cluster_name(key: model.ClusterKey) -> tuple[str, str]:
    return (_URL[CLUSTER], render.names.cluster(key))


def _clusters(routes: Iterable[model.HostRoute]) -> tuple[model.ClusterKey, ...]:
    found: set[model.ClusterKey] = set()
    for route in routes:
        rule = route.rule
        for each in rule.filters:
            if isinstance(each, _ASKING):
                found.add(each.backend)
        if rule.redirect is None and not rule.broken:
            pool = rule.session.pool if rule.session else None
            if pool is not None:
                found.add(pool)
            for share in rule.action.shares:
                if share.backend is not None and share.weight and pool is None:
                    found.add(share.backend)
                    if share.picker is not None:
                        found.add(share.picker.cluster)
                others = (f for f in share.filters if isinstance(f, _ASKING))
                found.update(each.backend for each in others)
    return tuple(sorted(found))
