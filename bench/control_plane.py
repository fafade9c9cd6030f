"""The control plane: how long a change takes to be served, and what it costs, at several sizes.

Knows folders of routes and how to see a route begin and end. Must not know the product's inside:
time is taken from the write of a file to the first answer on the wire, CPU and memory from /proc,
and only the settle time from Portway's own metrics.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any

import httpx

from bench import arms, bare, machine
from bench.plan import Plan
from bench.ratios import percentile
from tests.wire.harness import manifests, raw
from tests.wire.harness.portway import Portway

ROUTES_PER_FILE = 100
_POLL_SECONDS = 0.001
_PATIENCE_SECONDS = 30.0
_CONFIRMING = 20
_IDLE_SECONDS = 2.0


class ProbeError(Exception):
    """A change was not served in time, or was served and then not."""


@dataclass(slots=True)
class Probes:
    """Seconds from writing and from removing a file to the first right answer."""

    added: list[float] = field(default_factory=list)
    removed: list[float] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def changes(self) -> int:
        return len(self.added) + len(self.removed)


async def measure(plan: Plan, scratch: Path) -> list[dict[str, Any]]:
    """One result for each number of routes."""
    async with bare.origin(scratch) as origin:
        return [await _at(count, plan.probes, scratch, origin) for count in plan.routes]


async def _at(count: int, probes: int, scratch: Path, origin: arms.Arm) -> dict[str, Any]:
    """Portway with `count` routes in its folder."""
    print(f"  {count} routes", file=sys.stderr)
    endpoint = f"{origin.target.address}:{origin.target.port}"
    folder = scratch / f"routes-{count}"
    write_routes(folder, count)
    async with AsyncExitStack() as stack:
        before = perf_counter()
        running = arms.portway(scratch / f"at-{count}", arms.site(endpoint), folder=folder)
        instance, arm = await stack.enter_async_context(running)
        await _last_route_answers(arm, count)
        started = perf_counter() - before
        idle = await _idle(arm.control)
        settle_before = await _settle(instance)
        ours = (arm.control, *arm.proxies, *origin.proxies, os.getpid())
        elsewhere = machine.Elsewhere(ours)
        measured = await _probe(instance, arm, probes)
        foreign = elsewhere.share()
        settle_after = await _settle(instance)
        return {
            "routes": count,
            "probes": probes,
            "foreign": foreign,
            "quiet": foreign <= machine.FOREIGN_LIMIT,
            "start_seconds": started,
            "idle_cpu_share": idle,
            "added": _summary(measured.added),
            "removed": _summary(measured.removed),
            "cpu_seconds_per_change": measured.cpu / measured.changes,
            "settle_mean_seconds": _mean_settle(settle_before, settle_after),
            "control_resident_bytes": machine.resident_bytes(arm.control),
            "proxy_resident_bytes": machine.resident_bytes(arm.proxies[0]),
        }


def write_routes(folder: Path, count: int) -> None:
    """`count` HTTPRoutes, each with a host of its own, a hundred to a file."""
    folder.mkdir(parents=True, exist_ok=True)
    for first in range(0, count, ROUTES_PER_FILE):
        numbers = range(first, min(first + ROUTES_PER_FILE, count))
        routes = [_route(f"route-{number}", f"h{number}.bench.example") for number in numbers]
        manifests.write(folder / f"routes-{first:06}.yaml", routes)


def _route(name: str, host: str) -> dict[str, Any]:
    prefix = {"path": {"type": "PathPrefix", "value": "/"}}
    rule = manifests.rule(manifests.backend("origin"), matches=[prefix])
    return manifests.http_route(name, "bench", [rule], hostnames=[host])


async def _last_route_answers(arm: arms.Arm, count: int) -> None:
    async with _client(arm, f"h{count - 1}.bench.example") as client:
        await client.until(200)


async def _probe(instance: Portway, arm: arms.Arm, probes: int) -> Probes:
    """Adds and removes one route at a time, and measures from the outside."""
    found = Probes()
    before = machine.process_seconds(arm.control)
    for number in range(probes):
        host = f"probe-{number}.bench.example"
        async with _client(arm, host) as client:
            started = perf_counter()
            instance.write("probe", [_route("probe", host)])
            found.added.append(await client.until(200) - started)
            await client.stays(200)
            started = perf_counter()
            instance.remove("probe")
            found.removed.append(await client.until(404) - started)
            await client.stays(404)
    found.cpu = machine.process_seconds(arm.control) - before
    return found


class _Client:
    """One connection that asks for one host again and again."""

    def __init__(self, connection: raw.RawConnection, host: str) -> None:
        self._connection = connection
        self._host = host
        self._request = f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()

    async def until(self, status: int) -> float:
        """Asks every millisecond; the time of the first answer with `status`."""
        last = perf_counter() + _PATIENCE_SECONDS
        while await self._ask() != status:
            if perf_counter() > last:
                raise ProbeError(f"{self._host}: no {status} in {_PATIENCE_SECONDS} s")
            await asyncio.sleep(_POLL_SECONDS)
        return perf_counter()

    async def stays(self, status: int) -> None:
        """A first right answer counts only if the next ones are right too."""
        for _ in range(_CONFIRMING):
            answered = await self._ask()
            if answered != status:
                raise ProbeError(f"{self._host}: {answered} after the first {status}")

    async def _ask(self) -> int:
        await self._connection.send(self._request)
        return (await self._connection.answer()).status


@asynccontextmanager
async def _client(arm: arms.Arm, host: str) -> AsyncIterator[_Client]:
    async with raw.connect(arm.target.address, arm.target.port) as connection:
        yield _Client(connection, host)


async def _idle(control: int) -> float:
    """Seconds of CPU a second that the control plane takes when nothing changes."""
    before, started = machine.process_seconds(control), perf_counter()
    await asyncio.sleep(_IDLE_SECONDS)
    return (machine.process_seconds(control) - before) / (perf_counter() - started)


async def _settle(instance: Portway) -> tuple[float, float]:
    """(seconds, times) that the graph has settled so far."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{instance.admin}/metrics")
    return settle_sum(answer.text)


def settle_sum(text: str) -> tuple[float, float]:
    """Sum and count of `portway_settle_seconds` in a Prometheus text. Raises ProbeError."""
    found = [
        re.search(rf"^portway_settle_seconds_{part} (\S+)$", text, re.MULTILINE)
        for part in ("sum", "count")
    ]
    if found[0] is None or found[1] is None:
        raise ProbeError("/metrics has no portway_settle_seconds")
    return float(found[0][1]), float(found[1][1])


def _mean_settle(before: tuple[float, float], after: tuple[float, float]) -> float:
    return (after[0] - before[0]) / max(1.0, after[1] - before[1])


def _summary(seconds: list[float]) -> dict[str, float]:
    return {
        "p50": percentile(seconds, 0.5),
        "p99": percentile(seconds, 0.99),
        "mean": mean(seconds),
        "max": max(seconds),
    }
