"""7. Match cost: what a request pays for all the routes it does not match.

Knows hosts with thousands of paths and thousands of hosts, and the one route of a hand-written
Envoy to compare with. Must not know how a match is found. CPU is the proxy's own, per request; a
request that nothing matches is compared with the same in the hand-written one.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import arms, bare, folder, machine
from bench.context import BUSY, Context
from bench.loads import Target
from bench.outcome import Chart, Criterion, Outcome, Table
from bench.ratios import in_bounds, median_ratio
from bench.rounds import Rounds, interleave
from bench.shot import BenchError, Measured, on_two_processors, shoot

CONNECTIONS = 32
RULES = 16
"""Rules of one HTTPRoute; no more are allowed."""
BARE, CONTROL, BARE_NONE = "bare", "bare again", "bare, none"
_SETTLE_SECONDS = 2.0
_TEXT = """\
CPU of the proxy per request, over that of a hand-written Envoy with one route (`bare`), one worker,
32 connections, 1 KiB answers from the same origin. `n prefixes`: one host with that many paths, the
request matches the first, the middle or the last of them in the order of a list, or none; `n
hosts`: that many hosts with a path each. `none` is compared with a request that the hand-written
Envoy has no route for. Memory per route is how much larger Envoy is than with one route."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One thing to shoot at, and the lane of the hand-written Envoy to compare with."""

    name: str
    arm: arms.Arm
    base: str


@dataclass(frozen=True, slots=True)
class Site:
    """A folder's hosts: `prefix` and `exact` hosts of so many paths, and `hosts` of one."""

    prefix: Sequence[int] = ()
    exact: Sequence[int] = ()
    hosts: int = 0

    @property
    def routes(self) -> int:
        """Matches, as a proxy sees them."""
        return sum(self.prefix) + sum(self.exact) + self.hosts


async def measure(context: Context) -> Outcome:
    """All lanes in one set of rounds."""
    plan = context.plan.matching
    one = Site(prefix=(1,))
    paths = Site(prefix=tuple(plan.paths), exact=tuple(plan.exact))
    hosts = Site(hosts=plan.hosts)
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(bare.origin(context.scratch))
        lanes = await _bare_lanes(stack, context.scratch, origin)
        instances = {}
        for name, site, mode in (
            ("one", one, arms.PORTWAY),
            ("paths", paths, arms.PORTWAY),
            ("hosts", hosts, arms.PORTWAY),
            (arms.PEER, Site(prefix=(max(plan.paths),)), arms.PEER),
        ):
            context.say(f"starting {name}: {site.routes} routes")
            arm = await _instance(stack, context.scratch / name, site, origin, mode)
            instances[name] = arm
            lanes += _lanes(arm, site, f"{arms.PEER}, " if mode == arms.PEER else "")
        await asyncio.sleep(_SETTLE_SECONDS)
        resident = {name: machine.resident_bytes(arm.proxies[0]) for name, arm in instances.items()}
        # Of each proxy the first lane, which is one that goes on to the origin.
        everyone = {lane.arm.proxies: lane.arm for lane in reversed(lanes)}.values()
        by_name = {lane.name: lane for lane in lanes}
        with on_two_processors(everyone, origin) as pinned:
            for arm in everyone:  # Warm up: connections to the origin, caches.
                await context.load.shoot(arm.target, CONNECTIONS, plan.shot_seconds)

            async def take(name: str) -> tuple[Measured, float]:
                lane = by_name[name]
                elsewhere = context.watch([*everyone, origin])
                found = await shoot(lane.arm, context.load, CONNECTIONS, plan.shot_seconds)
                return found, elsewhere.share(also=found.shot.cpu)

            names, tries = list(by_name), context.plan.tries
            rounds = await interleave(names, take, plan.rounds, tries, context.say)
    per_route = {
        name: (resident[name] - resident["one"]) / site.routes
        for name, site in (("paths", paths), ("hosts", hosts))
    }
    return _outcome(lanes, rounds, per_route, max(plan.paths), plan.hosts, pinned)


async def _bare_lanes(stack: AsyncExitStack, scratch: Path, origin: arms.Arm) -> list[Lane]:
    made = [
        await stack.enter_async_context(
            bare.proxy(scratch, name.replace(" ", "-"), "one.example.com", origin.target, "/p/")
        )
        for name in (BARE, CONTROL)
    ]
    lanes = [Lane(name, arm, BARE) for name, arm in zip((BARE, CONTROL), made, strict=True)]
    return [*lanes, Lane(BARE_NONE, _at(made[0], "one.example.com", "/none", 404), BARE_NONE)]


async def _instance(
    stack: AsyncExitStack, scratch: Path, site: Site, origin: arms.Arm, mode: str
) -> arms.Arm:
    where = scratch / "folder"
    folder.site(where, origin.target.endpoint)
    folder.many(where, "routes", _manifests(site))
    running = await stack.enter_async_context(arms.portway(scratch, where, name=mode))
    for lane in _lanes(running.arm, site, ""):
        await arms.answering(lane.arm.target)
    return running.arm


