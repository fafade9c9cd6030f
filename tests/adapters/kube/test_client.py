"""Answers as bytes and lines, and what is no answer."""

import asyncio
import logging
from collections.abc import AsyncIterator

import httpx
import pytest

from portway.adapters.kube.client import Client
from portway.adapters.kube.failure import ApiFailure, Unreachable
from portway.adapters.kube.rhythm import Rhythm
from tests.adapters.kube.test_reflector import ACCESS


class Pieces(httpx.AsyncByteStream):
    def __init__(self, *pieces: bytes | Exception) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for each in self._pieces:
            if isinstance(each, Exception):
                raise each
            yield each


def client(*answers: httpx.Response | Exception) -> Client:
    todo = list(answers)

    async def answer(request: httpx.Request) -> httpx.Response:
        found = todo.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return Client(ACCESS, transport=httpx.MockTransport(answer))


async def lines(of: Client) -> list[bytes]:
    async with of.lines("/x", {}) as found:
        return [each async for each in found]


async def test_lines_are_those_of_the_server_however_they_are_cut() -> None:
    # U+2028 ends a line to many, but not to JSON.
    text = '{"a":"\u2028"}'.encode()
    pieces = Pieces(b"one\nt", b"w", b"o\n\n" + text[:7], text[7:] + b"\nrest")
    assert await lines(client(httpx.Response(200, stream=pieces))) == [b"one", b"two", text]


async def test_a_no_is_told_with_what_it_says() -> None:
    said = {"code": 403, "reason": "Forbidden", "message": "no"}
    of = client(*(httpx.Response(403, json=said, headers={"Retry-After": "2"}) for _ in range(2)))
    for ask in (of.get("/x"), lines(of)):
        with pytest.raises(ApiFailure, match="403 Forbidden: no") as raised:
            await ask
        assert raised.value.retry_after == 2.0
    with pytest.raises(ApiFailure, match="302"):
        await client(httpx.Response(302)).get("/x")


async def test_a_server_that_is_away_is_told_once_and_that_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "portway.adapters.kube")
    gone = httpx.ConnectError("nobody there")
    of = client(gone, gone, httpx.Response(200, content=b"{}"), httpx.Response(200))
    for _ in range(2):
        with pytest.raises(Unreachable, match="nobody there"):
            await of.get("/x")
    assert await of.get("/x") == b"{}"
    await of.get("/x")
    told = [each for each in caplog.records if each.name.startswith("portway.")]
    assert [each.getMessage() for each in told] == [
        "the API server http://server cannot be reached (nobody there); "
        "what was read before stays in force",
        "the API server http://server is back",
    ]


async def test_a_line_that_was_cut_off_is_none() -> None:
    of = client(httpx.Response(200, stream=Pieces(b"one\ntw", httpx.ReadError("reset"))))
    async with of.lines("/x", {}) as found:
        assert await anext(found) == b"one"
        with pytest.raises(Unreachable, match="reset"):
            await anext(found)


async def test_a_pause_ends_soon_after_the_server_is_back() -> None:
    of = client(httpx.ConnectError("away"), httpx.Response(200))
    loop = asyncio.get_running_loop()
    with pytest.raises(Unreachable):
        await of.get("/x")
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        pausing = group.create_task(of.pause(60.0))
        await asyncio.sleep(0.05)
        assert not pausing.done()
        await of.get("/x")
    began = loop.time()
    await of.pause(0.05)
    assert loop.time() - began >= 0.04


async def test_a_pause_is_no_longer_than_asked_while_the_server_is_away() -> None:
    of = client(httpx.ConnectError("away"))
    with pytest.raises(Unreachable):
        await of.get("/x")
    async with asyncio.timeout(5):
        await of.pause(0.01)


async def test_only_the_one_that_is_meant_is_deleted() -> None:
    asked: list[tuple[str, str, bytes]] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path, request.content))
        return httpx.Response(200)

    of = Client(ACCESS, transport=httpx.MockTransport(answer))
    await of.delete("/x", "u1")
    await of.delete("/y")
    (first, second) = asked
    assert first[:2] == ("DELETE", "/x")
    assert b'"preconditions":{"uid":"u1"}' in first[2]
    assert b"preconditions" not in second[2]


async def test_one_of_those_that_wait_for_the_server_looks_often() -> None:
    of = client(httpx.ConnectError("away"))
    of.rhythm = Rhythm(scout=0.02)
    with pytest.raises(Unreachable):
        await of.get("/x")
    ended: list[str] = []

    async def pausing(name: str) -> None:
        await of.pause(60.0)
        ended.append(name)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(pausing(name)) for name in ("first", "second")]
        await asyncio.sleep(0.2)
        assert ended == ["first"]
        # Whoever comes next is the one, and the one that waits goes on waiting.
        tasks.append(group.create_task(pausing("third")))
        await asyncio.sleep(0.2)
        assert ended == ["first", "third"]
        for each in tasks:
            each.cancel()
