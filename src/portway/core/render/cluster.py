"""Backends as Envoy clusters.

Knows protocols towards backends and connection settings; endpoints of listed clusters come apart
(EDS), so that a change of endpoints never replaces a cluster and its warm connections.
"""

import math
from typing import Any, TypeAlias

from portway.core import model
from portway.core.render import hardening, names, pooled
from portway.core.render.endpoints import assignment
from portway.core.render.picked import balancing
from portway.core.render.source import ads
from portway.core.render.upstream_tls import unverified_tls, upstream_tls

Json: TypeAlias = dict[str, Any]

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_DNS_CLUSTER = "envoy.extensions.clusters.dns.v3.DnsCluster"
_TYPE = "type.googleapis.com/"
_CONNECT_TIMEOUT = "5s"
_BUFFER = 32 * hardening.KIB
# Limits of Envoy's circuit breakers: its defaults (1024 connections, requests and pending
# requests, 3 retries) turn a busy hour into 503s. What protects the proxy is the overload
# manager, which looks at memory instead of counting.
_UNLIMITED = 1_000_000_000


def cluster(value: model.Cluster) -> Json:
    """An envoy.config.cluster.v3.Cluster.

    Raises:
        ValueError: the key names a policy and there is no TLS: plain text is not what was meant.
    """
    if (value.tls is None) != (value.key.tls_policy is None):
        raise ValueError(f"{value.key}: TLS goes with a policy, and only with one")
    name = names.cluster(value.key)
    shared = common()
    if value.hashed:
        together = pooled.balancing(value.key)
        shared |= {**together, "common_lb_config": shared["common_lb_config"]}
        shared["common_lb_config"] |= together["common_lb_config"]
    if value.pooled:
        shared["common_lb_config"]["locality_weighted_lb_config"] = {}
    tls = {} if value.tls is None else {"transport_socket": upstream_tls(value.tls)}
    if value.key.protocol == model.Protocol.PICKER and value.tls is None:
        tls = {"transport_socket": unverified_tls()}
    found = {
        "name": name,
        **tls,
        **discovery(name, value.discovery, len(value.named), assignment(name, value.named)),
        **shared,
        **(balancing() if value.picked else {}),
        "typed_extension_protocol_options": {
            _HTTP_OPTIONS: {**_protocol(value.key.protocol), **_lifetime(value.tls)}
        },
    }
    if value.budget is not None:
        (threshold,) = found["circuit_breakers"]["thresholds"]
        threshold["retry_budget"] = _budget(value.budget)
    if value.picked:
        found.pop("lb_policy")
    if value.key.protocol in _PICKERS:
        found["health_checks"] = [_ALIVE]
    return found


def _budget(budget: model.RetryBudget) -> Json:
    """Envoy counts the retries that are under way; one seldom lasts longer than a second, so that
    many in a second are taken for that many at once."""
    return {
        "budget_percent": {"value": budget.percent},
        "budget_interval": hardening.seconds(budget.seconds),
        "min_retry_concurrency": max(1, math.ceil(budget.least)),
    }


def common() -> Json:
    """What holds for backends of every protocol."""
    return {
        "connect_timeout": _CONNECT_TIMEOUT,
        "lb_policy": "LEAST_REQUEST",
        "per_connection_buffer_limit_bytes": _BUFFER,
        # An endpoint that was withdrawn gets nothing new, whatever health checks last said.
        "ignore_health_on_host_removal": True,
        # Below 50 % healthy endpoints Envoy would send to the unhealthy ones again. Only ready
        # endpoints are listed, so there is nothing to fall back to.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": _UNLIMITED,
                    "max_pending_requests": _UNLIMITED,
                    "max_requests": _UNLIMITED,
                    "max_retries": _UNLIMITED,
                }
            ]
        },
        # Finds peers that vanished without a word (a node that lost power) within 90 s.
        "upstream_connection_options": {
            "tcp_keepalive": {
                "keepalive_time": 60,
                "keepalive_interval": 10,
                "keepalive_probes": 3,
            }
        },
    }


def discovery(name: str, how: model.Discovery, number: int, named: Json) -> Json:
    """How endpoints are found. `named` is the ClusterLoadAssignment of `number` endpoints, for
    those that the proxy has to resolve."""
    if how is model.Discovery.LISTED:
        return {"type": "EDS", "eds_cluster_config": {"eds_config": ads()}}
    return {
        "cluster_type": {
            "name": "envoy.clusters.dns",
            "typed_config": {
                "@type": f"{_TYPE}{_DNS_CLUSTER}",
                # As long as the name server says; 5 s where it answers with a TTL of zero.
                "respect_dns_ttl": True,
                **_addresses(number),
            },
        },
        "load_assignment": named,
    }


def _addresses(names: int) -> Json:
    """What to make of a name with several addresses.

    One name is one endpoint, whose addresses are tried in turn (RFC 8305): a development server
    listens on either 127.0.0.1 or ::1, and `localhost` is both. Envoy can do that for one name
    only; of several names each address is an endpoint, and the IPv6 ones are left out where there
    are others.
    """
    if names == 1:
        return {"dns_lookup_family": "ALL", "all_addresses_in_single_endpoint": True}
    return {"dns_lookup_family": "V4_PREFERRED"}


def _protocol(protocol: str) -> Json:
    """What is spoken is said outright: Envoy does not guess, and neither do we."""
    explicit: Json = {"http_protocol_options": {}}
    if protocol in (model.Protocol.H2C, *_PICKERS):
        explicit = {"http2_protocol_options": hardening.http2(_UPSTREAM_STREAMS)}
    return {"@type": f"{_TYPE}{_HTTP_OPTIONS}", "explicit_http_config": explicit}


def _lifetime(tls: model.BackendTLS | None) -> Json:
    """A certificate is verified when a connection begins. One that is in use would go on for ever,
    whatever became of the authority, or of our own certificate, since; so each takes no more
    requests after a while, and ends when those it has are answered."""
    if tls is None:
        return {}
    return {"common_http_protocol_options": {"max_connection_duration": _VERIFIED_FOR}}


_PICKERS = (model.Protocol.PICKER, model.Protocol.PLAIN_PICKER)
# Where nobody listens, nobody is asked: a request whose body is on its way to a picker that turns
# out to be gone is lost, whatever the pool's failure mode is (Envoy streams the body, and has it no
# more). Connecting is all that can be asked of every picker.
_ALIVE: Json = {
    "timeout": "1s",
    "interval": "1s",
    "no_traffic_interval": "1s",
    "unhealthy_threshold": 1,
    "healthy_threshold": 1,
    "tcp_health_check": {},
}
_VERIFIED_FOR = "600s"
# Streams we open on one connection before another is made; backends may allow fewer.
_UPSTREAM_STREAMS = 1024
