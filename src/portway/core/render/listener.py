"""One bound port of a Gateway as one Envoy listener.

Knows filter chains, SNI and TLS. Everything that changes often is only named here and comes
apart: routes (RDS), certificates (SDS), endpoints (EDS). So no change of those ever drains a
listener or a filter chain. The chains of TLS listeners come apart too, made by `l4_chain`.
"""

from typing import Any, TypeAlias

from portway.core import filters, model
from portway.core.render import names
from portway.core.render.access_log import access_logs
from portway.core.render.downstream_tls import client_details, downstream_tls
from portway.core.render.hardening import Defaults, connection_manager, seconds
from portway.core.render.l4_chain import close, keepalive, tcp_proxy, udp_proxy
from portway.core.render.scope import key_mutation, scoped_filters, scoped_routes
from portway.core.render.source import ads
from portway.core.render.usage_stats import usage_stats
from portway.core.render.websocket import upgraded

Json: TypeAlias = dict[str, Any]

_TYPE = "type.googleapis.com/"
_HCM = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_TLS_INSPECTOR = "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"
HTTPS = "HTTPS"


def listener(
    port: model.Port, defaults: Defaults, scoped: frozenset[model.TableKey] = frozenset()
) -> Json:
    """An envoy.config.listener.v3.Listener. `scoped` tables are looked up in scopes, the others
    as a whole. Listeners of protocol TLS have no chain here: whoever puts the port together adds
    theirs.

    Raises:
        ValueError: the port has no address to bind.
    """
    if not port.addresses:
        raise ValueError(f"{port.key.gateway} port {port.key.port} has no address to bind")
    transport = port.key.transport
    first, *others = (_address(each, port.bound_port, transport) for each in port.addresses)
    found: Json = {
        "name": names.listener(port.key),
        "address": first,
        "per_connection_buffer_limit_bytes": defaults.connection_buffer,
        # Every worker accepts for itself; without it one queue feeds all of them unevenly.
        "enable_reuse_port": True,
    }
    if others:
        found["additional_addresses"] = [{"address": each} for each in others]
    return {**found, **_contents(port, defaults, scoped)}


def _contents(port: model.Port, defaults: Defaults, scoped: frozenset[model.TableKey]) -> Json:
    """What happens to connections, by protocol of the port."""
    gateway, number, _ = port.key
    place = model.L4Key(gateway, number, port.protocol)
    match port.protocol:
        case "UDP":
            filters_ = [udp_proxy(place, defaults)]
            return {"udp_listener_config": {}, "listener_filters": filters_}
        case "TCP":
            chain = {"filters": [tcp_proxy(place, defaults)]}
            return {"filter_chains": [chain], "tcp_keepalive": keepalive()}
        case "HTTPS" | "TLS":
            https = (each for each in port.listeners if each.protocol == HTTPS)
            return {
                "listener_filters": [_tls_inspector()],
                # A client that connects and never says hello is not waited for.
                "listener_filters_timeout": seconds(defaults.handshake),
                "filter_chains": [_tls_chain(port, each, defaults, scoped) for each in https],
                # On every port with TLS, so that a first TLS listener changes chains only.
                "tcp_keepalive": keepalive(),
            }
        case _:
            table = model.TableKey(gateway, number, "")
            before = model.places(port.listeners)
            manager = _manager(table, defaults, table in scoped, before)
            return {"filter_chains": [{"filters": [manager]}]}


def _address(address: str, port: int, transport: str) -> Json:
    found: Json = {"address": address, "port_value": port}
    if transport == "UDP":
        found["protocol"] = "UDP"
    if address == "::":
        # Every address is meant, not every one of IPv6.
        found["ipv4_compat"] = True
    return {"socket_address": found}


def _tls_inspector() -> Json:
    return {
        "name": "envoy.filters.listener.tls_inspector",
        "typed_config": {"@type": f"{_TYPE}{_TLS_INSPECTOR}"},
    }


def _tls_chain(
    port: model.Port,
    value: model.Listener,
    defaults: Defaults,
    scoped: frozenset[model.TableKey],
) -> Json:
    """The chain of one HTTPS listener.

    Envoy takes the most specific server name, and closes a connection whose SNI (or lack of one)
    no chain names; a listener without a hostname takes what is left. A listener that cannot be
    served still owns its names: its chain closes the connection, so that no less specific
    listener answers in its place.
    """
    found: Json = {"name": value.label}
    if value.hostname:
        found["filter_chain_match"] = {"server_names": [value.hostname]}
    if not value.serving:
        return {**found, "filters": [close()]}
    table = model.TableKey(port.key.gateway, port.key.port, value.label)
    return {
        **found,
        "filters": [
            _manager(table, defaults, table in scoped, model.places([value]), value.validation)
        ],
        "transport_socket": downstream_tls(value),
        "transport_socket_connect_timeout": seconds(defaults.handshake),
    }


def _manager(
    table: model.TableKey,
    defaults: Defaults,
    scoped: bool,
    before: int,
    validation: model.ClientValidation | None = None,
) -> Json:
    """The HTTP connection manager of one table of virtual hosts."""
    name = names.table(table)
    chain = filters.http_filters(before)
    after_upgrade = upgraded(chain)
    if scoped:
        chain, after_upgrade = (scoped_filters(table, each) for each in (chain, after_upgrade))
        shape = {
            **scoped_routes(table),
            **connection_manager(defaults, key_mutation(table)),
        }
    else:
        shape = {
            "rds": {"route_config_name": name, "config_source": ads()},
            **connection_manager(defaults),
        }
    config: Json = {
        "@type": f"{_TYPE}{_HCM}",
        # Of the port, not of the listener: a hundred counters for each of thousands of server names
        # would be 18 kB each, more than a third of what such a chain takes, and as many series.
        "stat_prefix": names.table(table._replace(listener="")),
        # HTTP/1.1, HTTP/2 by ALPN and HTTP/2 with prior knowledge (h2c), told apart by the bytes.
        "codec_type": "AUTO",
        "http_filters": chain,
        "upgrade_configs": [{"upgrade_type": "websocket", "filters": after_upgrade}],
        "access_log": [usage_stats()],
        **client_details(validation),
        **shape,
    }
    config["access_log"] += access_logs(defaults.access_log)
    return {"name": "envoy.filters.network.http_connection_manager", "typed_config": config}
