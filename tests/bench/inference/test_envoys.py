"""A hand-written Envoy for each way of balancing comes up."""

from pathlib import Path

import pytest

from bench.arms import answering
from bench.inference.envoys import BALANCING, envoy
from portway.app.sample.engine.engines import Engines, Serving

pytestmark = pytest.mark.envoy


@pytest.mark.parametrize("name", BALANCING)
async def test_it_forwards(name: str, tmp_path: Path) -> None:
    async with (
        Engines(Serving(), [("a", 0)]) as engines,
        envoy(tmp_path, name, engines.endpoints) as arm,
    ):
        await answering(arm.target)
        assert arm.name == name
