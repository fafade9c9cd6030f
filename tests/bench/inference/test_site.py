"""Every arm is up, and each balances as its name says."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pytest

from bench.arms import answering
from bench.inference import site
from bench.inference.client import PREFIX_HEADER
from bench.inference.envoys import BALANCING
from bench.loads import Target
from portway.app.sample.engine.engines import Engines, Serving

pytestmark = pytest.mark.envoy


async def test_arms_choose_as_their_names_say(tmp_path: Path) -> None:
    assert (await site.names())[:5] == [*BALANCING, site.POOL]
    pods = [(f"pod-{number}", 0) for number in range(3)]
    found = {}
    async with Engines(Serving(), pods) as engines:
        for name in await site.names():
            scratch = tmp_path / name.replace(" ", "-")
            scratch.mkdir()
            async with site.arm(scratch, name, engines.endpoints) as arm:
                await asyncio.wait_for(answering(arm.target), 60)
                found[name] = await _pods(arm.target)
    assert set(found["round robin"].values()) == {10}
    assert len(found["bounded-load hashing"]) == 1
    assert len(found["random"]) == len(found["least request"]) == 3
    assert found[site.POOL].total() == 30


def test_manifests_ask_for_what_the_arm_is_called() -> None:
    endpoints = ("127.0.0.1:1", "127.0.0.1:2")
    service = site.manifests(site.SERVICE, endpoints, "")
    assert "kind: Service" in service
    assert "InferencePool" not in service
    assert "endpointPickerRef" not in site.manifests(site.POOL, endpoints, "")
    by_model = site.manifests(site.NAMED, endpoints, "")
    assert "X-Gateway-Model-Name" in by_model
    assert "InferencePool" not in by_model
    light, duplex = (site.manifests(name, endpoints, "127.0.0.1:3") for name in site.PICKED)
    assert "picker-mode: light" in light
    assert "picker-mode" not in duplex
    assert "endpointPickerRef" in duplex


async def _pods(target: Target) -> Counter[str]:
    headers = {"host": target.host, PREFIX_HEADER: "same"}
    async with httpx.AsyncClient(verify=False, trust_env=False, headers=headers) as web:
        url = f"http://{target.endpoint}/health"
        return Counter([(await web.get(url)).headers["x-inference-pod"] for _ in range(30)])