def _manifests(site: Site) -> Iterable[str]:
    for kind, sizes in (("PathPrefix", site.prefix), ("Exact", site.exact)):
        for size in sizes:
            yield from paths_of(_host(kind, size), kind, size)
    for number in range(site.hosts):
        host = f"h{number:05}.hosts.example.com"
        yield folder.forward(f"h{number:05}", host, ["/p/"], "origin")


def paths_of(host: str, kind: str, size: int) -> Iterable[str]:
    """HTTPRoutes that together give a host that many paths."""
    stem = host.partition(".")[0]
    for first in range(0, size, RULES):
        numbers = range(first, min(first + RULES, size))
        paths = [_path(number) for number in numbers]
        yield folder.forward(f"{stem}-{first:05}", host, paths, "origin", kind=kind)


def _host(kind: str, size: int) -> str:
    return f"{kind.lower()}-{size}.example.com"


def _path(number: int) -> str:
    # All of one length, so that the order of a list is that of the numbers.
    return f"/p/{number:05}"


def _lanes(arm: arms.Arm, site: Site, prefix: str) -> list[Lane]:
    lanes = []
    for kind, word, sizes in (
        ("PathPrefix", "prefixes", site.prefix),
        ("Exact", "exact paths", site.exact),
    ):
        for size in sizes:
            places = {"first": 0, "middle": size // 2, "last": size - 1}
            if prefix:  # Peer mode is there for the contrast, which the last one shows.
                places = {"last": size - 1}
            elif size == 1:
                places = {"only": 0}
            for place, number in places.items():
                at = _at(arm, _host(kind, size), _path(number))
                lanes.append(Lane(_lane_name(prefix, size, word, place), at, BARE))
            if size > 1 and not prefix:
                at = _at(arm, _host(kind, size), "/none", 404)
                lanes.append(Lane(f"{size:,} {word}, none", at, BARE_NONE))
    if site.hosts:
        at = _at(arm, f"h{site.hosts - 1:05}.hosts.example.com", "/p/")
        lanes.append(Lane(f"{prefix}{site.hosts:,} hosts", at, BARE))
    return lanes


def _lane_name(prefix: str, size: int, word: str, place: str) -> str:
    return "1 prefix" if size == 1 else f"{prefix}{size:,} {word}, {place}"


def _at(arm: arms.Arm, host: str, path: str, status: int = 200) -> arms.Arm:
    target: Target = replace(arm.target, host=host, path=path, status=status)
    return replace(arm, target=target)


def _outcome(
    lanes: Sequence[Lane],
    rounds: Rounds[Measured],
    per_route: dict[str, float],
    most: int,
    hosts: int,
    pinned: bool,
) -> Outcome:
    cpu = {lane.name: [each.cpu_per_request for each in rounds.of(lane.name)] for lane in lanes}
    rate = {lane.name: [each.shot.rate for each in rounds.of(lane.name)] for lane in lanes}
    ratio = {lane.name: median_ratio(cpu[lane.name], cpu[lane.base]) for lane in lanes}
    if not ratio:
        raise BenchError("nothing was measured")
    outcome = Outcome("matching", "Match cost", _TEXT)
    positions = [
        lane for lane in lanes if lane.name.startswith(f"{most:,} ") and "hosts" not in lane.name
    ]
    outcome.criteria = [
        *(Criterion(f"CPU per request, {lane.name}", ratio[lane.name], 1.1) for lane in positions),
        Criterion(f"CPU per request, {hosts:,} hosts", ratio[f"{hosts:,} hosts"], 1.15),
        *(
            Criterion(f"memory per route, {name}", size / 1024, 4.0, "KiB", note=note)
            for (name, size), note in zip(
                per_route.items(), ("many in a host", "each in a host of its own"), strict=True
            )
        ),
    ]
    rows = [
        [
            lane.name,
            f"{ratio[lane.name]:.2f}",
            f"{median_ratio(rate[lane.name], rate[lane.base]):.2f}",
            f"{sorted(cpu[lane.name])[len(cpu[lane.name]) // 2] * 1e6:.1f} µs",
        ]
        for lane in lanes
    ]
    outcome.tables = [Table("", ["lane", "CPU / bare", "requests/s / bare", "CPU/request"], rows)]
    shown = [lane for lane in lanes if lane.base == BARE and lane.name != BARE]
    series = {lane.name: [(0.0, ratio[lane.name])] for lane in shown}
    outcome.charts = [Chart("matching", "CPU per request", "", "over one static route", series)]
    outcome.data = {"ratios": ratio, "cpu": cpu, "bytes_per_route": per_route}
    outcome.warnings = _warnings(rounds, ratio[CONTROL], pinned)
    return outcome


def _warnings(rounds: Rounds[Any], control: float, pinned: bool) -> list[str]:
    found = [] if pinned else ["proxies and clients were not pinned"]
    if not rounds.quiet:
        found.append(BUSY)
    if not in_bounds(control):
        found.append(f"the control is {control:.2f} of the same thing: do not use")
    return found
