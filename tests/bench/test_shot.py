"""A shot counts only when every request was answered as it should be."""

import asyncio
import os
from pathlib import Path

import pytest

from bench.arms import Arm
from bench.loads import Generator, Shot, Target
from bench.shot import BenchError, on_two_processors, shoot
from tests.wire.harness import processes

TARGET = Target("127.0.0.1", 1, "a.example")


def load(errors: int) -> Generator:
    """A generator that is a program without output, and says what it is told to."""
    shot = Shot(100, errors, 1.0, 0.001, 0.002, 0.1)
    return Generator("none", lambda *_: ["true"], lambda *_: shot)


async def test_cpu_is_that_of_the_proxy_for_each_request() -> None:
    arm = Arm("ourselves", TARGET, (os.getpid(),))
    found = await shoot(arm, load(0), 1, 1.0)
    assert 0 < found.proxy_cpu < 10
    assert found.cpu_per_request == pytest.approx(found.proxy_cpu / 100)


async def test_a_single_failure_spoils_it() -> None:
    with pytest.raises(BenchError, match="a: 1 of 100"):
        await shoot(Arm("a", TARGET, ()), load(1), 1, 1.0)


async def test_proxies_and_clients_are_kept_apart_for_a_while(tmp_path: Path) -> None:
    everywhere = os.sched_getaffinity(0)
    made = [await processes.start(["sleep", "60"], tmp_path / "log") for _ in range(2)]
    try:
        proxy, origin = (Arm("x", TARGET, (each.pid,)) for each in made)
        with on_two_processors([proxy], origin) as pinned:
            assert pinned is (len(everywhere) > 1)
            if pinned:
                assert os.sched_getaffinity(made[1].pid) == os.sched_getaffinity(0)
                assert not os.sched_getaffinity(made[0].pid) & os.sched_getaffinity(0)
        assert os.sched_getaffinity(0) == everywhere
    finally:
        await asyncio.gather(*(processes.end(each) for each in made))
