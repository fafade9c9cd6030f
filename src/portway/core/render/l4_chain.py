"""What becomes of connections and datagrams that one route takes as a whole: proxied, or closed.

Knows tcp_proxy and udp_proxy. Each names the pool of its place and nothing else, so that no route,
weight, backend or endpoint changes a port (decision 0013). Must not know who is in the pool.
"""

from typing import Any, TypeAlias

from portway.core import model
from portway.core.render import names
from portway.core.render.access_log import l4_access_log
from portway.core.render.downstream_tls import downstream_tls
from portway.core.render.hardening import Defaults, seconds

Json: TypeAlias = dict[str, Any]

_TYPE = "type.googleapis.com/"
_TCP_PROXY = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
_UDP_PROXY = "envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig"
_UDP_ROUTE = "envoy.extensions.filters.udp.udp_proxy.v3.Route"


def tls_chain(key: model.L4Key, listener: model.Listener, pooled: bool, defaults: Defaults) -> Json:
    """The filter chain of one server name of a TLS listener.

    Envoy takes the most specific server name. One whose listener cannot be served, or that no route
    has, is closed here, so that no less specific chain takes it.
    """
    found: Json = {"name": f"{listener.label}/{key.domain}"}
    if key.domain != "*":
        found["filter_chain_match"] = {"server_names": [key.domain]}
    if not (listener.serving and pooled):
        return {**found, "filters": [close()]}
    found["filters"] = [tcp_proxy(key, defaults)]
    if not listener.passthrough:
        # No application protocol is agreed on: we do not know what the backend speaks, and a client
        # that were told "h2" would speak it.
        found["transport_socket"] = downstream_tls(listener, alpn=())
        found["transport_socket_connect_timeout"] = seconds(defaults.handshake)
    return found


def tcp_proxy(key: model.L4Key, defaults: Defaults) -> Json:
    """The network filter that hands a place's connections to its pool.

    A connection is never cut for being silent: a session of a database may wait for a day. Peers
    that are gone are found by TCP itself (`keepalive` here, and that of clusters).
    """
    name = names.l4(key)
    config: Json = {
        "@type": f"{_TYPE}{_TCP_PROXY}",
        "stat_prefix": name,
        "cluster": name,
        "idle_timeout": "0s",
    }
    if loggers := l4_access_log(defaults.access_log, name):
        config["access_log"] = loggers
    return {"name": "envoy.filters.network.tcp_proxy", "typed_config": config}


def close() -> Json:
    """Proxies to a cluster that never exists, for which Envoy closes the connection at once."""
    return {
        "name": "envoy.filters.network.tcp_proxy",
        "typed_config": {
            "@type": f"{_TYPE}{_TCP_PROXY}",
            "stat_prefix": "refused",
            "cluster": names.NO_BACKEND,
        },
    }


def udp_proxy(key: model.L4Key, defaults: Defaults) -> Json:
    """The listener filter that hands a place's datagrams to its pool.

    A client's datagrams go to one endpoint until it has been silent for a while.
    """
    name = names.l4(key)
    route = {"@type": f"{_TYPE}{_UDP_ROUTE}", "cluster": name}
    config: Json = {
        "@type": f"{_TYPE}{_UDP_PROXY}",
        "stat_prefix": name,
        "matcher": {"on_no_match": {"action": {"name": "route", "typed_config": route}}},
        "idle_timeout": seconds(defaults.udp_idle),
    }
    if loggers := l4_access_log(defaults.access_log, name):
        config["access_log"] = loggers
    return {"name": "envoy.filters.udp_listener.udp_proxy", "typed_config": config}


def keepalive() -> Json:
    """Finds clients that vanished without a word within 90 s, as is done for backends."""
    return {"keepalive_time": 60, "keepalive_interval": 10, "keepalive_probes": 3}
