"""Hand-written Envoys: one for every way of balancing that Envoy has by itself.

Knows the least Envoy needs for that. Must not import the product's renderer, nor know workloads.
Each has one worker, so that what it counts is all there is to count.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.arms import Arm
from bench.inference.client import PREFIX_HEADER
from bench.loads import Target
from portway.adapters.envoy.binary import locate
from tests.wire.harness import ports, processes

HOST = "models.bench.example"
_TYPES = "type.googleapis.com/envoy.extensions.filters"
_MANAGER = f"{_TYPES}.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = f"{_TYPES}.http.router.v3.Router"

BALANCING: Mapping[str, dict[str, Any]] = {
    "random": {"lb_policy": "RANDOM"},
    "round robin": {"lb_policy": "ROUND_ROBIN"},
    "least request": {"lb_policy": "LEAST_REQUEST"},
    "bounded-load hashing": {
        "lb_policy": "RING_HASH",
        "common_lb_config": {"consistent_hashing_lb_config": {"hash_balance_factor": 125}},
    },
}


@asynccontextmanager
async def envoy(scratch: Path, name: str, endpoints: tuple[str, ...]) -> AsyncIterator[Arm]:
    """The one that balances as `name` says. The endpoints need not answer yet."""
    target = Target("127.0.0.1", ports.free_port(), HOST, "/health")
    stem = name.replace(" ", "-")
    configuration = scratch / f"{stem}.json"
    resources = {"listeners": [_listener(target)], "clusters": [_cluster(name, endpoints)]}
    configuration.write_text(json.dumps({"static_resources": resources}))
    command = [
        *(str(locate().path), "-c", str(configuration), "--concurrency", "1"),
        *("--disable-hot-restart", "--log-level", "error"),
    ]
    process = await processes.start(command, scratch / f"{stem}.log")
    try:
        yield Arm(name, target, (process.pid,))
    finally:
        await processes.end(process, seconds=3)


def _cluster(name: str, endpoints: tuple[str, ...]) -> dict[str, Any]:
    hosts = [
        {"endpoint": {"address": _address(host, int(port))}}
        for host, port in (each.rsplit(":", 1) for each in endpoints)
    ]
    return {
        "name": "engines",
        "type": "STATIC",
        **BALANCING[name],
        "circuit_breakers": {
            "thresholds": [{"max_connections": 10_000, "max_requests": 10_000}],
        },
        "load_assignment": {"cluster_name": "engines", "endpoints": [{"lb_endpoints": hosts}]},
    }


def _listener(target: Target) -> dict[str, Any]:
    action = {
        "cluster": "engines",
        "timeout": "0s",
        "hash_policy": [{"header": {"header_name": PREFIX_HEADER}}],
    }
    route = {"match": {"prefix": "/"}, "route": action}
    table = {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]}
    manager = {
        "@type": _MANAGER,
        "stat_prefix": "bench",
        "route_config": table,
        "http_filters": [{"name": "router", "typed_config": {"@type": _ROUTER}}],
    }
    chain = {"filters": [{"name": "http", "typed_config": manager}]}
    return {
        "name": "bench",
        "address": _address(target.address, target.port),
        "filter_chains": [chain],
    }


def _address(address: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": address, "port_value": port}}
