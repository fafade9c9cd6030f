"""1. Probe: how long a new route takes to be served, at several sizes of the table.

Knows the probe of gateway-api-bench: a route with a host of its own and two rules is added, and
somebody asks for it all the time. Must not know how the change travels. Here the change is a file
that appears in the folder, the question is asked every millisecond, and only twenty right answers
in a row count. Each size runs Portway twice (the control) and once in peer mode.
"""

import asyncio
import math
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from bench import arms, bare, folder, machine
from bench.context import BUSY, Context
from bench.outcome import Chart, Criterion, Outcome, Table, mebibytes, milliseconds
from bench.prober import Connection, Seen, probe
from bench.ratios import in_bounds, median_ratio, percentile
from bench.rounds import Rounds, interleave

_OURS = (arms.PORTWAY, arms.CONTROL)
_SHAPE = r"^cluster_manager\.active_clusters$|\.all_scopes$"
_TEXT = """\
A file with one HTTPRoute (a host of its own, two rules, one of them to a Service that does not
exist) appears in a folder with that many others. Time runs from the rename to the first of twenty
right answers in a row, one question a millisecond on a connection that stays open; any answer but
404 before and 200 after is an error. `portway again` is the control; `peer mode` is Portway with
one route table, linear lists and a cluster per rule, as other Envoy gateways have them."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Some probes in a row: what was seen when routes came and went, and CPU seconds per change."""

    added: Sequence[Seen]
    removed: Sequence[Seen]
    control_cpu: float
    proxy_cpu: float

    @property
    def errors(self) -> int:
        """Answers nobody should have got."""
        return sum(each.errors for each in (*self.added, *self.removed))

    @property
    def p50(self) -> float:
        """Seconds to the first right answer."""
        return percentile([each.first for each in self.added], 0.5)


class Prober:
    """Adds probes to one instance and takes them away again."""

    def __init__(self, arm: arms.Arm, where: Path, numbers: "count[int]") -> None:
        self.arm = arm
        self._where = where
        self._numbers = numbers
        self._connection = Connection(arm.target.address, arm.target.port)

    async def burst(self, size: int, pause: float = 0.0) -> Burst:
        """Probes one after the other, with a pause (seconds) before each."""
        before = self._cpu()
        added, removed = [], []
        for _ in range(size):
            await asyncio.sleep(pause)
            seen = await asyncio.to_thread(self._once)
            added.append(seen[0])
            removed.append(seen[1])
        control, proxy = (now - then for now, then in zip(self._cpu(), before, strict=True))
        return Burst(added, removed, control / (2 * size), proxy / (2 * size))

    def _once(self) -> tuple[Seen, Seen]:
        name = f"probe-{next(self._numbers)}"
        path = self._where / f"{name}.yaml"
        change = folder.stage(path, folder.probe_route(name))
        host = folder.probe_host(name)
        added = probe(self._connection, host, f"/{name}", change)
        removed = probe(
            self._connection, host, f"/{name}", path.unlink, old=200, new=404, confirming=1
        )
        return added, removed

    def _cpu(self) -> tuple[float, float]:
        proxies = sum(machine.process_seconds(each) for each in self.arm.proxies)
        return machine.process_seconds(self.arm.control), proxies

    def close(self) -> None:
        """Ends its connection."""
        self._connection.close()


async def measure(context: Context) -> Outcome:
    """One scenario for each number of routes."""
    plan = context.plan.probe
    async with bare.origin(context.scratch) as origin:
        found = {size: await _at(context, size, origin) for size in plan.routes}
    outcome = Outcome("probe", "Probe", _TEXT)
    outcome.criteria = _criteria(found)
    outcome.tables = [_ratios(found), _times(found)]
    outcome.charts = [_chart(found)]
    outcome.data = {str(size): each["data"] for size, each in found.items()}
    outcome.warnings = [each["warning"] for each in found.values() if each["warning"]]
    return outcome


async def _at(context: Context, size: int, origin: arms.Arm) -> dict[str, Any]:
    plan = context.plan.probe
    names = (*_OURS, arms.PEER) if size in plan.peers else _OURS
    scratch = context.scratch / str(size)
    last = folder.probe_host(f"r{size - 1}")
    async with AsyncExitStack() as stack:
        probers: dict[str, Prober] = {}
        resident: dict[str, tuple[int, int]] = {}
        shape: dict[str, dict[str, int]] = {}
        for name in names:
            context.say(f"{_many(size)}, starting {name}")
            where = scratch / f"folder-{len(probers)}"
            folder.site(where, origin.target.endpoint)
            folder.probe_routes(where, size)
            running = await stack.enter_async_context(arms.portway(scratch, where, name=name))
            await arms.answering(replace(running.arm.target, host=last, path=f"/r{size - 1}"))
            probers[name] = Prober(running.arm, where, count())
            stack.callback(probers[name].close)
            resident[name] = (
                machine.resident_bytes(running.arm.control),
                machine.resident_bytes(running.arm.proxies[0]),
            )
            shape[name] = await shape_of(running)
            await probers[name].burst(1)  # The first change of a process pays for its caches.

        async def shoot(name: str) -> tuple[Burst, float]:
            elsewhere = context.watch((each.arm for each in probers.values()), *origin.processes)
            burst = await probers[name].burst(plan.burst)
            return burst, elsewhere.share()

        rounds = await interleave(names, shoot, plan.rounds, context.plan.tries, context.say)
    return _found(size, rounds, resident, shape)


