"""2. Probe under churn: whether a new route waits for changes that have nothing to do with it.

Knows the route-scale test of gateway-api-bench (5,000 apps, one endpoint and one path changing
every now and then) and probes while it runs. Must not know how changes queue. The rates take
turns on one instance; `idle again` is the control.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import count

from bench import arms, bare
from bench.churn import Churn
from bench.context import BUSY, Context
from bench.outcome import Chart, Criterion, Outcome, Table, milliseconds
from bench.probe import Burst, Prober
from bench.ratios import in_bounds, median_ratio, percentile
from bench.rounds import Rounds, interleave

IDLE, CONTROL, PACE, TEN_TIMES = "idle", "idle again", "churn", "ten times the churn"
RATES = {IDLE: 0.0, CONTROL: 0.0, PACE: 1.0, TEN_TIMES: 10.0}
_PAUSE_SECONDS = 0.15
_SETTLE_SECONDS = 0.3
_TEXT = """\
apps: an HTTPRoute, a Service and an EndpointSlice each, in a file of their own. `churn`: one app
has an endpoint more or less every two seconds and one route another path every second; `ten times
the churn` is ten times that. Meanwhile probes as above, with a pause before each so that changes
come between."""


async def measure(context: Context) -> Outcome:
    """All rates on one instance."""
    plan = context.plan.churned
    where = context.scratch / "folder"
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(bare.origin(context.scratch))
        context.say(f"starting with {plan.apps} apps")
        starting = arms.apps(context.scratch, where, plan.apps, origin.target)
        running = await stack.enter_async_context(starting)
        prober = Prober(running.arm, where, count())
        stack.callback(prober.close)
        churn = Churn(where, plan.apps, origin.target.port)
        changing = await stack.enter_async_context(asyncio.TaskGroup())
        task = changing.create_task(churn.run())
        stack.callback(task.cancel)

        async def shoot(name: str) -> tuple[Burst, float]:
            churn.rate = RATES[name]
            await asyncio.sleep(_SETTLE_SECONDS)
            # What the rate before left behind is through when a change of ours is.
            await prober.burst(1)
            elsewhere = context.watch([running.arm, origin])
            burst = await prober.burst(plan.burst, _PAUSE_SECONDS)
            return burst, elsewhere.share()

        tries = context.plan.tries
        rounds = await interleave(list(RATES), shoot, plan.rounds, tries, context.say)
    return _outcome(rounds, plan.apps)


def _outcome(rounds: Rounds[Burst], apps: int) -> Outcome:
    outcome = Outcome("churned", "Probe under churn", f"{apps:,} {_TEXT}")
    idle = [burst.p50 for burst in rounds.of(IDLE)]
    ratio = {name: median_ratio([b.p50 for b in rounds.of(name)], idle) for name in RATES}
    errors = sum(burst.errors for name in RATES for burst in rounds.of(name))
    outcome.criteria = [
        Criterion("probe p50 under churn / idle", ratio[PACE], 1.2),
        Criterion("probe p50 under ten times the churn / idle", ratio[TEN_TIMES], 1.6),
        Criterion("wrong answers under churn", errors, 0),
    ]
    times = {name: _times(rounds.of(name)) for name in RATES}
    rows = [
        [
            name,
            f"{ratio[name]:.2f}",
            milliseconds(percentile(times[name], 0.5)),
            milliseconds(percentile(times[name], 0.99)),
            milliseconds(max(times[name])),
            len(times[name]),
        ]
        for name in RATES
    ]
    heads = ["arm", "p50 / idle", "p50", "p99", "max", "probes"]
    outcome.tables = [Table("", heads, rows)]
    series = {name: [(0.0, percentile(times[name], 0.5) * 1e3)] for name in RATES}
    outcome.charts = [Chart("churned", "Probe under churn, p50", "", "milliseconds", series)]
    outcome.data = {"ratios": ratio, "times": times, "errors": errors}
    if not rounds.quiet:
        outcome.warnings.append(BUSY)
    elif not in_bounds(ratio[CONTROL]):
        outcome.warnings.append(f"the control is {ratio[CONTROL]:.2f} of the same thing")
    return outcome


def _times(bursts: Sequence[Burst]) -> list[float]:
    return [seen.first for burst in bursts for seen in burst.added]
