"""The echo against an independent client, and frame by frame against RFC 6455."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
import websockets
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection

from portway.app.sample import Backends, SampleBackend
from portway.app.sample.websocket import Echo, accept_key, frame

MASK = b"\x01\x02\x03\x04"


def masked(first: int, payload: bytes) -> bytes:
    """A client's frame of less than 126 bytes."""
    body = bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))
    return bytes([first, 0x80 | len(payload)]) + MASK + body


@pytest.fixture
async def echo() -> AsyncIterator[ClientConnection]:
    async with (
        Backends([SampleBackend("web")]) as backends,
        websockets.connect(f"ws://{backends.endpoint('web')}/any/ws", max_size=None) as connection,
    ):
        yield connection


@pytest.mark.parametrize("message", ["", "grüße", b"\x00\xff", "x" * 70_000, b"y" * 300])
async def test_a_message_comes_back_as_it_was(echo: ClientConnection, message: str | bytes) -> None:
    await echo.send(message)
    assert await echo.recv() == message


async def test_fragments_come_back_as_one_message(echo: ClientConnection) -> None:
    await echo.send(["one ", "two ", "three"])
    assert await echo.recv() == "one two three"


async def test_ping_is_answered_and_close_is_returned(echo: ClientConnection) -> None:
    await asyncio.wait_for(await echo.ping(b"still there?"), 5)
    await echo.close(4001)
    assert echo.close_code == 4001


async def test_more_than_the_limit_is_refused_with_1009(echo: ClientConnection) -> None:
    with pytest.raises(websockets.ConnectionClosed) as closed:  # noqa: PT012 - either may see it
        await echo.send(b"z" * (16 * 1024 * 1024 + 1))
        await echo.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def test_a_handshake_of_another_version_is_a_400() -> None:
    async with Backends([SampleBackend("web")]) as backends:
        host, _, port = backends.endpoint("web").rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_accept_key_is_the_one_of_the_rfc() -> None:
    key = b"dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 section 1.3
    fields = {b"sec-websocket-version": b"13", b"sec-websocket-key": key}
    assert accept_key(fields) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@given(st.data(), st.lists(st.binary(max_size=100), max_size=5))
def test_frames_may_arrive_cut_anywhere(data: st.DataObject, messages: list[bytes]) -> None:
    sent = b"".join(masked(0x82, message) for message in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=8)))
    echo = Echo()
    edges = [0, *cuts, len(sent)]
    answer = b"".join(echo.receive(sent[a:b]) for a, b in itertools.pairwise(edges))
    assert answer == b"".join(frame(0x2, message) for message in messages)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x82\x01x", 1002),  # not masked (section 5.1)
        (masked(0xC2, b"x"), 1002),  # a reserved bit (section 5.2)
        (masked(0x83, b"x"), 1002),  # a reserved opcode (section 5.2)
        (masked(0x09, b"x"), 1002),  # a fragmented ping (section 5.5)
        (masked(0x80, b"x"), 1002),  # a continuation of nothing (section 5.4)
        (masked(0x02, b"x") + masked(0x82, b"y"), 1002),  # a message within a message
        (masked(0x81, b"\xff"), 1007),  # text that is not UTF-8 (section 8.1)
    ],
)
def test_a_broken_frame_ends_the_connection_with_its_code(sent: bytes, code: int) -> None:
    echo = Echo()
    answer = echo.receive(sent)
    assert echo.closed
    assert answer[0] == 0x88
    assert int.from_bytes(answer[2:4], "big") == code
    assert echo.receive(masked(0x82, b"more")) == b""
