"""Hand-written Envoys: one for every way of balancing that Envoy has by itself.

Knows the least Envoy needs for that. Must not import the product's renderer, nor know workloads.
Each has one worker, so that what it counts is all there is to count.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench import bare
from bench.arms import Arm
from bench.inference.client import PREFIX_HEADER
from bench.loads import Target
from tests.wire.harness import ports

HOST = "models.bench.example"

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
    action = {
        "cluster": "engines",
        "timeout": "0s",
        "hash_policy": [{"header": {"header_name": PREFIX_HEADER}}],
    }
    route = {"match": {"prefix": "/"}, "route": action}
    clusters = [_cluster(name, endpoints)]
    async with bare.started(scratch, name, target, "*", route, clusters) as arm:
        yield arm


def _cluster(name: str, endpoints: tuple[str, ...]) -> dict[str, Any]:
    hosts = [
        {"endpoint": {"address": bare.address(host, int(port))}}
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
