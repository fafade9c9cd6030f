"""Processes end with the test, and only those of the test."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.wire.harness import ports, processes

IGNORES_SIGTERM = (
    "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('ready', flush=True); signal.pause()"
)


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    yield tmp_path
    processes.kill_naming(tmp_path)


async def stubborn(folder: Path) -> tuple[asyncio.subprocess.Process, Path]:
    log = folder.parent / f"{folder.name}.log"
    process = await processes.start([sys.executable, "-c", IGNORES_SIGTERM, str(folder / "x")], log)
    async with asyncio.timeout(10):
        while "ready" not in log.read_text():  # noqa: ASYNC110 - a file tells nobody it grew
            await asyncio.sleep(0.01)
    return process, log


async def test_end_insists_and_tells_the_exit_code(folder: Path) -> None:
    process, _ = await stubborn(folder)
    assert await processes.end(process, seconds=0.1) == -9
    assert processes.naming(folder) == []


async def test_kill_naming_ends_what_names_the_folder_and_spares_longer_names(
    folder: Path,
) -> None:
    mine, neighbour = folder / "a", folder / "ab"
    ours, _ = await stubborn(mine)
    theirs, _ = await stubborn(neighbour)
    assert processes.kill_naming(mine) == [ours.pid]
    assert await ours.wait() == -9
    assert processes.naming(neighbour) == [theirs.pid]
    assert await processes.end(theirs, seconds=0.1) == -9


def test_ranges_of_one_process_differ_and_are_loopback() -> None:
    ranges = [ports.loopback_range() for _ in range(16)]
    assert len(set(ranges)) == 16
    assert all(entry.startswith("127.") and entry.endswith("/28") for entry in ranges)
