"""The misbehaving origin misbehaves exactly as asked, and the raw client sees it."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import pytest

from tests.wire.harness import raw
from tests.wire.harness.origin import Origin


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with Origin("web") as origin:
        yield origin


def where(origin: Origin) -> tuple[str, int]:
    address, _, port = origin.endpoint.rpartition(":")
    return address, int(port)


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


async def test_it_remembers_requests_and_every_byte(origin: Origin) -> None:
    sent = b"POST /x?y HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 3\r\n\r\nabc"
    answer = await raw.exchange(*where(origin), sent)
    assert answer.status == 200
    assert origin.requests[0].body == b"abc"
    assert origin.requests[0].header("X-A") == ("1", "2")
    assert bytes(origin.bytes_received[0]) == sent


async def test_a_connection_carries_many_requests(origin: Origin) -> None:
    async with raw.connect(*where(origin)) as connection:
        for number in range(3):
            await connection.send(get(f"/{number}"))
            assert (await connection.answer()).status == 200
    assert [request.connection for request in origin.requests] == [0, 0, 0]


async def test_retry_fails_as_often_as_asked_for_each_uuid(origin: Origin) -> None:
    for uuid in ("a", "b"):
        path = f"/retry?uuid={uuid}&succeed_after=2&code=503"
        statuses = [(await raw.exchange(*where(origin), get(path))).status for _ in range(4)]
        assert statuses == [503, 503, 200, 200]


@pytest.mark.parametrize("path", ["/retry?uuid=r&succeed_after=1", "/reset", "/reset?when=body"])
async def test_a_reset_is_a_rst_and_no_answer(origin: Origin, path: str) -> None:
    async with raw.connect(*where(origin)) as connection:
        await connection.send(get(path))
        with pytest.raises(raw.NoAnswerError) as caught:
            await connection.answer()
    assert isinstance(caught.value.__cause__, ConnectionResetError)


async def test_slow_waits_before_head_and_chunks(origin: Origin) -> None:
    before = monotonic()
    answer = await raw.exchange(*where(origin), get("/slow?head=0.1&body=0.05&chunks=2"))
    assert answer.body == b"chunk 0\nchunk 1\n"
    assert monotonic() - before >= 0.2


async def test_hold_answers_when_the_test_lets_it(origin: Origin) -> None:
    async with raw.connect(*where(origin)) as connection:
        await connection.send(get("/hold"))
        async with asyncio.timeout(5):
            await origin.held.acquire()
        with pytest.raises(raw.NoAnswerError):
            await connection.answer(seconds=0.05)
        origin.released.set()
        assert (await connection.answer()).status == 200


async def test_sizes_are_the_asked_ones(origin: Origin) -> None:
    assert len((await raw.exchange(*where(origin), get("/bytes?n=100000"))).body) == 100_000
    many = await raw.exchange(*where(origin), get("/headers?n=5&size=20"))
    assert [value for name, value in many.headers if name.startswith("x-many")] == ["v" * 20] * 5


async def test_close_says_so_and_closes(origin: Origin) -> None:
    async with raw.connect(*where(origin)) as connection:
        await connection.send(get("/close"))
        answer = await connection.answer()
        assert answer.header("connection") == "close"
        assert await connection.until_closed() == b""


async def test_bodies_come_back_byte_for_byte_with_continue(origin: Origin) -> None:
    head = b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    async with raw.connect(*where(origin)) as connection:
        await connection.send(head)
        await connection.send(b"\x00\xff\n")
        assert (await connection.answer()).body == b"\x00\xff\n"


async def test_a_stream_is_server_sent_events(origin: Origin) -> None:
    answer = await raw.exchange(*where(origin), get("/stream?n=2&delay=0.01"))
    assert answer.header("content-type") == "text/event-stream"
    assert answer.body == b"data: 0\n\ndata: 1\n\n"


async def test_status_is_the_asked_one(origin: Origin) -> None:
    assert (await raw.exchange(*where(origin), get("/status/418"))).status == 418


async def test_what_is_not_http_ends_the_connection_and_is_remembered(origin: Origin) -> None:
    async with raw.connect(*where(origin)) as connection:
        await connection.send(b"\x16\x03\x01 this is no request\r\n\r\n")
        assert await connection.until_closed() == b""
    assert bytes(origin.bytes_received[0]).startswith(b"\x16\x03\x01")
