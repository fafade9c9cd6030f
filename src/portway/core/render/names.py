"""The names of Envoy resources: a documented, stable contract.

Dashboards, access logs and other tools may rely on them. Names of objects hold neither "/" nor
upper case, so no two keys share a name. Knows keys and nothing else.

    listener   <namespace>/<gateway>/<port>[/udp]
    table      <namespace>/<gateway>/<port>              plain HTTP
               <namespace>/<gateway>/<port>/<listener>   HTTPS; a listener of a ListenerSet is
               <namespace>/<set>/<listener>, here and in the names of filter chains
    scope      22 characters that stand for its key, which is <table>/<host>, and <table>/* for the
               hosts that have none of their own; its RouteConfiguration has the key as its name
    route      <kind>/<namespace>/<name>/<index of the rule>
    cluster    <kind>/<namespace>/<name>/<port>/<protocol>, the port 0 where each endpoint has its
               own (Backend, InferencePool)
               …/<policy>                       over TLS, as that BackendTLSPolicy (of the same
                                                namespace) demands
               …/<policy>/<namespace>/<secret>  and shows the certificate of that Secret
               <kind of route>/<namespace>/<name>/<index of the rule>/<protocol>: the pool of all
               backends of a rule, where they share sessions
               tcp/<namespace>/<gateway>/<port>, udp/..., tls/<namespace>/<gateway>/<port>/<SNI>:
               the pool of all backends that connections arriving there have
    secret     secret/<namespace>/<name>        a certificate with its key
               configmap/<namespace>/<name>     CA certificates; of several ConfigMaps, their names
                                                with + between them
               clustertrustbundle/<name>        likewise
               system                           the CA certificates of the machine
"""

import sys
from base64 import urlsafe_b64encode

from xxhash import xxh3_128_digest

from portway.core.model import (
    ClusterKey,
    HostKey,
    L4Key,
    ObjectKey,
    PortKey,
    TableKey,
    TrustKey,
)

# Has a dot before its slash and no namespace, so no backend can ever be called like it.
NO_BACKEND = "portway.dev/no-backend"

# The same: requests whose route depends on their body (access logs have it where that fails).
READING = "portway.dev/model-name"

# Has no slash, so no object can ever be called like it.
SYSTEM = "system"

# The domain, and the first character of the scope, of the hosts that have no scope of their own.
REST = "*"


def owner(gateway: ObjectKey) -> str:
    """`shop/web`: whose listeners and scopes they are, and whom a proxy of it stands for."""
    return sys.intern(f"{gateway.namespace}/{gateway.name}")


def listener(key: PortKey) -> str:
    """`shop/web/80`, or `shop/web/53/udp`."""
    whole = f"{key.gateway.namespace}/{key.gateway.name}/{key.port}"
    return f"{whole}/udp" if key.transport == "UDP" else whole


def table(key: TableKey) -> str:
    """`shop/web/80`, or `shop/web/443/tls` for an HTTPS listener."""
    whole = f"{key.gateway.namespace}/{key.gateway.name}/{key.port}"
    return f"{whole}/{key.listener}" if key.listener else whole


def scope_key(host: HostKey) -> str:
    """`shop/web/80/shop.example.com`."""
    return f"{table(host.table)}/{host.domain}"


def scope(host: HostKey) -> str:
    """`yUzgBo2RoAtVjIgpNDMLxw`; that of the rest of a table begins with `*`. Envoy copies the names
    of all scopes for every change of one, and a name of up to 22 bytes needs no memory of its own:
    with 10,000 scopes a change takes it 0.7 instead of 1.8 ms."""
    digest = urlsafe_b64encode(xxh3_128_digest(scope_key(host).encode())).decode()
    return f"{REST}{digest[:21]}" if host.domain == REST else digest[:22]


def route(key: ObjectKey, rule: int) -> str:
    """`httproute/shop/cart/0`: the object and rule that an Envoy route comes from."""
    return f"{key.kind.lower()}/{key.namespace}/{key.name}/{rule}"


def cluster(key: ClusterKey) -> str:
    """`service/shop/cart/8080/http`, over TLS `service/shop/cart/8443/http/cart-tls`."""
    parts = [key.kind.lower(), key.namespace, key.name, str(key.port), key.protocol]
    # It stands in its cluster, its endpoints and every route that leads there.
    return sys.intern("/".join([*parts, key.policy] if key.policy else parts))


def l4(key: L4Key) -> str:
    """`tcp/shop/web/5432`, `udp/shop/web/53` or `tls/shop/web/443/db.example.com`."""
    parts = [key.protocol.lower(), key.gateway.namespace, key.gateway.name, str(key.port)]
    return sys.intern("/".join([*parts, key.domain] if key.domain else parts))


def secret(key: ObjectKey) -> str:
    """`secret/shop/tls`; of what is in no namespace `clustertrustbundle/example.com:ca:v1`."""
    return "/".join(filter(None, (key.kind.lower(), key.namespace, key.name)))


def trust(key: TrustKey) -> str:
    """`configmap/shop/ca`, `configmap/shop/ca+configmap/shop/old-ca`, `system`."""
    return "+".join(secret(each) for each in key.authorities) or SYSTEM
