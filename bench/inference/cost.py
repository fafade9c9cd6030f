"""What a pick costs a request: the same proxy with and without one, in turns.

Knows the arms, the sizes of bodies and the targets. Must not know how requests are sent. An origin
that answers at once stands in for all engines, so that nothing but the way there is measured. A
Service with the same endpoints is what nothing is picked for.
"""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench.arms import Arm, answering
from bench.inference import posts, site
from bench.inference.origin import origin
from bench.machine import Elsewhere
from bench.outcome import Criterion, Outcome, Table
from bench.ratios import in_bounds, median_ratio
from bench.rounds import Rounds, interleave
from bench.shot import Measured, on_two_processors, shoot

AGAIN = f"{site.SERVICE}, again"
_TEXT = """\
One worker of Envoy with Portway's configuration, eight endpoints that are one origin with 1 KiB
answers, POST requests with 64 different prompts in turn. Ratios are to a Service with the same
endpoints, of the same round; `again` is that Service in a second instance (the control), and `by
the model` one whose route goes by the name of the model in the body. CPU is
that of Envoy and of the picker together. One connection shows what a pick adds to a request."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes of bodies in bytes; rounds of shots of so many seconds."""

    bodies: tuple[int, ...]
    rounds: int
    seconds: float


SHORT = Plan(bodies=(1_024, 32_768, 220_000), rounds=5, seconds=1.0)
FULL = Plan(bodies=(1_024, 32_768, 220_000), rounds=12, seconds=2.0)
_MANY = 32
_Found = Mapping[tuple[int, int], Rounds[Measured]]


async def measure(plan: Plan, scratch: Path, say: Callable[[str], None]) -> Outcome:
    """Raises ArmError, PortwayError, BenchError when a request failed."""
    outcome = Outcome("inference_cost", "What a pick costs", _TEXT)
    if not posts.installed():
        outcome.warnings.append("not measured: wrk is not installed (apt-get install wrk)")
        return outcome
    found: dict[tuple[int, int], Rounds[Measured]] = {}
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(origin(scratch))
        contenders = await _contenders(stack, scratch, served.target.port)
        with on_two_processors(contenders, served) as pinned:
            if not pinned:
                outcome.warnings.append("proxies and clients were not pinned")
            for body in plan.bodies:
                for connections in (_MANY, 1):
                    say(f"cost: {body} bytes, {connections} connections")
                    found[body, connections] = await _rounds(
                        plan, scratch, contenders, served, body, connections
                    )
    names = [each.name for each in contenders]
    describe(outcome, names, found)
    return outcome


async def _contenders(stack: AsyncExitStack, scratch: Path, port: int) -> list[Arm]:
    endpoints = tuple(f"127.0.0.{last}:{port}" for last in range(1, 9))
    made = [(site.SERVICE, ""), (site.SERVICE, AGAIN), (site.NAMED, ""), (site.POOL, "")]
    if await site.has_picker():
        made += [(name, "") for name in site.PICKED]
    arms = []
    for name, again in made:
        running = site.portway(scratch / "cost", name, endpoints, again)
        arms.append(await stack.enter_async_context(running))
        await answering(arms[-1].target)
    return arms


async def _rounds(
    plan: Plan, scratch: Path, contenders: list[Arm], served: Arm, body: int, connections: int
) -> Rounds[Measured]:
    load = posts.generator(scratch, body)
    by_name = {each.name: each for each in contenders}
    ours = [process for each in (*contenders, served) for process in each.processes]
    for each in contenders:  # Warm up: connections, caches.
        await load.shoot(each.target, connections, 1.0)

    async def take(name: str) -> tuple[Measured, float]:
        elsewhere = Elsewhere(ours)
        got = await shoot(by_name[name], load, connections, plan.seconds)
        return got, elsewhere.share(also=got.shot.cpu)

    return await interleave(list(by_name), take, plan.rounds, 1.25)


def describe(outcome: Outcome, names: list[str], found: _Found) -> None:
    """Writes what the shots say into the outcome."""
    heads = ("body", "arm", "requests/s", "to a Service", "CPU a request", "p50 alone", "added")
    rows: list[list[object]] = []
    for body in sorted({body for body, _ in found}):
        many, alone = found[body, _MANY], found[body, 1]
        base = _alone(alone, site.SERVICE)
        for name in names:
            p50 = _alone(alone, name)
            rows.append(
                [
                    f"{body / 1024:.0f} KiB",
                    name,
                    f"{median(each.shot.rate for each in many.of(name)):.0f}",
                    f"{_ratio(many, name):.3f}",
                    f"{median(each.cpu_per_request for each in many.of(name)) * 1e6:.0f} µs",
                    f"{p50 * 1e3:.3f} ms",
                    f"{(p50 - base) * 1e3:.3f} ms",
                ]
            )
            outcome.criteria += _criteria(name, body, many, p50 - base)
        if not in_bounds(_ratio(many, AGAIN)):
            outcome.warnings.append(f"the control differs from itself at {body} bytes: do not use")
        if not (many.quiet and alone.quiet):
            outcome.warnings.append(f"the machine was busy with something else at {body} bytes")
    outcome.tables.append(Table("", heads, rows))
    outcome.data = {
        f"{body} bytes, {connections} connections": {
            name: [{**asdict(each.shot), "proxy_cpu": each.proxy_cpu} for each in rounds.of(name)]
            for name in names
        }
        for (body, connections), rounds in found.items()
    }


def _alone(rounds: Rounds[Measured], name: str) -> float:
    """The p50 of the quietest round: whatever else the machine does only adds to it."""
    return min(each.shot.p50 for each in rounds.of(name))


def _ratio(rounds: Rounds[Measured], name: str) -> float:
    over, under = rounds.of(name), rounds.of(site.SERVICE)
    return median_ratio([each.shot.rate for each in over], [each.shot.rate for each in under])


def _criteria(name: str, body: int, many: Rounds[Measured], added: float) -> list[Criterion]:
    at = f"{name}, {body / 1024:.0f} KiB: "
    if name == site.NAMED and body < 100_000:
        return [Criterion(f"{at}requests/s / a Service's", _ratio(many, name), 0.8, at_least=True)]
    if name == site.POOL and body < 100_000:
        return [
            Criterion(f"{at}requests/s / a Service's", _ratio(many, name), 0.8, at_least=True),
            Criterion(f"{at}p50 added, one at a time", added * 1e3, 0.3, "ms"),
        ]
    if name == site.LIGHT and body < 100_000:
        return [Criterion(f"{at}requests/s / a Service's", _ratio(many, name), 0.5, at_least=True)]
    if name == site.DUPLEX and body in (1_024, 220_000):
        # A core of the picker's and the proxy's together is what a request may spend.
        cpu = median(each.cpu_per_request for each in many.of(name))
        bound = 600 if body == 1_024 else 130
        return [Criterion(f"{at}requests for a core's second", 1 / cpu, bound, at_least=True)]
    return []
