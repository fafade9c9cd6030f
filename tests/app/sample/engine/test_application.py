"""What an engine answers, over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from portway.app.sample.engine.engines import Engines, Serving
from portway.app.sample.engine.live import LiveEngine
from portway.app.sample.engine.profile import Profile

_SLOW = Profile(prefill_seconds=0.05, token_seconds=0.05, load_factor=0, longest=2000)


@dataclass(frozen=True, slots=True)
class _Site:
    web: httpx.AsyncClient
    live: LiveEngine


@pytest.fixture
async def site() -> AsyncIterator[_Site]:
    serving = Serving("base", ("tuned",), _SLOW, events=4)
    async with Engines(serving, [("pod-a", 0)]) as engines:
        url = f"http://{engines.endpoints[0]}"
        async with httpx.AsyncClient(
            verify=False, base_url=url, timeout=10, trust_env=False
        ) as web:
            yield _Site(web, engines.live[0])


async def test_an_answer_says_which_pod_and_what_was_cached(site: _Site) -> None:
    body = {"model": "base", "prompt": "tok " * 100, "max_tokens": 2}
    first = await site.web.post("/v1/completions", json=body)
    again = await site.web.post("/v1/completions", json=body)
    assert [first.headers["x-inference-pod"], first.status_code] == ["pod-a", 200]
    assert [_cached(first), _cached(again)] == [0, 96]


async def test_adapters_share_no_cache(site: _Site) -> None:
    body = {"prompt": "tok " * 100, "max_tokens": 1}
    for model in ("base", "tuned"):
        answer = await site.web.post("/v1/completions", json={**body, "model": model})
        assert _cached(answer) == 0


async def test_a_stream_is_a_few_events_and_takes_its_time(site: _Site) -> None:
    body = {"model": "base", "prompt": "hi", "max_tokens": 20, "stream": True}
    loop = asyncio.get_running_loop()
    times, events = [], []
    async with site.web.stream("POST", "/v1/completions", json=body) as answer:
        async for line in answer.aiter_lines():
            if line:
                times.append(loop.time())
                events.append(line.removeprefix("data: "))
    assert events[-1] == "[DONE]"
    texts = [json.loads(event)["choices"][0]["text"] for event in events[:-1]]
    assert len(texts) == 4
    assert "".join(texts) == "tok " * 20
    assert times[-1] - times[0] == pytest.approx(19 * 0.05, abs=0.4)


async def test_a_client_that_goes_away_frees_its_place(site: _Site) -> None:
    body = {"model": "base", "prompt": "hi", "max_tokens": 1000, "stream": True}
    async with site.web.stream("POST", "/v1/completions", json=body) as answer:
        await anext(answer.aiter_bytes())
        assert site.live.queue.running == 1
    await _idle(site.live)
    assert site.live.queue.totals.cancelled == 1


async def test_so_does_one_whose_answer_has_not_begun(site: _Site) -> None:
    body = {"model": "base", "prompt": "hi", "max_tokens": 1000}
    with pytest.raises(httpx.ReadTimeout):
        await site.web.post("/v1/completions", json=body, timeout=0.2)
    await _idle(site.live)
    assert site.live.queue.totals.cancelled == 1


async def test_health_models_and_metrics(site: _Site) -> None:
    assert (await site.web.get("/health")).status_code == 200
    models = (await site.web.get("/v1/models")).json()["data"]
    assert [model["id"] for model in models] == ["base", "tuned"]
    assert (
        'vllm:num_requests_waiting{engine="0",model_name="base"} 0.0'
        in (await site.web.get("/metrics")).text.splitlines()
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/completions", {"model": "other", "prompt": "hi"}, 404),
        ("POST", "/v1/completions", {"model": "base"}, 400),
        ("POST", "/v1/completions", {"model": "base", "prompt": "hi", "max_tokens": 2000}, 400),
        ("GET", "/v1/completions", None, 405),
        ("GET", "/v1/nothing", None, 404),
    ],
)
async def test_mistakes_are_answered_as_openai_does(
    site: _Site, method: str, path: str, body: object, status: int
) -> None:
    answer = await site.web.request(method, path, json=body)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == status


async def _idle(live: LiveEngine) -> None:
    async with asyncio.timeout(5):
        while live.queue.running:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def _cached(answer: httpx.Response) -> int:
    found: int = answer.json()["usage"]["prompt_tokens_details"]["cached_tokens"]
    return found
