"""The official OpenAI client and the simulated engine: directly, and through a pool.

What the client reads must be the same either way, streams included.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest

from portway.app.sample.engine.engines import Engines, Serving
from portway.app.sample.engine.profile import Profile
from tests.wire import pools
from tests.wire.harness.portway import Portway

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]
_PROMPT = "tok " * 1000
_PROFILE = Profile(prefill_seconds=0.01, token_seconds=0.005)


@pytest.fixture
async def engines() -> AsyncIterator[Engines]:
    serving = Serving("base", ("tuned",), _PROFILE, events=5)
    async with Engines(serving, [("pod-a", 0), ("pod-b", 0)]) as running:
        yield running


@pytest.fixture(params=["directly", "through Envoy"])
async def client(
    request: pytest.FixtureRequest, engines: Engines, tmp_path: Path
) -> AsyncIterator[openai.AsyncOpenAI]:
    if request.param == "directly":
        async with _client(f"http://{engines.endpoints[0]}") as direct:
            yield direct
        return
    async with Portway(tmp_path) as portway:
        pool = pools.pool("llama", "", *engines.endpoints)
        portway.write("site", [*pools.site(pools.to("llama")), pool])
        async with _client(await pools.base(portway)) as through:
            yield through


def _client(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=20)


async def test_whole_answers(client: openai.AsyncOpenAI, engines: Engines) -> None:
    raw = await client.completions.with_raw_response.create(
        model="base", prompt=_PROMPT, max_tokens=7
    )
    assert raw.headers["x-inference-pod"] in ("pod-a", "pod-b")
    answer = raw.parse()
    assert answer.choices[0].text == "tok " * 7
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (1000, 7)
    chat = await client.chat.completions.create(
        model="tuned", messages=[{"role": "user", "content": "hi"}], max_completion_tokens=3
    )
    assert chat.choices[0].message.content == "tok tok tok "
    assert chat.choices[0].finish_reason == "length"


async def test_cached_tokens_are_told(client: openai.AsyncOpenAI, engines: Engines) -> None:
    cached = []
    for _ in range(8):  # With two engines at least one prompt comes to the same one again.
        answer = await client.completions.create(model="base", prompt=_PROMPT, max_tokens=1)
        assert answer.usage is not None
        assert answer.usage.prompt_tokens_details is not None
        cached.append(answer.usage.prompt_tokens_details.cached_tokens)
    assert cached[0] == 0
    assert set(cached) == {0, 992}


async def test_streams_end_with_their_usage(client: openai.AsyncOpenAI, engines: Engines) -> None:
    loop = asyncio.get_running_loop()
    stream = await client.chat.completions.create(
        model="base",
        messages=[{"role": "user", "content": "hi"}],
        max_tokens=101,
        stream=True,
        stream_options={"include_usage": True},
    )
    pieces, times = [], []
    async for event in stream:
        times.append(loop.time())
        pieces.append(event)
    texts = [piece.choices[0].delta.content or "" for piece in pieces[:-1]]
    assert "".join(texts) == "tok " * 101
    assert len(texts) == 5
    assert times[-1] - times[0] > 0.4  # 100 tokens of 5 ms: nothing held it back to the end.
    usage = pieces[-1].usage
    assert usage is not None
    assert usage.completion_tokens == 101


async def test_a_stream_that_is_left_frees_its_place(
    client: openai.AsyncOpenAI, engines: Engines
) -> None:
    stream = await client.completions.create(
        model="base", prompt="hi", max_tokens=10_000, stream=True
    )
    await anext(aiter(stream))
    await stream.close()
    async with asyncio.timeout(10):
        while sum(live.queue.totals.cancelled for live in engines.live) == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert [live.queue.running for live in engines.live] == [0, 0]


async def test_models_and_mistakes(client: openai.AsyncOpenAI, engines: Engines) -> None:
    assert [model.id async for model in client.models.list()] == ["base", "tuned"]
    with pytest.raises(openai.NotFoundError, match="`other` does not exist"):
        await client.completions.create(model="other", prompt="hi")
    with pytest.raises(openai.BadRequestError, match="do not fit"):
        await client.completions.create(model="base", prompt="hi", max_tokens=100_000)
