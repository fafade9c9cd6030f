"""What a pool of a hundred endpoints costs while nobody asks for anything.

Knows the arms and the kernel's count of CPU time. Must not know what the processes do with it.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from bench import machine
from bench.arms import Arm
from bench.inference import site
from bench.inference.shot import engines, free_endpoints
from bench.outcome import Criterion, Outcome, Table
from portway.app.sample.engine.profile import Profile

ENDPOINTS = 100
# What was read is set aside up to ten seconds after it is ready, which is no part of being idle;
# a picker asks engines less often once nothing has come for a while.
_SETTLE_SECONDS = 15.0
_TEXT = f"""\
{ENDPOINTS} simulated engines in a pool, and no requests: the share of a core that Portway, its
Envoy and the picker take together."""


async def measure(seconds: float, scratch: Path, say: Callable[[str], None]) -> Outcome:
    """Raises ArmError, PortwayError."""
    outcome = Outcome("inference_idle", "A hundred endpoints, idle", _TEXT)
    endpoints = free_endpoints(ENDPOINTS)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(engines(endpoints, Profile(), 1.0, scratch / "log"))
        names = [site.POOL, *([site.LIGHT] if await site.has_picker() else [])]
        arms = [
            await stack.enter_async_context(site.portway(scratch, name, endpoints))
            for name in names
        ]
        say(f"idle: {ENDPOINTS} endpoints, {seconds:.0f} s")
        await asyncio.sleep(_SETTLE_SECONDS)
        before = [_spent(arm) for arm in arms]
        await asyncio.sleep(seconds)
        shares = [(_spent(arm) - spent) / seconds for arm, spent in zip(arms, before, strict=True)]
    rows = []
    for name, share in zip(names, shares, strict=True):
        rows.append([name, f"{share:.2%}"])
        text = f"{name}: CPU with {ENDPOINTS} idle endpoints"
        outcome.criteria.append(Criterion(text, share * 100, 5.0, "% of a core"))
    outcome.tables.append(Table("", ("arm", "of a core"), rows))
    outcome.data = dict(zip(names, shares, strict=True))
    return outcome


def _spent(arm: Arm) -> float:
    return sum(machine.process_seconds(each) for each in arm.processes)
