"""A shot: engines start empty, and are gone afterwards."""

import asyncio
from pathlib import Path

import pytest

from bench.inference.shot import free_endpoints, shoot
from bench.inference.workload import shared_prefix
from bench.loads import Target
from portway.app.sample.engine.profile import Profile


async def test_every_shot_begins_with_empty_caches(tmp_path: Path) -> None:
    endpoints = free_endpoints(2)
    host, _, port = endpoints[0].rpartition(":")
    target = Target(host, int(port), host, "/health")
    load = shared_prefix(2, 4, 256, question_tokens=16, output_tokens=4, concurrency=1)
    for _ in range(2):
        got, why = await shoot(target, endpoints, load, Profile(), 20.0, tmp_path / "log")
        assert (got.requests, got.failed, why) == (8, 0, {})
        assert got.hit_rate == pytest.approx(6 * 256 / (8 * 272))
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection(host, int(port))


def test_endpoints_follow_each_other() -> None:
    first, second = (int(each.rpartition(":")[2]) for each in free_endpoints(2))
    assert second == first + 1
