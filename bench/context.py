"""What every benchmark is given, and what it asks of the machine.

Knows the plan, the generator, a private folder and how to say what is going on. Must not know any
benchmark.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from bench.arms import Arm
from bench.loads import Generator
from bench.plan import Plan


@dataclass(frozen=True, slots=True)
class Context:
    """One run of one benchmark. `scratch` is its own and empty."""

    name: str
    plan: Plan
    load: Generator
    scratch: Path

    def say(self, text: str) -> None:
        """Progress, for whoever waits."""
        print(f"  {self.name}: {text}", file=sys.stderr, flush=True)

    def watch(self, arms: Iterable[Arm], *others: int) -> machine.Elsewhere:
        """Watches how much CPU goes elsewhere: not to these arms, processes, or this one."""
        ours = {each for arm in arms for each in arm.processes}
        return machine.Elsewhere([*ours, *others, os.getpid()])


BUSY = "the machine was busy with something else in too many rounds"
