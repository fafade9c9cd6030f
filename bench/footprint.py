"""4. Scale footprint: what it takes to keep thousands of routes, and to change one of them.

Knows processes, counters and how to take a difference. Must not know the product's inside: CPU and
memory are the kernel's numbers, bytes on the wire are Envoy's, resources are Portway's own count.
"""

import asyncio
import math
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

from bench import arms, bare, folder, machine
from bench.churn import Churn
from bench.context import BUSY, Context
from bench.outcome import Chart, Criterion, Outcome, Table, mebibytes, milliseconds
from bench.prober import Connection, Seen, probe
from bench.ratios import percentile, slope

_MIB = 1024 * 1024
_SAMPLE_SECONDS = 1.0
_GATEWAYS_LISTENERS = 63
_PROBES = 10
_PAUSE_SECONDS = 0.5
_SETTLE_SECONDS = 3.0
# What was read is set aside up to ten seconds after it is ready, which is no part of a change.
_START_SECONDS = 11.0
# What may come and go with the allocator's pages; more than this in ten minutes is growth.
_FLAT_MIB_PER_MINUTE = 0.5
_WIRE = r"^cluster\.portway-xds\.upstream_cx_rx_bytes_total$"
_TEXT = """\
apps: an HTTPRoute, a Service and an EndpointSlice each, in a file of their own, left alone and then
changing all the time (one endpoint every two seconds, one path every second). CPU and memory are
the kernel's numbers, bytes are what Envoy received from the control plane, series are those a
Prometheus server would read from both. Two CPU numbers: all of it, and without what the idle
control plane takes."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything countable at a moment: seconds, bytes, resources, files changed."""

    at: float
    cpu: float
    proxy_cpu: float
    wire: float
    resources: float
    changes: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a change cost between two readings: seconds of CPU, bytes and resources. `net_cpu` is
    without what the control plane takes when nothing changes."""

    changes: int
    cpu: float
    net_cpu: float
    proxy_cpu: float
    wire: float
    resources: float


def cost(before: Reading, after: Reading, idle: float = 0.0) -> Cost:
    """The difference, per change; `idle` in seconds of CPU a second."""
    changes = after.changes - before.changes
    most = max(1, changes)
    cpu = after.cpu - before.cpu
    return Cost(
        changes,
        cpu / most,
        max(0.0, cpu - idle * (after.at - before.at)) / most,
        (after.proxy_cpu - before.proxy_cpu) / most,
        (after.wire - before.wire) / most,
        (after.resources - before.resources) / most,
    )


class Meter:
    """Reads one instance, and its memory every second while `sample` runs."""

    def __init__(self, running: arms.Running, changes: Churn | None = None) -> None:
        self.memory: list[tuple[float, int, int]] = []
        self._running = running
        self._churn = changes

    async def read(self, changes: int = 0) -> Reading:
        """Now. Reading costs the control plane something, so it comes last."""
        arm, instance = self._running.arm, self._running.instance
        at, cpu = perf_counter(), machine.process_seconds(arm.control)
        proxy_cpu = machine.process_seconds(arm.proxies[0])
        wire = await instance.envoy.stats(_WIRE)
        if not wire:
            raise arms.ArmError("Envoy does not count what its control plane sends")
        resources = await instance.sent()
        done = self._churn.changes if self._churn else changes
        return Reading(at, cpu, proxy_cpu, sum(wire.values()), resources, done)

    async def sample(self) -> None:
        """Until cancelled."""
        arm = self._running.arm
        while True:
            control = machine.resident_bytes(arm.control)
            proxy = machine.resident_bytes(arm.proxies[0])
            self.memory.append((perf_counter(), control, proxy))
            await asyncio.sleep(_SAMPLE_SECONDS)

    async def series(self) -> int:
        """How many series a Prometheus server gets from the proxy and from us."""
        exposed = await self._running.instance.envoy.get("/stats/prometheus")
        ours = (await self._running.instance.scrape()).samples
        return samples(exposed) + len(ours)


def samples(exposition: str) -> int:
    """Lines of a Prometheus text that are samples."""
    return sum(1 for line in exposition.splitlines() if line and not line.startswith("#"))


async def measure(context: Context) -> Outcome:
    """The apps, and in the full plan the tens of thousands of routes."""
    plan = context.plan.footprint
    outcome = Outcome("footprint", "Scale footprint", f"{plan.apps:,} {_TEXT}")
    async with bare.origin(context.scratch) as origin:
        apps = await _apps(context, origin)
        hosts = await _hosts(context, origin) if plan.hosts else None
    outcome.criteria = _criteria(apps, plan.apps, plan.churn_seconds)
    outcome.tables = [_table(apps)]
    outcome.charts = [_chart(apps)]
    outcome.data = {"apps": apps, "hosts": hosts}
    if apps["foreign"] > machine.FOREIGN_LIMIT:
        outcome.warnings.append(BUSY.replace(" in too many rounds", ""))
    if hosts is not None:
        outcome.criteria += _hosts_criteria(hosts, apps)
        outcome.tables.append(_hosts_table(hosts))
    return outcome


async def _apps(context: Context, origin: arms.Arm) -> dict[str, Any]:
    plan = context.plan.footprint
    where = context.scratch / "apps"
    context.say(f"starting with {plan.apps} apps")
    async with AsyncExitStack() as stack:
        starting = arms.apps(context.scratch, where, plan.apps, origin.target)
        running = await stack.enter_async_context(starting)
        churn = Churn(where, plan.apps, origin.target.port)
        meter = Meter(running, churn)
        await asyncio.sleep(_START_SECONDS)
        series = await meter.series()
        idle = await _idle(running.arm, plan.idle_seconds)
        elsewhere = context.watch([running.arm, origin])
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in (churn.run(), meter.sample())]
            context.say(f"{plan.churn_seconds:.0f} s of churn")
            paced = await _phase(meter, churn, 1.0, plan.churn_seconds, idle)
            foreign = elsewhere.share()
            memory = list(meter.memory)
            fast = None
            if plan.fast_seconds:
                context.say(f"{plan.fast_seconds:.0f} s of ten times the churn")
                fast = await _phase(meter, churn, 10.0, plan.fast_seconds, idle)
            for task in tasks:
                task.cancel()
        return {
            "apps": plan.apps,
            "ready_seconds": running.ready_seconds,
            "idle_cpu_share": idle,
            "series": max(series, await meter.series()),
            "paced": asdict(paced),
            "fast": None if fast is None else asdict(fast),
            "control_resident_bytes": max(each[1] for each in memory),
            "proxy_resident_bytes": max(each[2] for each in memory),
            "control_end_bytes": memory[-1][1],
            "proxy_end_bytes": memory[-1][2],
            "control_growth": _growth([(each[0], each[1]) for each in memory]),
            "proxy_growth": _growth([(each[0], each[2]) for each in memory]),
            "memory": [(at - memory[0][0], control, proxy) for at, control, proxy in memory],
            "foreign": foreign,
        }


async def _phase(meter: Meter, churn: Churn, rate: float, seconds: float, idle: float) -> Cost:
    before = await meter.read()
    churn.rate = rate
    await asyncio.sleep(seconds)
    churn.rate = 0.0
    await asyncio.sleep(_SETTLE_SECONDS)
    return cost(before, await meter.read(), idle)


async def _idle(arm: arms.Arm, seconds: float) -> float:
    """Seconds of CPU a second that the control plane takes when nothing changes."""
    before, started = machine.process_seconds(arm.control), perf_counter()
    await asyncio.sleep(seconds)
    return (machine.process_seconds(arm.control) - before) / (perf_counter() - started)


def _growth(memory: Sequence[tuple[float, int]]) -> float:
    """Bytes a minute over the second half: the first half fills caches."""
    half = memory[len(memory) // 2 :]
    return slope(half) * 60 if len(half) > 1 else math.nan


async def _hosts(context: Context, origin: arms.Arm) -> dict[str, Any]:
    """Many listeners with a host name each, on Gateways of as many as they may have."""
    plan = context.plan.footprint
    where = context.scratch / "hosts"
    folder.site(where, origin.target.endpoint)
    gateways = math.ceil(plan.hosts / _GATEWAYS_LISTENERS)
    folder.many(where, "gateway", (_gateway(n, plan.hosts) for n in range(gateways)))
    folder.many(where, "hosts", _routes(plan.hosts, plan.routes_per_host))
    routes = plan.hosts * plan.routes_per_host
    context.say(f"starting with {routes} routes on {plan.hosts} listeners")
    starting = arms.portway(context.scratch / "large", where)
    async with starting as running:
        await asyncio.sleep(_SETTLE_SECONDS)
        meter = Meter(running)
        idle = await _idle(running.arm, plan.idle_seconds)
        await asyncio.to_thread(_one_more, running, 0)
        before = await meter.read(0)
        seen = []
        for number in range(_PROBES):
            await asyncio.sleep(_PAUSE_SECONDS)
            host = plan.hosts * number // _PROBES
            seen.append(await asyncio.to_thread(_one_more, running, host))
        spent = cost(before, await meter.read(2 * _PROBES), idle)
        return {
            "routes": routes,
            "listeners": plan.hosts,
            "ready_seconds": running.ready_seconds,
            "probe_p50": percentile([added.first for added, _ in seen], 0.5),
            "errors": sum(each.errors for both in seen for each in both),
            "cost": asdict(spent),
            "control_resident_bytes": machine.resident_bytes(running.arm.control),
            "proxy_resident_bytes": machine.resident_bytes(running.arm.proxies[0]),
        }


def _one_more(running: arms.Running, host: int) -> tuple[Seen, Seen]:
    """One path more for one of the listeners' hosts, and away with it again."""
    parent = f"hosts-{host // _GATEWAYS_LISTENERS}"
    route = folder.forward("more", _host(host), ["/more"], "origin", parent=parent)
    path = running.folder / "more.yaml"
    connection = Connection(running.arm.target.address, _port(host // _GATEWAYS_LISTENERS))
    try:
        change = folder.stage(path, route)
        added = probe(connection, _host(host), "/more", change, old=404)
        gone = probe(connection, _host(host), "/more", path.unlink, old=200, new=404, confirming=1)
    finally:
        connection.close()
    return added, gone


def _port(number: int) -> int:
    # All Gateways share an address here, so each has a port of its own.
    return folder.PORT + 1 + number


def _host(number: int) -> str:
    return f"l{number}.hosts.example.com"


def _gateway(number: int, hosts: int) -> str:
    first = number * _GATEWAYS_LISTENERS
    numbers = range(first, min(hosts, first + _GATEWAYS_LISTENERS))
    port = _port(number)
    listeners = [folder.listener(f"l{each}", port, _host(each)) for each in numbers]
    return folder.gateway(f"hosts-{number}", *listeners)


def _routes(hosts: int, each: int) -> Any:
    for host in range(hosts):
        parent = f"hosts-{host // _GATEWAYS_LISTENERS}"
        for number in range(each):
            name = f"h{host}-{number}"
            paths = [f"/{number}"]
            yield folder.forward(name, _host(host), paths, "origin", parent=parent)


def _criteria(found: dict[str, Any], apps: int, seconds: float) -> list[Criterion]:
    many = f"{apps:,} routes and Services: "
    paced = found["paced"]
    note = "" if seconds >= 600 else f"{seconds:.0f} s of churn; the full plan has 10 minutes"
    return [
        Criterion(
            many + "control-plane CPU per change, idle taken off",
            paced["net_cpu"] * 1e3,
            1.0,
            "ms",
            note=note,
        ),
        Criterion(
            many + "control-plane CPU per change, all of it",
            paced["cpu"] * 1e3,
            1.0,
            "ms",
            note=f"idle it takes {found['idle_cpu_share']:.2%} of a processor",
        ),
        Criterion(many + "control plane", found["control_resident_bytes"] / 1e6, 150, "MB"),
        Criterion(many + "Envoy", found["proxy_resident_bytes"] / 1e6, 300, "MB"),
        Criterion(many + "sent per change", paced["wire"] / 1e3, 2.0, "kB"),
        Criterion(many + "resources per change", paced["resources"], 2.0),
        Criterion(many + "series exported", found["series"], 2_000),
        *(
            Criterion(
                many + f"growth of {name}",
                found[key] / _MIB,
                _FLAT_MIB_PER_MINUTE,
                "MiB a minute",
                note="flat, as this benchmark reads it: over the second half of the churn",
            )
            for name, key in (
                ("the control plane", "control_growth"),
                ("Envoy", "proxy_growth"),
            )
        ),
    ]


def _hosts_criteria(found: dict[str, Any], apps: dict[str, Any]) -> list[Criterion]:
    many = f"{found['routes']:,} routes on {found['listeners']:,} listener hosts: "
    ratio = found["cost"]["net_cpu"] / max(1e-9, apps["paced"]["net_cpu"])
    return [
        Criterion(many + "control plane", found["control_resident_bytes"] / 1e6, 500, "MB"),
        Criterion(
            many + f"control-plane CPU per change / that at {apps['apps']:,}",
            ratio,
            1.5,
            note="O(1), as this benchmark reads it",
        ),
        Criterion(many + "sent per change", found["cost"]["wire"] / 1e3, 2.0, "kB"),
        Criterion(many + "resources per change", found["cost"]["resources"], 2.0),
        Criterion(many + "wrong answers", found["errors"], 0),
    ]


def _table(found: dict[str, Any]) -> Table:
    phases = {"churn": found["paced"], "ten times the churn": found["fast"]}
    rows = [
        [
            name,
            each["changes"],
            milliseconds(each["net_cpu"]),
            milliseconds(each["cpu"]),
            milliseconds(each["proxy_cpu"]),
            f"{each['wire']:.0f} B",
            f"{each['resources']:.2f}",
            *(
                f"{mebibytes(found[f'{who}_resident_bytes'])}, "
                f"{mebibytes(found[f'{who}_end_bytes'])}"
                for who in ("control", "proxy")
            ),
            f"{found['series']:,}",
        ]
        for name, each in phases.items()
        if each is not None
    ]
    return Table(
        f"{found['apps']:,} apps",
        [
            *("phase", "changes", "CPU/change, idle off", "CPU/change", "Envoy CPU/change"),
            *("sent/change", "resources/change"),
            *("control plane, most and last", "Envoy, most and last", "series"),
        ],
        rows,
    )


def _hosts_table(found: dict[str, Any]) -> Table:
    spent = found["cost"]
    row = [
        f"{found['routes']:,}",
        f"{found['listeners']:,}",
        f"{found['ready_seconds']:.1f} s",
        milliseconds(found["probe_p50"]),
        milliseconds(spent["net_cpu"]),
        milliseconds(spent["proxy_cpu"]),
        f"{spent['wire']:.0f} B",
        f"{spent['resources']:.2f}",
        mebibytes(found["control_resident_bytes"]),
        mebibytes(found["proxy_resident_bytes"]),
    ]
    return Table(
        "Many listeners",
        [
            *("routes", "listeners", "start", "probe p50", "CPU/change", "Envoy CPU/change"),
            *("sent/change", "resources/change", "control plane", "Envoy"),
        ],
        [row],
    )


def _chart(found: dict[str, Any]) -> Chart:
    series = {
        name: [(at, row[place] / _MIB) for at, *row in found["memory"]]
        for place, name in enumerate(("control plane", "Envoy"))
    }
    return Chart("footprint", "Memory during churn", "seconds", "MiB", series)
