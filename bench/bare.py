"""Envoy with a hand-written configuration: the origin, and the floor Portway is compared to.

Knows the least Envoy needs for the job. Must not import the product's renderer: a floor made by the
thing it measures would hide what that adds. Envoy's defaults are left as they are.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.arms import Arm, answering
from bench.folder import MARKER
from bench.loads import Target
from portway.adapters.envoy.binary import locate
from tests.wire.harness import ports, processes

_MANAGER = (
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
    ".HttpConnectionManager"
)
_ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
_BODY = "x" * 1024


@asynccontextmanager
async def origin(scratch: Path) -> AsyncIterator[Arm]:
    """An Envoy that answers every request itself with 1 KiB."""
    answer = {"status": 200, "body": {"inline_string": _BODY}}
    route = {"match": {"prefix": "/"}, "direct_response": answer}
    async with _envoy(scratch, "origin", "*", route, []) as arm:
        yield arm


@asynccontextmanager
async def proxy(
    scratch: Path, name: str, host: str, upstream: Target, prefix: str = "/"
) -> AsyncIterator[Arm]:
    """An Envoy that forwards one path prefix of one host to one endpoint."""
    route = {"match": {"prefix": prefix}, "route": {"cluster": "origin"}}
    endpoint = {"address": address(upstream.address, upstream.port)}
    cluster = {
        "name": "origin",
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": "origin",
            "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}],
        },
    }
    async with _envoy(scratch, name, host, route, [cluster]) as arm:
        yield arm


@asynccontextmanager
async def _envoy(
    scratch: Path, name: str, host: str, route: dict[str, Any], clusters: list[dict[str, Any]]
) -> AsyncIterator[Arm]:
    path = route["match"]["prefix"]
    target = Target("127.0.0.1", ports.free_port(), MARKER if host == "*" else host, path)
    async with started(scratch, name, target, host, route, clusters) as arm:
        await answering(target, scratch / f"{name}.log")
        yield arm


@asynccontextmanager
async def started(
    scratch: Path,
    name: str,
    target: Target,
    host: str,
    route: dict[str, Any],
    clusters: list[dict[str, Any]],
) -> AsyncIterator[Arm]:
    """An Envoy of one worker with one route of one host (`*`: of any). It need not answer yet."""
    stem = name.replace(" ", "-")
    configuration = scratch / f"{stem}.json"
    resources = {"listeners": [_listener(target, host, route)], "clusters": clusters}
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


def _listener(target: Target, host: str, route: dict[str, Any]) -> dict[str, Any]:
    table = {"virtual_hosts": [{"name": "all", "domains": [host], "routes": [route]}]}
    manager = {
        "@type": _MANAGER,
        "stat_prefix": "bench",
        "route_config": table,
        "http_filters": [{"name": "router", "typed_config": {"@type": _ROUTER}}],
    }
    chain = {"filters": [{"name": "http", "typed_config": manager}]}
    return {
        "name": "bench",
        "address": address(target.address, target.port),
        "filter_chains": [chain],
    }


def address(host: str, port: int) -> dict[str, Any]:
    """An address as Envoy writes it."""
    return {"socket_address": {"address": host, "port_value": port}}
