"""6. Cold start and restart: the control plane is killed under load, and comes back.

Knows kill -9, clients that go on asking, and two questions after the restart: how much was sent
again to a proxy that had everything, and how long until a change made in between is served. Must
not know how the control plane finds its way back.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from bench import arms, bare, folder, machine
from bench.context import BUSY, Context
from bench.outcome import Criterion, Outcome, Table
from bench.prober import Connection, probe
from bench.ratios import percentile
from bench.witness import Order, Witness

_HOSTS = 64
_CONFIRMING = 5
_DOWN_SECONDS = 0.5
_SETTLE_SECONDS = 1.0
_TEXT = """\
apps: an HTTPRoute, a Service and an EndpointSlice each, in a file of their own. Cold: from the
start of the command, with no Envoy, to the first answer of the last app. Restart: the control plane
gets SIGKILL, is started again half a second later, and clients go on asking 64 of the apps all the
time (16 connections that stay, two clients with a connection for each request, every 20 ms). One
half of the kills looks at what is sent to Envoy when nothing has changed, the other at a route that
was added while nobody was there: time runs from the start of the process to its first
right answer."""


async def measure(context: Context) -> Outcome:
    """One instance, killed again and again."""
    plan = context.plan.restart
    where = context.scratch / "folder"
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(bare.origin(context.scratch))
        context.say(f"starting with {plan.apps} apps")
        starting = arms.apps(context.scratch, where, plan.apps, origin.target)
        running = await stack.enter_async_context(starting)
        await asyncio.sleep(_SETTLE_SECONDS)
        step = max(1, plan.apps // _HOSTS)
        order = Order(
            running.arm.target.address,
            folder.PORT,
            [folder.app_host(number) for number in range(0, plan.apps, step)],
            str(context.scratch / "answers"),
            kept=16,
            fresh=2,
        )
        found: dict[str, list[float]] = {"ready": [], "resent": [], "served": [], "sent": []}
        witness = Witness(order)
        async with witness:
            arm = running.arm
            elsewhere = context.watch([origin], witness.process_id, *arm.proxies)
            killed = Killed(running.instance)
            for number in range(plan.rounds):
                context.say(f"kill {number + 1} of {plan.rounds}")
                await _untouched(killed, found)
                await _changed(killed, where, number, found)
            foreign = elsewhere.share(also=killed.cpu())
    return _outcome(plan.apps, running, found, witness, foreign)


class Killed:
    """An instance whose control plane is killed again and again; knows what all of them spent."""

    def __init__(self, instance: arms.Instance) -> None:
        self.instance = instance
        # What the first one had spent before anybody watched.
        self._spent = -machine.process_seconds(instance.process_id)

    async def kill(self) -> None:
        """SIGKILL."""
        self._spent += machine.process_seconds(self.instance.process_id)
        await self.instance.kill()

    def cpu(self) -> float:
        """Seconds so far, of all of them."""
        return self._spent + machine.process_seconds(self.instance.process_id)


async def _untouched(killed: Killed, found: dict[str, list[float]]) -> None:
    """A restart with nothing new: what is sent all the same?"""
    instance = killed.instance
    await killed.kill()
    await asyncio.sleep(_DOWN_SECONDS)
    started = await instance.launch()
    found["ready"].append(await instance.ready() - started)
    await asyncio.sleep(_SETTLE_SECONDS)
    found["resent"].append(await instance.sent())


async def _changed(killed: Killed, where: Path, number: int, found: dict[str, list[float]]) -> None:
    """A restart with one route more: when is it served?"""
    instance = killed.instance
    name = f"probe-{number}"
    await killed.kill()
    folder.put(where / f"{name}.yaml", folder.probe_route(name))
    await asyncio.sleep(_DOWN_SECONDS)
    await instance.launch()
    connection = Connection(instance.address_text, folder.PORT)
    try:
        # The change is the start, which has just happened.
        host, change = folder.probe_host(name), lambda: None
        seen = await asyncio.to_thread(
            probe, connection, host, f"/{name}", change, confirming=_CONFIRMING
        )
        found["served"].append(seen.first)
    finally:
        connection.close()
    await instance.ready()
    await asyncio.sleep(_SETTLE_SECONDS)
    # More than nothing, or whoever counts does not count.
    found["sent"].append(await instance.sent())


def _outcome(
    apps: int,
    running: arms.Running,
    found: dict[str, list[float]],
    witness: Witness,
    foreign: float,
) -> Outcome:
    failed = sum(each.status != 200 for each in witness.answers)
    outcome = Outcome("restart", "Cold start and restart", f"{apps:,} {_TEXT}")
    many = f"{apps:,} routes, kill -9: "
    served, resent = max(found["served"]), max(found["resent"])
    outcome.criteria = [
        Criterion(many + "failed requests", failed, 0),
        Criterion(many + "until a change made meanwhile is served", served, 1.5, "s"),
        Criterion(many + "until it says that it is in sync", max(found["ready"]), 1.5, "s"),
        Criterion(many + "resources sent again", resent, 0),
    ]
    kills = 2 * len(found["ready"])
    row = [
        kills,
        f"{len(witness.answers):,}",
        failed,
        f"{resent:.0f}",
        f"{max(found['sent']):.0f}",
        f"{percentile(found['served'], 0.5):.2f} s",
        f"{percentile(found['ready'], 0.5):.2f} s",
        f"{running.ready_seconds:.2f} s",
        f"{running.served_seconds:.2f} s",
    ]
    heads = ["kills", "requests", "failed", "sent again", "sent with one change"]
    outcome.tables = [
        Table(
            "", [*heads, "change served", "ready", "cold start, ready", "cold start, served"], [row]
        )
    ]
    outcome.data = {
        **found,
        "apps": apps,
        "requests": len(witness.answers),
        "failed": failed,
        "closed": witness.closed,
        "cold_ready_seconds": running.ready_seconds,
        "cold_served_seconds": running.served_seconds,
    }
    if foreign > machine.FOREIGN_LIMIT:
        outcome.warnings.append(BUSY.replace(" in too many rounds", ""))
    return outcome
