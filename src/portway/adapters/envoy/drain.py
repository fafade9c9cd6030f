"""Ending an Envoy without cutting a request.

Knows the order that works: SIGTERM alone ends every in-flight request at once, so health checks
are failed first, then the listeners drain while the proxy still serves, and only when nothing is
left, or the time is up, the process is told to end. Must not know who asked for the end.
"""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass

from portway.adapters.envoy.admin_client import AdminClient, AdminError
from portway.adapters.envoy.process import Process

_POLL_SECONDS = 0.1
_IN_USE = "downstream_(?:rq|cx)_active$"


@dataclass(frozen=True, slots=True)
class DrainTimes:
    """How patient the end is.

    Attributes:
        drain_seconds: how long requests may take after the end was asked for.
        quiet_seconds: how long only idle HTTP connections may be left before that is enough.
        kill_seconds: between SIGTERM and SIGKILL.
    """

    drain_seconds: float = 30.0
    quiet_seconds: float = 1.0
    kill_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class InUse:
    """What is still going on: requests, all connections, and those that carry no HTTP."""

    requests: int
    connections: int
    opaque: int


async def end(process: Process, admin: AdminClient, times: DrainTimes) -> None:
    """Drains, then ends a process; returns when it is gone."""
    if not process.has_ended():
        await drain(process, admin, times)
    process.send(signal.SIGTERM)
    if not await _ends_within(process, times.kill_seconds):
        process.send(signal.SIGKILL)
        await process.ended()


async def drain(process: Process, admin: AdminClient, times: DrainTimes) -> None:
    """Stops new work and waits for the old; a proxy that does not answer has none to wait for."""
    try:
        # Load balancers in front see it first; then every answer asks its client to reconnect.
        await admin.post("/healthcheck/fail")
        await admin.post("/drain_listeners?graceful")
        async with asyncio.timeout(times.drain_seconds):
            await _until_idle(process, admin, times.quiet_seconds)
    except (AdminError, TimeoutError):
        return


async def _until_idle(process: Process, admin: AdminClient, quiet_seconds: float) -> None:
    clock = asyncio.get_running_loop().time
    quiet_since: float | None = None
    while not process.has_ended():
        left = await in_use(admin)
        if left.connections == 0:
            return
        if left.requests or left.opaque:
            quiet_since = None
        elif quiet_since is None:
            quiet_since = clock()
        elif clock() - quiet_since >= quiet_seconds:
            return
        await _ends_within(process, _POLL_SECONDS)


async def in_use(admin: AdminClient) -> InUse:
    """Requests and connections of clients, the admin socket's own not counted.

    Raises:
        AdminError: the proxy does not answer.
    """
    stats = await admin.stats(_IN_USE)
    requests = http = connections = 0
    for name, value in stats.items():
        if name.startswith(("http.admin.", "listener.admin.")):
            continue
        if name.startswith("http."):
            if name.endswith(".downstream_rq_active"):
                requests += value
            elif name.endswith(".downstream_cx_active"):
                http += value
        elif name.startswith("listener.") and ".worker_" not in name:
            connections += value
    return InUse(requests, connections, max(0, connections - http))


async def _ends_within(process: Process, seconds: float) -> bool:
    """Waits for the process to end, at most so long; whether it did."""
    try:
        async with asyncio.timeout(seconds):
            await process.ended()
    except TimeoutError:
        return False
    return True
