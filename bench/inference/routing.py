"""What a choice of engine is worth: the same requests through every arm, in turns.

Knows the sizes, the order of shots, and the targets. Must not know how arms are made. An arm's
number is the median of its rounds; ratios are to random, of the same round.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.inference import site, workload
from bench.inference.figures import Figures
from bench.inference.model import ENGINES, PROFILE
from bench.inference.shot import free_endpoints, shoot
from bench.inference.workload import Workload
from bench.outcome import Criterion, Outcome, Table

_BASE = "random"
_Found = Mapping[str, list[Figures]]


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes of a run: questions for each system prompt, turns of each user, and rounds of all.
    `speed` is how many simulated seconds pass in one."""

    name: str
    each: int
    turns: int
    rounds: int
    speed: float


SHORT = Plan("short", each=8, turns=2, rounds=1, speed=4.0)
FULL = Plan("full", each=32, turns=4, rounds=3, speed=4.0)


def workloads(plan: Plan) -> dict[str, Workload]:
    """Every workload by its name."""
    return {
        "long": workload.shared_prefix(256, plan.each, 4_096),
        "short": workload.shared_prefix(256, plan.each, 256),
        "tenants": workload.tenants(150, 5, plan.turns, per_second=25),
    }


async def measure(plan: Plan, scratch: Path, say: Callable[[str], None]) -> list[Outcome]:
    """Raises ArmError, PortwayError."""
    return [
        await _outcome(name, load, plan, scratch, say) for name, load in workloads(plan).items()
    ]


async def _outcome(
    name: str, load: Workload, plan: Plan, scratch: Path, say: Callable[[str], None]
) -> Outcome:
    started = perf_counter()
    names = await site.names()
    found: dict[str, list[Figures]] = {arm: [] for arm in names}
    reasons: dict[str, int] = {}
    for turn in range(plan.rounds):
        for number, arm in enumerate([*names[turn % len(names) :], *names[: turn % len(names)]]):
            got, why = await _shoot(arm, load, plan, scratch / f"{name}-{turn}-{number}")
            found[arm].append(got)
            reasons |= {f"{arm}: {each}": count for each, count in why.items()}
            say(f"{name}, {arm}: {got.throughput:.1f}/s, {got.hit_rate:.0%} from the cache")
    outcome = describe_routing(name, load, found)
    outcome.warnings += [f"{count} requests failed: {why}" for why, count in reasons.items()]
    outcome.seconds = perf_counter() - started
    return outcome


async def _shoot(
    name: str, load: Workload, plan: Plan, scratch: Path
) -> tuple[Figures, dict[str, int]]:
    await asyncio.to_thread(scratch.mkdir)
    endpoints = free_endpoints(ENGINES)
    log = scratch / "engines.log"
    async with site.arm(scratch, name, endpoints) as arm:
        return await shoot(arm.target, endpoints, load, PROFILE, plan.speed, log)


def describe_routing(name: str, load: Workload, found: _Found) -> Outcome:
    """What the rounds of every arm say."""
    rate = {arm: median(each.throughput for each in rounds) for arm, rounds in found.items()}
    rows = [_row(arm, rounds, found[_BASE]) for arm, rounds in found.items()]
    heads = ("arm", "requests/s", "to random", *_TIMES, "from the cache", "busiest to mean")
    return Outcome(
        f"inference_{name}",
        f"Routing for models: {load.name}",
        f"{len(load.requests)} requests to {ENGINES} simulated engines, {_pace(load)}. All times "
        f"are simulated seconds; every arm has engines with empty caches.",
        criteria=_criteria(name, rate, found),
        tables=[Table("", heads, rows)],
        data={arm: [asdict(each) for each in rounds] for arm, rounds in found.items()},
    )


_TIMES = ("first token p50", "p90", "mean latency")


def _pace(load: Workload) -> str:
    if load.concurrency:
        return f"{load.concurrency} at a time"
    return f"{len(load.requests) / load.requests[-1].arrival:.0f} a second come at random times"


def _row(arm: str, rounds: list[Figures], base: list[Figures]) -> list[object]:
    def of(pick: Callable[[Figures], float]) -> float:
        return median(pick(each) for each in rounds)

    ratio = median(
        mine.throughput / theirs.throughput for mine, theirs in zip(rounds, base, strict=True)
    )
    return [
        arm,
        f"{of(lambda each: each.throughput):.1f}",
        f"{ratio:.2f}",
        f"{of(lambda each: each.first_p50):.2f} s",
        f"{of(lambda each: each.first_p90):.2f} s",
        f"{of(lambda each: each.latency):.2f} s",
        f"{of(lambda each: each.hit_rate):.0%}",
        f"{of(lambda each: each.spread):.2f}",
    ]


def _criteria(name: str, rate: Mapping[str, float], found: _Found) -> list[Criterion]:
    ours = [arm for arm in (site.POOL, site.LIGHT) if arm in rate]
    criteria = []
    for arm in ours:
        if name == "short":
            text = f"{arm}: throughput to least request, short prompts"
            ratio = rate[arm] / rate["least request"]
            criteria.append(Criterion(text, ratio, 0.98, at_least=True))
        else:
            text = f"{arm}: throughput to random, {name}"
            bound = 2.5 if name == "long" else 2.0
            criteria.append(Criterion(text, rate[arm] / rate[_BASE], bound, at_least=True))
        failed = sum(each.failed for each in found[arm])
        criteria.append(Criterion(f"{arm}: failed requests, {name}", failed, 0))
    return criteria
