"""What objects and files say to a picker, and the light mode, behind a real Envoy."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.picker.test_followed import definition
from tests.wire.harness.model_server import ModelServer
from tests.wire.harness.picker_process import PickerProcess
from tests.wire.harness.portway import Portway
from tests.wire.pools import client
from tests.wire.test_embedded_api import api_of
from tests.wire.test_picker import BUSY, FREE, asked, documents, from_api, picking

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
KINDS = {
    "InferenceObjective": "inferenceobjectives",
    "InferenceModelRewrite": "inferencemodelrewrites",
}


async def declare(portway: Portway, group: str, *objects: tuple[str, str, dict[str, Any]]) -> None:
    """Both kinds of a group, and objects: kind, name and spec without its pool."""
    ref = {"name": "llama", "kind": "InferencePool", "group": "inference.networking.k8s.io"}
    async with api_of(portway) as api:
        for kind, plural in KINDS.items():
            answer = await api.post(CRDS, json=definition(group, kind, plural))
            assert answer.status_code == 201, answer.text
        for kind, name, spec in objects:
            document = {
                "apiVersion": f"{group}/v1alpha2",
                "kind": kind,
                "metadata": {"name": name},
                "spec": {"poolRef": ref, **spec},
            }
            where = f"/apis/{group}/v1alpha2/namespaces/default/{KINDS[kind]}"

            async def made(where: str = where, document: dict[str, Any] = document) -> bool:
                return (await api.post(where, json=document)).status_code in (201, 409)

            await portway.until(made, f"{kind} {name} is made")


async def scraped(portway: Portway, *servers: ModelServer) -> None:
    """Until each has told its numbers anew."""
    before = [each.scrapes for each in servers]

    async def anew() -> bool:
        return all(each.scrapes > was + 1 for each, was in zip(servers, before, strict=True))

    await portway.until(anew, "engines were asked for their numbers")


@pytest.mark.parametrize(
    ("group", "header"),
    [
        ("llm-d.ai", "x-llm-d-inference-objective"),
        ("inference.networking.x-k8s.io", "x-gateway-inference-objective"),
    ],
)
async def test_what_may_be_dropped_is_dropped_while_the_pool_is_full(
    tmp_path: Path, group: str, header: str
) -> None:
    async with ModelServer("a") as a, Portway(tmp_path) as portway:
        a.page = BUSY
        spec = {"priority": -1}
        await declare(portway, group, ("InferenceObjective", "batch", spec))
        options = (*from_api(portway), "--scrape-interval", "0.1")
        async with PickerProcess(tmp_path, *options) as picker:
            portway.write("site", documents(picker, [a]))
            async with await client(portway) as web:
                await picking(portway, web)
                await scraped(portway, a)
                body = {"model": "m", "prompt": "x"}
                shed = await web.post("/v1/completions", json=body, headers={header: "batch"})
                assert shed.status_code == 429
                assert shed.headers["x-llm-d-request-dropped-reason"] == "rejected-saturated"
                assert (await asked(web, "x"))[0] == 200
                a.page = FREE
                await scraped(portway, a)
                assert (await asked(web, "x", headers={header: "batch"}))[0] == 200


@pytest.mark.parametrize("mode", ["full", "light"])
async def test_a_canary_of_models_is_seen_by_the_engine(tmp_path: Path, mode: str) -> None:
    async with ModelServer("a") as a, Portway(tmp_path) as portway:
        rule = {
            "matches": [{"model": {"type": "Exact", "value": "llama"}}],
            "targets": [
                {"modelRewrite": "llama-stable", "weight": 3},
                {"modelRewrite": "llama-canary-of-another-length", "weight": 1},
            ],
        }
        rewrite = ("InferenceModelRewrite", "canary", {"rules": [rule]})
        await declare(portway, "llm-d.ai", rewrite)
        async with PickerProcess(tmp_path, *from_api(portway)) as picker:
            site = documents(picker, [a])
            _annotate(site, mode)
            portway.write("site", site)
            async with await client(portway) as web:
                await picking(portway, web)
                a.bodies.clear()
                sent = b'{ "stream":false,\n"model" : "llama", "prompt": "\\u00e9 %b"}' % (
                    b"x" * 70_000
                )
                for _ in range(80):
                    answer = await web.post("/v1/completions", content=sent)
                    assert answer.status_code == 200
        models = Counter(json.loads(each)["model"] for each in a.bodies)
        assert set(models) == {"llama-stable", "llama-canary-of-another-length"}
        assert 8 <= models["llama-canary-of-another-length"] <= 35
        for each in a.bodies:
            model = json.loads(each)["model"].encode()
            assert each == sent.replace(b'"llama"', b'"%b"' % model)


async def test_in_the_light_mode_answers_pass_by_and_are_still_counted(tmp_path: Path) -> None:
    async with (
        ModelServer("a") as a,
        ModelServer("b") as b,
        Portway(tmp_path) as portway,
        PickerProcess(tmp_path, *from_api(portway)) as picker,
    ):
        site = documents(picker, [a, b])
        _annotate(site, "light")
        portway.write("site", site)
        async with await client(portway) as web:
            await picking(portway, web)
            a.bodies.clear()
            b.bodies.clear()
            text = "x" * 3_000_000
            found = {await asked(web, text) for _ in range(5)}
            assert len(found) == 1
            assert found.pop()[0] == 200
            bodies = a.bodies or b.bodies
            assert json.loads(bodies[-1])["prompt"] == text
            for each in (a, b):
                each.chunks, each.between = [b"data: %d\n\n" % n for n in range(20)], 0.1
            streaming = asyncio.ensure_future(_streamed(web))
            await asyncio.sleep(1.0)
            running = 'inference_objective_running_requests{model_name="llama"}'
            assert await picker.number(running) == 1
            assert await streaming == b"".join(a.chunks)

            async def over() -> bool:
                return await picker.number(running) == 0

            await portway.until(over, "the request is over")
            assert (await web.get("/v1/models")).status_code == 200
        assert await picker.number("portway_picker_passed_over_total") == 0


async def test_requests_wait_while_the_pool_is_full(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "apiVersion: inference.networking.x-k8s.io/v1alpha1\nkind: EndpointPickerConfig\n"
        "featureGates: [flowControl]\n"
        "plugins: [{type: queue-scorer}, {type: prefix-cache-scorer}, {type: max-score-picker}]\n"
        "flowControl:\n  defaultRequestTTL: 3s\n  defaultPriorityBand: {maxRequests: 5}\n"
    )
    async with ModelServer("a") as a, Portway(tmp_path) as portway:
        a.page = BUSY
        options = (*from_api(portway), "--scrape-interval", "0.1", "--config", str(config))
        async with PickerProcess(tmp_path, *options) as picker:
            portway.write("site", documents(picker, [a]))
            async with await client(portway) as web:
                await scraped(portway, a)
                waits = [asyncio.ensure_future(asked(web, "x")) for _ in range(7)]
                await asyncio.sleep(0.7)
                refused = [each.result()[0] for each in waits if each.done()]
                assert refused == [429, 429]
                queued = "inference_extension_flow_control_queue_size"
                assert await picker.number(queued) == 5
                a.page = FREE
                found = Counter(each[0] for each in await asyncio.gather(*waits))
                assert found == {200: 5, 429: 2}
                a.page = BUSY
                await picking(portway, web)
                await scraped(portway, a)
                body = {"model": "m", "prompt": "x"}
                late = await web.post("/v1/completions", json=body)
                assert late.status_code == 503
                assert late.headers["x-llm-d-request-dropped-reason"] == "rejected-ttl-expired"


async def _streamed(web: httpx.AsyncClient) -> bytes:
    body = {"model": "llama", "stream": True, "prompt": "x"}
    async with web.stream("POST", "/v1/completions", json=body) as answer:
        return b"".join([each async for each in answer.aiter_raw()])


def _annotate(site: list[dict[str, Any]], mode: str) -> None:
    (pool,) = [each for each in site if each["kind"] == "InferencePool"]
    pool["metadata"]["annotations"]["portway.dev/picker-mode"] = mode
