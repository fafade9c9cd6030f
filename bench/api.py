"""9. The embedded API: writes that are watched, a list, and a start with a full journal.

Knows what is asked of the API and how long it takes: over HTTP with TLS, as clients see it, with
the journal on the disk. The API is a process of its own and nothing of the gateway runs beside it:
what is measured is the API alone. CPU is the server's own, the kernel's count.
"""

import asyncio
import json
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.api_client import ROUTES, Connection, connect, cpu, route, served, watchers
from bench.context import Context
from bench.outcome import Criterion, Outcome, Table

_TEXT = """\
HTTPRoutes are created, then each is patched, from many connections while a process watches them;
then all are listed, the median of five times. Every answer to a write comes after its journal entry
is on the disk. A start is timed from the command until the API listens."""
_PATCH = json.dumps({"spec": {"hostnames": ["other.example.com"]}}).encode()


async def measure(context: Context) -> Outcome:
    """Writes, lists, a start."""
    plan = context.plan.api
    folder = context.scratch / "api"
    folder.mkdir()
    found: dict[str, Any] = {}
    with served(folder) as (pid, port, found["empty_start_seconds"]):
        with _watched(folder, port, plan.watchers) as (open_, seen):
            await _until(open_, plan.watchers)
            connections = [await connect(folder, port) for _ in range(plan.connections)]
            for what, ask in (("creates", _create), ("patches", _change)):
                context.say(f"{plan.routes} {what}")
                found[what] = await _paced(connections, range(plan.routes), ask, pid)
            found["list_seconds"] = await _listed(connections[0], plan.routes)
            found["events"] = await _until(seen, 2 * plan.routes * plan.watchers)
        context.say(f"a start with {plan.objects} objects")
        await _paced(connections, range(plan.routes, plan.objects), _create, pid)
        for each in connections:
            await each.close()
    with served(folder) as (pid, _, found["start_seconds"]):
        found["start_cpu"] = cpu(pid)
    return _outcome(context, found)


async def _create(connection: Connection, number: int) -> None:
    await connection.ask("POST", ROUTES, route(number))


async def _change(connection: Connection, number: int) -> None:
    await connection.ask("PATCH", f"{ROUTES}/r{number}", _PATCH, "merge-patch+json")


async def _paced(
    connections: list[Connection],
    numbers: range,
    ask: Callable[[Connection, int], Any],
    pid: int,
) -> dict[str, float]:
    """As many at a time as there are connections: writes a second, CPU of the server for each."""

    async def some(first: int) -> None:
        for number in numbers[first :: len(connections)]:
            await ask(connections[first], number)

    started, used = perf_counter(), cpu(pid)
    async with asyncio.TaskGroup() as group:
        for first in range(len(connections)):
            group.create_task(some(first))
    seconds = perf_counter() - started
    count = max(1, len(numbers))
    return {"per_second": len(numbers) / seconds, "cpu_seconds": (cpu(pid) - used) / count}


async def _listed(connection: Connection, wanted: int) -> float:
    """Seconds of the median list; raises RuntimeError when something is missing."""
    times = []
    for _ in range(5):
        started = perf_counter()
        body = await connection.ask("GET", ROUTES)
        times.append(perf_counter() - started)
    if len(json.loads(body)["items"]) != wanted:
        raise RuntimeError("the list is not complete")
    return sorted(times)[2]


@contextmanager
def _watched(folder: Path, port: int, count: int) -> Iterator[Any]:
    """A process that watches; gives the numbers of watches that have begun and of events seen."""
    start = multiprocessing.get_context("spawn")
    open_, seen = start.Value("q", 0), start.Value("q", 0)
    watching = start.Process(target=watchers, args=(folder, port, count, open_, seen))
    watching.start()
    try:
        yield open_, seen
    finally:
        watching.terminate()
        watching.join()


async def _until(number: Any, wanted: int) -> int:
    """The number, waiting up to ten seconds for what is still on its way."""
    for _ in range(200):
        if number.value >= wanted:
            break
        await asyncio.sleep(0.05)
    return int(number.value)


def _outcome(context: Context, found: dict[str, Any]) -> Outcome:
    plan = context.plan.api
    missing = 2 * plan.routes * plan.watchers - found["events"]
    outcome = Outcome("api", "The embedded API", _TEXT)
    at = f"{plan.watchers} watches, "
    outcome.criteria = [
        Criterion(at + "creates a second", found["creates"]["per_second"], 2000, "", at_least=True),
        Criterion(at + "patches a second", found["patches"]["per_second"], 2000, "", at_least=True),
        Criterion(at + "events that were not seen", missing, 0),
        Criterion(f"list of {plan.routes:,} routes", found["list_seconds"], 0.2, "s"),
        Criterion(f"start with {plan.objects:,} objects", found["start_seconds"], 1.0, "s"),
    ]
    rows = [
        [what, f"{found[what]['per_second']:,.0f}/s", f"{found[what]['cpu_seconds'] * 1e6:.0f} us"]
        for what in ("creates", "patches")
    ]
    heads = [f"from {plan.connections} connections", "rate", "the server's CPU for each"]
    outcome.tables = [Table("", heads, rows)]
    outcome.data = found
    return outcome
