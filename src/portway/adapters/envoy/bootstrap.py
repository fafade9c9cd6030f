"""The static configuration an Envoy starts with. A pure function.

Knows Envoy's Bootstrap message: where the admin and the configuration sockets are, and everything
about the process as a whole that no listener can say for itself (memory limits, runtime guards,
which statistics exist). Must not know any route, host or backend: those come by delta xDS.

The admin interface listens on a unix socket of mode 0600 and on nothing else: it can stop the
proxy and dump its configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

XDS_CLUSTER = "portway-xds"
SOCKET_PATH_BYTES = 107
_TYPE = "type.googleapis.com/"
_HEAP = "envoy.resource_monitors.fixed_heap"
_CONNECTIONS = "envoy.resource_monitors.global_downstream_max_connections"
_OWNER_ONLY = 0o600
_RELEASED_BYTES = 8 * 1024 * 1024

# What is counted: everything that exists once per process, listener or HTTP manager, and of the
# clusters only our own. A gateway has thousands of backends, and two gauges for each are already
# ten thousand series that whoever scrapes has to take. Requests, connections and failures of each
# endpoint are there all the same: Envoy counts them for balancing and tells them at /clusters.
_STAT_PREFIXES = (
    *("server.", "listener_manager.", "cluster_manager.", "control_plane.", "runtime."),
    *("overload.", "envoy.overload_actions.", "envoy.load_shed_points.", "main_thread."),
    *("workers.", "listener.", "http.", "http1.", "http2.", "http3.", "tcp.", "udp."),
    *("tls_inspector.", "http_inspector.", "proxy_proto.", "filesystem.", "dns."),
    f"cluster.{XDS_CLUSTER}.",
    # Of pools that are balanced by prompts, which needs one of them (core.render.pooled).
    "cluster.pool.",
    # Tokens of models (core.render.usage_stats), which keeps them within a bound.
    "gen_ai.",
)


# How soon to ask again for a control plane that is away. A new one would wait longer by Envoy's own
# 0.5 to 30 s than it takes to start.
_RETRY = {"retry_policy": {"retry_back_off": {"base_interval": "0.1s", "max_interval": "0.5s"}}}

# A control plane whose machine is gone is noticed within 15 s, and another replica found.
_KEEP_ALIVE = {"interval": "10s", "timeout": "5s"}


class BootstrapError(ValueError):
    """A setting Envoy could not use. The message names it and the cure."""


@dataclass(frozen=True, slots=True)
class BootstrapSettings:
    """What differs between two proxies.

    Attributes:
        node_id: the proxy's own name in xDS requests.
        node_cluster: the group of proxies it belongs to.
        admin_socket: path of the admin unix socket, at most 107 bytes.
        xds: the unix socket of the configuration server, of a path of at most 107 bytes.
        far: whether who answers there may be on another machine, which can be gone without a word.
        heap_bytes: the heap size at which the proxy counts as full; it begins to shed load at
            90 % of it.
        max_downstream_connections: over all listeners together.
        regex_program_size: the largest compiled RE2 program a route may ask for, in instructions.
    """

    node_id: str
    node_cluster: str
    admin_socket: Path
    xds: Path
    heap_bytes: int
    far: bool = False
    max_downstream_connections: int = 50_000
    regex_program_size: int = 4096


def bootstrap(settings: BootstrapSettings) -> dict[str, Any]:
    """The Bootstrap message in JSON form.

    Raises:
        BootstrapError: a socket path is too long, or a size is not positive.
    """
    _check(settings)
    return {
        "node": {"id": settings.node_id, "cluster": settings.node_cluster},
        "admin": {
            "address": {"pipe": {"path": str(settings.admin_socket), "mode": _OWNER_ONLY}},
            # A proxy that is full of connections can still be asked why, and drained.
            "ignore_global_conn_limit": True,
        },
        "dynamic_resources": _dynamic_resources(),
        "static_resources": {"clusters": [_xds_cluster(settings)]},
        "layered_runtime": _runtime(settings),
        "overload_manager": _overload(settings),
        "deferred_stat_options": {"enable_deferred_creation_stats": True},
        "stats_config": _stats(),
        # Nothing consumes statistics but the admin socket: flush when it is read, not by a timer
        # that walks every series of an idle proxy.
        "stats_flush_on_admin": True,
        # What a large update needed while it was read goes back to the system afterwards: a third
        # of the heap after thousands of routes, which would be kept for ever otherwise.
        "memory_allocator_manager": {
            "bytes_to_release": str(_RELEASED_BYTES),
            "memory_release_interval": "1s",
        },
    }


def _check(settings: BootstrapSettings) -> None:
    for path in (settings.admin_socket, settings.xds):
        if len(bytes(path)) > SOCKET_PATH_BYTES:
            raise BootstrapError(
                f"{path}: {len(bytes(path))} bytes are too long for a unix socket, which may have "
                f"{SOCKET_PATH_BYTES}. Choose a run folder with a shorter path."
            )
    for name in ("heap_bytes", "max_downstream_connections", "regex_program_size"):
        if getattr(settings, name) <= 0:
            raise BootstrapError(f"{name} must be positive, is {getattr(settings, name)}")


def _dynamic_resources() -> dict[str, Any]:
    by_ads = {
        "ads": {},
        "resource_api_version": "V3",
        # Wait for the first configuration as long as it takes: a proxy that gives up waiting
        # reports itself ready and refuses connections.
        "initial_fetch_timeout": "0s",
    }
    return {
        "ads_config": {
            "api_type": "DELTA_GRPC",
            "transport_api_version": "V3",
            "set_node_on_first_message_only": True,
            "grpc_services": [{"envoy_grpc": {"cluster_name": XDS_CLUSTER, **_RETRY}}],
        },
        "lds_config": by_ads,
        "cds_config": by_ads,
    }


def _xds_cluster(settings: BootstrapSettings) -> dict[str, Any]:
    http2 = {"connection_keepalive": _KEEP_ALIVE} if settings.far else {}
    address = {"pipe": {"path": str(settings.xds)}}
    return {
        "name": XDS_CLUSTER,
        "connect_timeout": "1s",
        "type": "STATIC",
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": _TYPE + "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": http2},
            }
        },
        "load_assignment": {
            "cluster_name": XDS_CLUSTER,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
    }


def _runtime(settings: BootstrapSettings) -> dict[str, Any]:
    """One static layer. There is no admin layer: nobody changes guards behind our back."""
    return {
        "layers": [
            {
                "name": "portway",
                "static_layer": {
                    # HTTP/2 rapid reset: a connection that reset 500 streams younger than a
                    # second, and most of its streams, is closed.
                    "overload.premature_reset_total_stream_count": 500,
                    "overload.premature_reset_min_stream_lifetime_seconds": 1,
                    # A chunk as long as it says, and nothing between it and the next: what is
                    # skipped here may be read by another server on the way.
                    "envoy.reloadable_features.strict_chunk_parsing": True,
                    # One connection cannot keep a worker busy with a burst of requests.
                    "http.max_requests_per_io_cycle": 1,
                    # A user's pattern may be costly to compile, not ruinous.
                    "re2.max_program_size.error_level": settings.regex_program_size,
                },
            }
        ]
    }


def _overload(settings: BootstrapSettings) -> dict[str, Any]:
    """Shed in steps instead of dying: give memory back, stop reusing, stop accepting, reset."""
    return {
        "refresh_interval": "0.25s",
        "buffer_factory_config": {"minimum_account_to_track_power_of_two": 20},
        "resource_monitors": [
            {
                "name": _HEAP,
                "typed_config": {
                    "@type": _TYPE
                    + "envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig",
                    "max_heap_size_bytes": settings.heap_bytes,
                },
            },
            {
                "name": _CONNECTIONS,
                "typed_config": {
                    "@type": _TYPE + "envoy.extensions.resource_monitors.downstream_connections.v3."
                    "DownstreamConnectionsConfig",
                    "max_active_downstream_connections": settings.max_downstream_connections,
                },
            },
        ],
        "actions": [
            _at("envoy.overload_actions.shrink_heap", 0.90),
            _at("envoy.overload_actions.disable_http_keepalive", 0.92),
            _between("envoy.overload_actions.reset_high_memory_stream", 0.92, 0.98),
            _at("envoy.overload_actions.stop_accepting_requests", 0.95),
            _at("envoy.overload_actions.stop_accepting_connections", 0.95),
        ],
        "loadshed_points": [
            _at("envoy.load_shed_points.tcp_listener_accept", 0.95),
            _at("envoy.load_shed_points.http_connection_manager_decode_headers", 0.95),
            _between("envoy.load_shed_points.http2_server_go_away_on_dispatch", 0.95, 0.99),
        ],
    }


def _at(name: str, threshold: float) -> dict[str, Any]:
    """An action that starts at a share of the heap."""
    return {"name": name, "triggers": [{"name": _HEAP, "threshold": {"value": threshold}}]}


def _between(name: str, low: float, high: float) -> dict[str, Any]:
    """An action that grows between two shares of the heap."""
    scaled = {"scaling_threshold": low, "saturation_threshold": high}
    return {"name": name, "triggers": [{"name": _HEAP, "scaled": scaled}]}


def _stats() -> dict[str, Any]:
    patterns = [{"prefix": prefix} for prefix in _STAT_PREFIXES]
    return {"stats_matcher": {"inclusion_list": {"patterns": patterns}}}
