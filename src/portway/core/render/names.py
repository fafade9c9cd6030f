"""The names of Envoy resources: a documented, stable contract.

Dashboards, access logs and other tools may rely on them. Names of objects hold neither "/" nor
upper case, so no two keys share a name. Knows keys and nothing else.

    listener   <namespace>/<gateway>/<port>
    table      <namespace>/<gateway>/<port>              plain HTTP
               <namespace>/<gateway>/<port>/<listener>   HTTPS
    scope      <table>/<host>, <table>/* for the hosts that have none of their own
    route      <kind>/<namespace>/<name>/<index of the rule>
    cluster    <kind>/<namespace>/<name>/<port>/<protocol>[/<policy>]
    secret     <kind>/<namespace>/<name>
"""

from portway.core.model import ClusterKey, HostKey, ObjectKey, PortKey, TableKey

# Has a dot before its slash and no namespace, so no backend can ever be called like it.
NO_BACKEND = "portway.dev/no-backend"


def listener(key: PortKey) -> str:
    """`shop/web/80`."""
    return f"{key.gateway.namespace}/{key.gateway.name}/{key.port}"


def table(key: TableKey) -> str:
    """`shop/web/80`, or `shop/web/443/tls` for an HTTPS listener."""
    whole = f"{key.gateway.namespace}/{key.gateway.name}/{key.port}"
    return f"{whole}/{key.listener}" if key.listener else whole


def scope(key: HostKey) -> str:
    """`shop/web/80/shop.example.com`."""
    return f"{table(key.table)}/{key.domain}"


def host_of_scope(name: str) -> HostKey | None:
    """The host a scope is called after; None for a name that is none of ours."""
    namespace, *rest = name.split("/")
    if len(rest) not in (3, 4) or not rest[1].isdigit():
        return None
    gateway = ObjectKey("Gateway", namespace, rest[0])
    listener = rest[2] if len(rest) == 4 else ""
    return HostKey(TableKey(gateway, int(rest[1]), listener), rest[-1])


def route(key: ObjectKey, rule: int) -> str:
    """`httproute/shop/cart/0`: the object and rule that an Envoy route comes from."""
    return f"{key.kind.lower()}/{key.namespace}/{key.name}/{rule}"


def cluster(key: ClusterKey) -> str:
    """`service/shop/cart/8080/http`."""
    parts = [key.kind.lower(), key.namespace, key.name, str(key.port), key.protocol]
    return "/".join([*parts, key.policy] if key.policy else parts)


def secret(key: ObjectKey) -> str:
    """`secret/shop/tls`."""
    return f"{key.kind.lower()}/{key.namespace}/{key.name}"
