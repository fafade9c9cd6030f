"""A page of metrics, from servers that behave and from those that do not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from portway.adapters.engines.page import MOST_BYTES, NoPage, Page

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def server(talk: Talk) -> AsyncIterator[tuple[Page, list[int]]]:
    connections: list[int] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        try:
            await talk(reader, writer)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    made = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = made.sockets[0].getsockname()[1]
    page = Page(f"127.0.0.1:{port}")
    try:
        yield page, connections
    finally:
        page.close()
        made.close()


def answering(*answers: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for each in answers:
            assert b"GET /metrics HTTP/1.1" in await reader.readuntil(b"\r\n\r\n")
            writer.write(each)
            await writer.drain()

    return talk


async def test_a_connection_is_kept_and_made_anew_when_the_server_closed_it() -> None:
    async with server(answering(GOOD, GOOD)) as (page, connections):
        for _ in range(4):
            assert await page.get(2) == b"ok"
        assert len(connections) == 2


async def test_chunks_and_a_body_that_ends_with_the_connection() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    async with server(answering(chunked)) as (page, _):
        assert await page.get(2) == b"abc"
    async with server(answering(b"HTTP/1.0 200 OK\r\n\r\nto the end")) as (page, _):
        assert await page.get(2) == b"to the end"
        assert await page.get(2) == b"to the end"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered with 404"),
        (b"220 mail.example ESMTP\r\n\r\n", "illegal"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno", "closed"),
        (b"", "closed"),
    ],
)
async def test_what_is_no_page(answer: bytes, words: str) -> None:
    async with server(answering(answer)) as (page, _):
        with pytest.raises(NoPage, match=words):
            await page.get(2)


async def test_a_server_that_hangs_and_one_that_sends_without_end() -> None:
    async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def floods(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with server(hangs) as (page, _):
        with pytest.raises(NoPage, match=r"no answer within 0\.1 s"):
            await page.get(0.1)
    async with server(floods) as (page, _):
        with pytest.raises(NoPage, match=f"more than {MOST_BYTES} bytes"):
            await page.get(10)


async def test_nobody_there() -> None:
    async with server(answering(GOOD)) as (page, _):
        pass
    with pytest.raises(NoPage):
        await page.get(1)
