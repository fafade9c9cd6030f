"""Engines: many servers, one process, nothing left behind."""

import asyncio
import socket

import httpx
import pytest

from portway.app.sample.backends import BackendError
from portway.app.sample.engine.engines import Engines, Serving
from portway.app.sample.engine.profile import Profile


async def test_each_has_its_own_name_queue_and_port() -> None:
    async with (
        Engines(Serving(), [("a", 0), ("b", 0)]) as engines,
        httpx.AsyncClient(verify=False, trust_env=False) as web,
    ):
        pods = []
        for endpoint in engines.endpoints:
            url = f"http://{endpoint}/v1/completions"
            answer = await web.post(url, json={"model": "sample", "prompt": "hi", "max_tokens": 1})
            pods.append(answer.headers["x-inference-pod"])
        assert pods == ["a", "b"]
        assert [live.queue.totals.finished for live in engines.live] == [1, 1]


async def test_a_thousand_requests_at_once_are_all_answered() -> None:
    profile = Profile(prefill_seconds=0.001, token_seconds=0.001, slots=2000)
    async with asyncio.timeout(60), Engines(Serving(profile=profile), [("a", 0)]) as engines:
        address, port = engines.endpoints[0].split(":")
        asked = (_raw(address, int(port)) for _ in range(1000))
        answers = await asyncio.gather(*asked)
    assert set(answers) == {b"HTTP/1.1 200 OK"}


async def _raw(address: str, port: int) -> bytes:
    """The first line of an answer. A client with a pool would be what is measured."""
    body = b'{"model": "sample", "prompt": "hi", "max_tokens": 4}'
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(
        b"POST /v1/completions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    whole = await reader.read()
    writer.close()
    await writer.wait_closed()
    return whole.partition(b"\r\n")[0]


async def test_a_taken_port_is_named_and_the_others_are_closed_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port: int = taken.getsockname()[1]
        engines = Engines(Serving(), [("a", 0), ("b", port)])
        with pytest.raises(BackendError, match=rf"engine b: .*127\.0\.0\.1:{port}.*Free"):
            await engines.__aenter__()
    address, free = engines.endpoints[0].split(":")
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection(address, int(free))


async def test_leaving_does_not_wait_for_long_answers() -> None:
    profile = Profile(token_seconds=10)
    body = {"model": "sample", "prompt": "hi", "max_tokens": 1000}
    async with (
        asyncio.timeout(10),
        httpx.AsyncClient(verify=False, trust_env=False, timeout=60) as web,
    ):
        async with Engines(Serving(profile=profile), [("a", 0)]) as engines:
            url = f"http://{engines.endpoints[0]}/v1/completions"
            async with asyncio.TaskGroup() as group:
                asked = group.create_task(_broken(web, url, body))
                while not engines.live[0].queue.running:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                await engines.__aexit__(None, None, None)
        assert asked.result()


async def _broken(web: httpx.AsyncClient, url: str, body: object) -> bool:
    try:
        return (await web.post(url, json=body)).status_code != 200
    except httpx.TransportError:
        return True
