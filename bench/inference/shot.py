"""One shot: fresh engines with empty caches, one arm, one workload.

Knows how to start the engines at given ports. Must not know how arms choose. Engines are processes
of their own, so that their CPU time is not the client's.
"""

import itertools
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

from bench.arms import answering
from bench.inference.client import Client
from bench.inference.figures import Figures, figures
from bench.inference.workload import Workload
from bench.loads import Target
from portway.app.sample.engine.profile import Profile
from tests.wire.harness import processes

MODEL = "sample"
_PORT = 8_000
_NUMBERS = itertools.count(1)


def free_endpoints(count: int) -> tuple[str, ...]:
    """Ports one after another, at a loopback address where nothing else of a run listens."""
    address = f"127.21.{os.getpid() % 250}.{next(_NUMBERS) % 250 + 1}"
    return tuple(f"{address}:{_PORT + number}" for number in range(count))


async def shoot(
    target: Target,
    endpoints: tuple[str, ...],
    load: Workload,
    profile: Profile,
    speed: float,
    log: Path,
    events: int = 2,
) -> tuple[Figures, dict[str, int]]:
    """Sends the workload through `target`; an answer has `events` events at most.

    Returns what came of it, and why requests failed.

    Raises ArmError when the arm does not come up, ValueError when nothing was answered.
    """
    async with engines(endpoints, profile, speed, log, events):
        await answering(target, log)
        client = Client(target, MODEL, speed)
        await client.run(load)
    return figures(client.served, len(endpoints), client.failed), client.why


@asynccontextmanager
async def engines(
    endpoints: tuple[str, ...], profile: Profile, speed: float, log: Path, events: int = 2
) -> AsyncIterator[None]:
    """Serves fresh engines at these endpoints, which follow each other. Raises ArmError."""
    address, _, first = endpoints[0].rpartition(":")
    sizes = [
        word
        for name, value in asdict(profile).items()
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    command = [
        *(sys.executable, "-m", "portway.app.sample.engine"),
        *("--address", address, "--port", first),
        *("--count", str(len(endpoints)), "--model", MODEL),
        *("--speed", str(speed), "--events", str(events), *sizes),
    ]
    process = await processes.start(command, log)
    try:
        for endpoint in endpoints:
            host, _, port = endpoint.rpartition(":")
            await answering(Target(host, int(port), host, "/health"), log)
        yield
    finally:
        await processes.end(process, seconds=3)
