"""The client, against a real engine and against what a gateway may answer."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bench.inference.client import PREFIX_HEADER, Client
from bench.inference.workload import Request, Workload, shared_prefix
from bench.loads import Target
from portway.app.sample.engine.engines import Engines, Serving
from portway.app.sample.engine.profile import Profile

_SPEED = 20.0
_PROFILE = Profile(prefill_tokens_per_second=1000, prefill_seconds=0, token_seconds=0.1)


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    serving = Serving("m", profile=_PROFILE, speed=_SPEED, events=2)
    async with Engines(serving, [("pod-a", 0)]) as engines:
        host, port = engines.endpoints[0].split(":")
        yield Target(host, int(port), "models.test")


async def test_times_are_simulated_and_the_cache_is_seen(target: Target) -> None:
    client = Client(target, "m", _SPEED)
    await client.run(shared_prefix(1, 2, 1600, question_tokens=16, output_tokens=11, concurrency=1))
    cold, warm = client.served
    assert (client.failed, cold.engine) == (0, "pod-a")
    assert (cold.cached_tokens, warm.cached_tokens, warm.prompt_tokens) == (0, 1600, 1616)
    assert 1.6 < cold.first - cold.asked < 3.2
    assert warm.first - warm.asked < 1.6
    assert cold.last - cold.first > 0.9


async def test_an_open_loop_waits_for_nobody(target: Target) -> None:
    long = Request("a", (("a", 2000),), 11, arrival=0.0)
    soon = Request("b", (("b", 20),), 11, arrival=0.5)
    client = Client(target, "m", _SPEED)
    await client.run(Workload("two", (long, soon)))
    assert max(each.asked for each in client.served) < min(each.first for each in client.served)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 503"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhalf", "IncompleteReadError"),
        (b"", "IncompleteReadError"),
    ],
)
async def test_what_is_not_answered_in_full_has_failed(answer: bytes, why: str) -> None:
    seen = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        client = Client(Target("127.0.0.1", port, "models.test"), "m", 1.0)
        await client.run(Workload("one", (Request("k", (("a", 4),), 1),), 1))
    assert (client.failed, client.served) == (1, [])
    assert [each[: len(why)] for each in client.why] == [why]
    assert f"{PREFIX_HEADER}: k".encode() in seen[0]
