"""What each event of an answer costs on its way: nothing, for a picker that need not see it.

Knows the arms and the kernel's count of CPU time. Must not know what the processes do with it. The
engines and the client are slower than a proxy, which does not matter: it is CPU that is counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from bench.inference import site
from bench.inference.shot import free_endpoints, shoot
from bench.inference.workload import unshared
from bench.outcome import Criterion, Outcome, Table
from portway.app.sample.engine.profile import Profile

FEW = 8
_SPEED = 50.0
_CONCURRENCY = 8
_BOUND_MICROSECONDS = 2.0
_TEXT = """\
CPU of Envoy and the picker together for a request whose answer is a stream of few or of many
events. An event costs its passing on; what counts is how much more than a Service's it costs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many requests of each kind, and the events of the long answers."""

    requests: int
    events: int


SHORT = Plan(requests=60, events=500)
FULL = Plan(requests=200, events=2_000)


async def measure(plan: Plan, scratch: Path, say: Callable[[str], None]) -> Outcome:
    """Raises ArmError, PortwayError."""
    outcome = Outcome("inference_length", "What an answer's length costs", _TEXT)
    names = [site.SERVICE, site.POOL, *(site.PICKED if await site.has_picker() else ())]
    spent: dict[str, tuple[float, float]] = {}
    for name in names:
        say(f"length: {name}")
        spent[name] = await _spent(name, plan, scratch)
    describe(outcome, plan, spent)
    return outcome


async def _spent(name: str, plan: Plan, scratch: Path) -> tuple[float, float]:
    """CPU seconds of a request with a short answer, and with a long one."""
    endpoints = free_endpoints(2)
    log = scratch / "engines.log"
    async with site.portway(scratch, name, endpoints) as arm:
        found = []
        for events in (FEW, plan.events):
            load = unshared(plan.requests, 256, output_tokens=events, concurrency=_CONCURRENCY)
            before = sum(machine.process_seconds(each) for each in arm.proxies)
            got, _ = await shoot(arm.target, endpoints, load, Profile(), _SPEED, log, events)
            after = sum(machine.process_seconds(each) for each in arm.proxies)
            found.append((after - before) / got.requests)
    return found[0], found[1]


def describe(outcome: Outcome, plan: Plan, spent: dict[str, tuple[float, float]]) -> None:
    """Writes what was spent into the outcome."""
    base = _event(spent[site.SERVICE], plan)
    rows = []
    for name, (few, many) in spent.items():
        event = _event((few, many), plan)
        rows.append([name, *(f"{each * 1e6:.0f} µs" for each in (few, many)), f"{event:.1f} µs"])
        if name in (site.POOL, site.LIGHT):
            text = f"{name}: CPU an event, beyond a Service's"
            outcome.criteria.append(Criterion(text, event - base, _BOUND_MICROSECONDS, "µs"))
    heads = ("arm", f"{FEW} events", f"{plan.events} events", "an event")
    outcome.tables.append(Table("", heads, rows))
    outcome.data = {name: list(both) for name, both in spent.items()}


def _event(spent: tuple[float, float], plan: Plan) -> float:
    """Microseconds of each further event."""
    return (spent[1] - spent[0]) / (plan.events - FEW) * 1e6
