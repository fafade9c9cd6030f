"""The data path: Portway's configuration of Envoy against the same Envoy configured by hand.

Knows rounds, rotation, the control and which shots to throw away. Must not know how requests are
sent or arms are made. Two arms are the same hand-written configuration in two processes: their
ratio (A/A) shows what this machine cannot tell apart.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench import arms, bare, machine
from bench.loads import Generator, Shot
from bench.plan import Plan
from bench.ratios import in_bounds, median_ratio

_TRIES = 3
BARE, CONTROL, PORTWAY = "bare", "bare again", "portway"


class BenchError(Exception):
    """The run says nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One shot at one arm: CPU seconds of the proxy, and the share of CPU that went elsewhere."""

    arm: str
    shot: Shot
    proxy_cpu: float
    foreign: float

    @property
    def clean(self) -> bool:
        """Whether the machine was ours."""
        return self.foreign <= machine.FOREIGN_LIMIT

    @property
    def cpu_per_request(self) -> float:
        """Seconds."""
        return self.proxy_cpu / max(1, self.shot.requests)


async def measure(
    plan: Plan, load: Generator, scratch: Path, *, portway: bool
) -> list[dict[str, Any]]:
    """One result for each number of connections. `portway=False` measures the floor alone."""
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(bare.origin(scratch))
        upstream = origin.target
        contenders = [
            await stack.enter_async_context(bare.proxy(scratch, name, arms.HOST, upstream))
            for name in (BARE, CONTROL)
        ]
        if portway:
            documents = arms.site(f"{upstream.address}:{upstream.port}")
            running = arms.portway(scratch / "portway", documents)
            contenders.append((await stack.enter_async_context(running))[1])
        pinned = _pin(origin, contenders)
        return [
            await _scenario(plan, load, origin, contenders, connections, pinned)
            for connections in plan.connections
        ]


def _pin(origin: arms.Arm, contenders: Sequence[arms.Arm]) -> bool:
    """Proxies on one processor, origin and load (our children) on another, if there are two."""
    processors = sorted(os.sched_getaffinity(0))
    if len(processors) < 2:
        return False
    for contender in contenders:
        machine.pin(contender.proxies, processors[0])
    machine.pin((*origin.proxies, os.getpid()), processors[1])
    return True


async def _scenario(
    plan: Plan,
    load: Generator,
    origin: arms.Arm,
    contenders: Sequence[arms.Arm],
    connections: int,
    pinned: bool,
) -> dict[str, Any]:
    kept: list[dict[str, Measured]] = []
    spare: list[dict[str, Measured]] = []
    for contender in contenders:  # Warm up: connections to the origin, caches.
        await load.shoot(contender.target, connections, plan.shot_seconds)
    for number in range(plan.rounds * _TRIES):
        turn = number % len(contenders)
        order = [*contenders[turn:], *contenders[:turn]]
        shots = [await _shoot(each, origin, load, connections, plan.shot_seconds) for each in order]
        clean = all(measured.clean for measured in shots)
        (kept if clean else spare).append({measured.arm: measured for measured in shots})
        state = "kept" if clean else "set aside, the machine was busy with something else"
        print(f"  {connections} connections, round {number + 1}: {state}", file=sys.stderr)
        if len(kept) == plan.rounds or (not kept and len(spare) == plan.rounds):
            break
    quiet = len(kept) >= plan.rounds
    rounds = kept if quiet else [*kept, *spare][: plan.rounds]
    return _result(rounds, [c.name for c in contenders], connections, quiet, pinned)


async def _shoot(
    arm: arms.Arm, origin: arms.Arm, load: Generator, connections: int, seconds: float
) -> Measured:
    ours = (*arm.proxies, *origin.proxies, os.getpid(), *([arm.control] if arm.control else []))
    elsewhere = machine.Elsewhere(ours)
    before = sum(machine.process_seconds(each) for each in arm.proxies)
    shot = await load.shoot(arm.target, connections, seconds)
    spent = sum(machine.process_seconds(each) for each in arm.proxies) - before
    foreign = elsewhere.share(also=shot.cpu)
    if shot.errors:
        raise BenchError(f"{arm.name}: {shot.errors} of {shot.requests} requests failed")
    return Measured(arm.name, shot, spent, foreign)


def _result(
    rounds: Sequence[dict[str, Measured]],
    names: Sequence[str],
    connections: int,
    quiet: bool,
    pinned: bool,
) -> dict[str, Any]:
    control = _ratios(rounds, CONTROL)
    trusted = in_bounds(control["rate"]) and in_bounds(control["cpu_per_request"])
    return {
        "connections": connections,
        "rounds": len(rounds),
        "quiet": quiet,
        "pinned": pinned,
        "control_in_bounds": trusted,
        "ratios": {name: _ratios(rounds, name) for name in names if name != BARE},
        "medians": {name: _medians([each[name] for each in rounds]) for name in names},
        "shots": [
            {name: {**asdict(each[name].shot), "foreign": each[name].foreign} for name in names}
            for each in rounds
        ],
    }


def _ratios(rounds: Sequence[dict[str, Measured]], name: str) -> dict[str, float]:
    """An arm's numbers over the bare one's, as medians of the rounds' ratios."""
    over, under = [each[name] for each in rounds], [each[BARE] for each in rounds]
    return {
        key: median_ratio([_numbers(m)[key] for m in over], [_numbers(m)[key] for m in under])
        for key in ("rate", "cpu_per_request", "p50", "p99")
    }


def _medians(shots: Sequence[Measured]) -> dict[str, float]:
    return {key: median(_numbers(each)[key] for each in shots) for key in _numbers(shots[0])}


def _numbers(measured: Measured) -> dict[str, float]:
    shot = measured.shot
    return {
        "rate": shot.rate,
        "cpu_per_request": measured.cpu_per_request,
        "p50": shot.p50,
        "p99": shot.p99,
    }
