"""The machine and what it does besides: who we are, and how much CPU went elsewhere.

Knows /proc. Must not know what is measured. Times are in seconds.
"""

import datetime
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

_PROC = Path("/proc")
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_NANOSECOND = 1e-9
FOREIGN_LIMIT = 0.03
"""The share of all CPU time that may go elsewhere (other processes, stolen) while measuring."""


@dataclass(frozen=True, slots=True)
class Cpu:
    """Seconds of all processors together since boot."""

    busy: float
    steal: float
    total: float


class Elsewhere:
    """Watches, from its making on, how much CPU goes to others than `ours` (process ids)."""

    def __init__(self, ours: Iterable[int]) -> None:
        self._ours = tuple(ours)
        self._before = cpu()
        self._own = self._spent()

    def share(self, also: float = 0.0) -> float:
        """The share (0 to 1) of all CPU time that was stolen or spent by others so far.

        `also` are seconds of ours that no living process shows any more.
        """
        now = cpu()
        others = now.busy - self._before.busy - (self._spent() - self._own) - also
        stolen = now.steal - self._before.steal
        return (max(0.0, others) + stolen) / max(_TICK, now.total - self._before.total)

    def _spent(self) -> float:
        return sum(process_seconds(each) for each in self._ours)


def describe() -> dict[str, str | int]:
    """What a reader must know to judge the numbers."""
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "processor": _field("cpuinfo", "model name"),
        "processors": len(os.sched_getaffinity(0)),
        "memory": _field("meminfo", "MemTotal"),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "additions": f"{pace() * 1e3:.0f} ms",
    }


def pace() -> float:
    """Seconds for a million additions in Python: the median of seven tries. Machines of one name
    differ by more than three times in it, and every time on the page does with them."""
    return statistics.median(_additions() for _ in range(7))


def _additions() -> float:
    total, started = 0, perf_counter()
    for each in range(1_000_000):
        total += each
    return perf_counter() - started


def commit() -> str:
    """The short hash of the checkout, with `-dirty` when files differ; `unknown` outside git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=8", "--exclude=*"]
    here = Path(__file__).parent
    with suppress(OSError, subprocess.CalledProcessError):
        answer = subprocess.run(command, cwd=here, capture_output=True, text=True, check=True)
        return answer.stdout.strip()
    return "unknown"


def cpu() -> Cpu:
    """The first line of /proc/stat."""
    first = (_PROC / "stat").read_text().partition("\n")[0]
    # user nice system idle iowait irq softirq steal; guest times are within user and nice.
    user, nice, system, idle, wait, irq, soft, steal = (int(word) for word in first.split()[1:9])
    busy = user + nice + system + irq + soft
    return Cpu(busy * _TICK, steal * _TICK, (busy + idle + wait + steal) * _TICK)


def process_seconds(process_id: int) -> float:
    """CPU seconds of all threads of a process, from the scheduler, in nanosecond steps.

    Threads that ended are not in it; a proxy's threads do not end.
    """
    spent = 0
    for thread in (_PROC / str(process_id) / "task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            spent += int((thread / "schedstat").read_text().split()[0])
    return spent * _NANOSECOND


def resident_bytes(process_id: int) -> int:
    """Resident memory of a process."""
    kilobytes = _field(f"{process_id}/status", "VmRSS").split()[0]
    return int(kilobytes) * 1024


def pin(process_ids: Iterable[int], processor: int) -> None:
    """Puts all threads of processes on one processor."""
    for process_id in process_ids:
        for thread in (_PROC / str(process_id) / "task").iterdir():
            with suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread.name), {processor})


@contextmanager
def ourselves_on(processor: int) -> Iterator[None]:
    """This process, and what it starts, on one processor for the length of the block."""
    before = os.sched_getaffinity(0)
    pin((os.getpid(),), processor)
    try:
        yield
    finally:
        for thread in (_PROC / "self" / "task").iterdir():
            with suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread.name), before)


def children(process_id: int) -> list[int]:
    """The processes that a process has started and that are still there."""
    found = []
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if _field(f"{entry.name}/status", "PPid") == str(process_id):
                    found.append(int(entry.name))
    return found


def processes_naming(folder: Path, executable: str) -> list[int]:
    """Processes of an executable whose command line names a folder."""
    found = []
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0")
                named = any(str(folder).encode() in word for word in words[1:])
                if named and Path(os.fsdecode(words[0])).name == executable:
                    found.append(int(entry.name))
    return found


def _field(file: str, name: str) -> str:
    for line in (_PROC / file).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown"
