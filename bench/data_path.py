"""8. Data path: Portway's configuration of Envoy against the same Envoy by hand, and its peers.

Knows which proxies are compared. Must not know how requests are sent or arms are made. Two arms are
the same hand-written configuration in two processes: their ratio (A/A) shows what this machine
cannot tell apart.
"""

import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from statistics import median
from typing import Any

from bench import arms, bare, folder, neighbours
from bench.context import BUSY, Context
from bench.outcome import Chart, Criterion, Outcome, Table
from bench.ratios import CONTROL_BOUNDS, in_bounds, median_ratio
from bench.rounds import Rounds, interleave
from bench.shot import Measured, on_two_processors, shoot

BARE, CONTROL, PORTWAY = "bare", "bare again", arms.PORTWAY
_KEYS = ("rate", "cpu_per_request", "p50", "p99")
_TEXT = """\
One worker each, HTTP/1.1, 1 KiB answers from the same origin: Envoy configured by Portway with all
its defaults, Envoy configured by hand with the least that does the job (`bare`), and other proxies
with theirs. `bare again` is the control: the same configuration in a second process. Above 1 is
better for requests/s, below 1 for the others."""


async def measure(context: Context) -> Outcome:
    """One scenario for each number of connections."""
    plan = context.plan.data_path
    outcome = Outcome("data_path", "Data path", _TEXT)
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(bare.origin(context.scratch))
        contenders = await _contenders(stack, context, origin)
        with on_two_processors(contenders, origin) as pinned:
            if not pinned:
                outcome.warnings.append("proxies and clients were not pinned")
            found = {
                connections: await _scenario(context, origin, contenders, connections)
                for connections in plan.connections
            }
    names = [each.name for each in contenders]
    missing = [name for name in neighbours.NAMES if name not in names]
    if missing:
        outcome.warnings.append(f"without {', '.join(missing)}: {neighbours.HINT}")
    outcome.criteria = _criteria(found, names)
    outcome.tables = _tables(found, names)
    outcome.charts = [_chart(found, names)]
    outcome.data = {
        str(connections): {
            "ratios": {name: ratios(rounds, name) for name in names},
            "shots": [{name: asdict(each[name].shot) for name in names} for each in rounds.kept],
        }
        for connections, rounds in found.items()
    }
    outcome.warnings += _warnings(found)
    return outcome


async def _contenders(stack: AsyncExitStack, context: Context, origin: arms.Arm) -> list[arms.Arm]:
    upstream, scratch = origin.target, context.scratch
    made = [
        await stack.enter_async_context(bare.proxy(scratch, name, folder.MARKER, upstream))
        for name in (BARE, CONTROL)
    ]
    where = scratch / "folder"
    folder.site(where, upstream.endpoint)
    made.append((await stack.enter_async_context(arms.portway(scratch, where))).arm)
    found = neighbours.installed()
    if len(found) < len(neighbours.NAMES):
        print(neighbours.HINT, file=sys.stderr)
    for name in found:
        running = neighbours.proxy(scratch, name, folder.MARKER, upstream)
        made.append(await stack.enter_async_context(running))
    return made


async def _scenario(
    context: Context, origin: arms.Arm, contenders: Sequence[arms.Arm], connections: int
) -> Rounds[Measured]:
    plan = context.plan.data_path
    by_name = {each.name: each for each in contenders}
    context.say(f"{connections} connections: {', '.join(by_name)}")
    for each in contenders:  # Warm up: connections to the origin, caches.
        await context.load.shoot(each.target, connections, plan.shot_seconds)

    async def take(name: str) -> tuple[Measured, float]:
        elsewhere = context.watch([*contenders, origin])
        found = await shoot(by_name[name], context.load, connections, plan.shot_seconds)
        return found, elsewhere.share(also=found.shot.cpu)

    return await interleave(list(by_name), take, plan.rounds, context.plan.tries, context.say)


def ratios(rounds: Rounds[Measured], name: str, base: str = BARE) -> dict[str, float]:
    """An arm's numbers over another's, as medians of the rounds' ratios."""
    over, under = rounds.of(name), rounds.of(base)
    return {
        key: median_ratio([_numbers(m)[key] for m in over], [_numbers(m)[key] for m in under])
        for key in _KEYS
    }


def _numbers(measured: Measured) -> dict[str, float]:
    shot = measured.shot
    values = (shot.rate, measured.cpu_per_request, shot.p50, shot.p99)
    return dict(zip(_KEYS, values, strict=True))


def _criteria(found: dict[int, Rounds[Measured]], names: Sequence[str]) -> list[Criterion]:
    criteria = []
    for connections, rounds in found.items():
        at = f"requests/s at {connections} connections / "
        rate = ratios(rounds, PORTWAY)["rate"]
        criteria.append(Criterion(at + "bare Envoy's", rate, 0.97, at_least=True))
        if "caddy" in names:
            rate = ratios(rounds, PORTWAY, "caddy")["rate"]
            criteria.append(Criterion(at + "Caddy's", rate, 1.0, at_least=True))
    return criteria


def _tables(found: dict[int, Rounds[Measured]], names: Sequence[str]) -> list[Table]:
    rows, raw = [], []
    for connections, rounds in found.items():
        for name in names:
            mine = ratios(rounds, name)
            rows.append(
                [connections, name, *(f"{mine[key]:.3f}" for key in _KEYS), len(rounds.kept)]
            )
            numbers = [_numbers(each) for each in rounds.of(name)]
            middle = {key: median(each[key] for each in numbers) for key in _KEYS}
            raw.append(
                [
                    connections,
                    name,
                    f"{middle['rate']:.0f}",
                    f"{middle['cpu_per_request'] * 1e6:.1f} µs",
                    f"{middle['p50'] * 1e3:.2f} ms",
                    f"{middle['p99'] * 1e3:.2f} ms",
                ]
            )
    heads = ["connections", "arm", "requests/s", "CPU/request", "p50", "p99"]
    return [
        Table("Ratios to bare Envoy", [*heads, "rounds"], rows),
        Table("On this machine", heads, raw),
    ]


def _chart(found: dict[int, Rounds[Measured]], names: Sequence[str]) -> Chart:
    series = {
        name: [(float(c), ratios(rounds, name)["rate"]) for c, rounds in found.items()]
        for name in names
    }
    return Chart("data_path", "Requests per second", "connections", "over bare Envoy", series, "x")


def _warnings(found: dict[int, Rounds[Any]]) -> list[str]:
    warnings = []
    low, high = CONTROL_BOUNDS
    for connections, rounds in found.items():
        control = ratios(rounds, CONTROL)
        if not rounds.quiet:
            warnings.append(f"{connections} connections: {BUSY}")
        if not (in_bounds(control["rate"]) and in_bounds(control["cpu_per_request"])):
            warnings.append(f"{connections} connections: control outside {low}-{high}: do not use")
    return warnings
