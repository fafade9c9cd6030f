"""One shot at a proxy: requests as fast as they are answered, and what the proxy spent on them.

Knows processors and process times. Must not know which proxies there are or how shots are compared.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import machine
from bench.arms import Arm
from bench.loads import Generator, Shot


class BenchError(Exception):
    """The run says nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One shot at one arm, and the CPU seconds of its proxy."""

    shot: Shot
    proxy_cpu: float

    @property
    def cpu_per_request(self) -> float:
        """Seconds."""
        return self.proxy_cpu / max(1, self.shot.requests)


async def shoot(arm: Arm, load: Generator, connections: int, seconds: float) -> Measured:
    """Raises BenchError when a single request failed, LoadError."""
    before = sum(machine.process_seconds(each) for each in arm.proxies)
    shot = await load.shoot(arm.target, connections, seconds)
    spent = sum(machine.process_seconds(each) for each in arm.proxies) - before
    if shot.errors:
        raise BenchError(f"{arm.name}: {shot.errors} of {shot.requests} requests failed")
    return Measured(shot, spent)


@contextmanager
def on_two_processors(contenders: Iterable[Arm], origin: Arm) -> Iterator[bool]:
    """Proxies on one processor; origin and load (our children) on another. False: there is one."""
    processors = sorted(os.sched_getaffinity(0))
    if len(processors) < 2:
        yield False
        return
    for contender in contenders:
        machine.pin(contender.proxies, processors[0])
    machine.pin(origin.proxies, processors[1])
    with machine.ourselves_on(processors[1]):
        yield True