async def shape_of(running: arms.Running) -> dict[str, int]:
    """What the proxy's configuration looks like: peer mode has to look like a peer."""
    stats = await running.instance.envoy.stats(_SHAPE)
    return {
        "clusters": stats["cluster_manager.active_clusters"],
        "scopes": sum(value for name, value in stats.items() if name.endswith("all_scopes")),
    }


def _found(
    size: int,
    rounds: Rounds[Burst],
    resident: dict[str, tuple[int, int]],
    shape: dict[str, dict[str, int]],
) -> dict[str, Any]:
    data = {
        name: {
            **_numbers(rounds.of(name)),
            "control_resident_bytes": resident[name][0],
            "proxy_resident_bytes": resident[name][1],
            **shape[name],
        }
        for name in shape
    }
    halves = [[burst.p50 for burst in rounds.of(name)] for name in _OURS]
    control = median_ratio(halves[1], halves[0])
    peer = math.nan
    if arms.PEER in shape:
        peer = median_ratio(halves[0], [burst.p50 for burst in rounds.of(arms.PEER)])
    warning = ""
    if not rounds.quiet:
        warning = f"{_many(size)}: {BUSY}"
    elif not in_bounds(control):
        warning = f"{_many(size)}: the control is {control:.2f} of the same thing"
    return {"data": data, "control": control, "peer": peer, "warning": warning}


def _numbers(bursts: Sequence[Burst]) -> dict[str, Any]:
    first = [seen.first for burst in bursts for seen in burst.added]
    last = [seen.last for burst in bursts for seen in burst.added]
    gone = [seen.first for burst in bursts for seen in burst.removed]
    return {
        "samples": len(first),
        "p50": percentile(first, 0.5),
        "p99": percentile(first, 0.99),
        "max": max(first),
        "confirmed_p50": percentile(last, 0.5),
        "removed_p50": percentile(gone, 0.5),
        "errors": sum(burst.errors for burst in bursts),
        "control_cpu": percentile([burst.control_cpu for burst in bursts], 0.5),
        "proxy_cpu": percentile([burst.proxy_cpu for burst in bursts], 0.5),
        "first": first,
    }


def _criteria(found: dict[int, dict[str, Any]]) -> list[Criterion]:
    sizes = sorted(found)
    middle = 3_000 if 3_000 in found else sizes[-1]
    least, most = sizes[0], sizes[-1]
    pooled = {
        size: [time for name in _OURS for time in found[size]["data"][name]["first"]]
        for size in sizes
    }
    p50 = {size: percentile(times, 0.5) for size, times in pooled.items()}
    note = "" if most >= 10_000 else "the full plan has 10,000"
    errors = sum(found[size]["data"][name]["errors"] for size in sizes for name in _OURS)
    return [
        Criterion(f"p50 at {middle:,} routes / peer mode's", found[middle]["peer"], 1 / 15),
        Criterion(f"slope p50({most:,}) / p50({least:,})", p50[most] / p50[least], 1.3, note=note),
        *(
            Criterion(f"p99 / p50 at {_many(size)}", percentile(times, 0.99) / p50[size], 3.0)
            for size, times in pooled.items()
        ),
        Criterion("wrong answers", errors, 0),
    ]


def _many(routes: int) -> str:
    return "1 route" if routes == 1 else f"{routes:,} routes"


def _ratios(found: dict[int, dict[str, Any]]) -> Table:
    least = min(found)
    rows = []
    for size, each in found.items():
        for name, mine in each["data"].items():
            base = found[least]["data"].get(name)
            peer = each["data"].get(arms.PEER)
            rows.append(
                [
                    f"{size:,}",
                    name,
                    _over(mine, peer, "p50", 3),
                    _over(mine, base, "p50"),
                    f"{mine['p99'] / mine['p50']:.2f}",
                    _over(mine, base, "control_cpu"),
                    _over(mine, base, "proxy_cpu"),
                    mine["errors"],
                ]
            )
    many = f"over {_many(least)}"
    heads = ["routes", "arm", "p50 / peer mode", f"p50 {many}", "p99 / p50"]
    return Table(
        "Ratios", [*heads, f"control-plane CPU {many}", f"Envoy CPU {many}", "errors"], rows
    )


def _over(mine: dict[str, Any], other: dict[str, Any] | None, key: str, digits: int = 2) -> str:
    return "" if other is None else f"{mine[key] / other[key]:.{digits}f}"


def _times(found: dict[int, dict[str, Any]]) -> Table:
    rows = [
        [
            f"{size:,}",
            name,
            milliseconds(mine["p50"]),
            milliseconds(mine["p99"]),
            milliseconds(mine["confirmed_p50"]),
            milliseconds(mine["removed_p50"]),
            milliseconds(mine["control_cpu"]),
            milliseconds(mine["proxy_cpu"]),
            mebibytes(mine["control_resident_bytes"]),
            mebibytes(mine["proxy_resident_bytes"]),
            f"{mine['clusters']:,}",
            f"{mine['scopes']:,}",
        ]
        for size, each in found.items()
        for name, mine in each["data"].items()
    ]
    return Table(
        "Times on this machine",
        [
            *("routes", "arm", "added p50", "added p99", "20th answer p50", "removed p50"),
            *(
                "control-plane CPU/change",
                "Envoy CPU/change",
                "control plane",
                "Envoy",
                "clusters",
                "scopes",
            ),
        ],
        rows,
    )


def _chart(found: dict[int, dict[str, Any]]) -> Chart:
    series = {
        name: [
            (float(size), each["data"][name]["p50"] * 1e3)
            for size, each in found.items()
            if name in each["data"]
        ]
        for name in (*_OURS, arms.PEER)
    }
    return Chart(
        "probe", "From the change to the answer, p50", "routes", "milliseconds", series, log="xy"
    )
