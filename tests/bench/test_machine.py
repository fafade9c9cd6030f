"""What /proc says about this very process."""

import os
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

from bench import machine


def test_cpu_time_of_a_process_grows_with_its_work() -> None:
    before, started = machine.process_seconds(os.getpid()), perf_counter()
    while perf_counter() - started < 0.1:
        pass
    spent = machine.process_seconds(os.getpid()) - before
    assert 0.01 < spent <= perf_counter() - started + 0.01


def test_the_machines_time_is_consistent() -> None:
    seen = machine.cpu()
    assert 0 < seen.busy < seen.total
    assert 0 <= seen.steal < seen.total


def test_memory_is_in_bytes() -> None:
    assert 10_000_000 < machine.resident_bytes(os.getpid()) < 4_000_000_000


def test_nobody_names_a_fresh_folder() -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert machine.processes_naming(Path(folder), "envoy") == []


def test_a_description_says_where_and_when() -> None:
    told = machine.describe()
    assert str(told["date"]).endswith("+00:00")
    assert told["processors"] == len(os.sched_getaffinity(0))
    assert all(value not in ("", None) for value in told.values())


def test_the_pace_is_of_this_machine() -> None:
    assert 0.005 < machine.pace() < 2.0


def test_children_are_those_that_were_started() -> None:
    with subprocess.Popen(["sleep", "60"]) as started:
        try:
            assert started.pid in machine.children(os.getpid())
            assert machine.children(started.pid) == []
        finally:
            started.kill()


def test_a_processor_is_ours_for_a_block_only() -> None:
    before = os.sched_getaffinity(0)
    with machine.ourselves_on(min(before)):
        assert os.sched_getaffinity(0) == {min(before)}
    assert os.sched_getaffinity(0) == before


def test_our_own_work_is_not_elsewhere() -> None:
    watched, others = machine.Elsewhere([os.getpid()]), machine.Elsewhere([])
    started = perf_counter()
    while perf_counter() - started < 0.5:
        pass
    assert 0 <= watched.share() < others.share() <= 1.1
    assert others.share(also=0.25) < others.share()
