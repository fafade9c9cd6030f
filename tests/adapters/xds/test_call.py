"""One call: messages however they are cut, room that is given back, and how it ends."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.xds.call import Call, CallEnded, Headers, RefusedError, Status
from portway.adapters.xds.caller import Caller


class Wire:
    """What a call did to its connection."""

    def __init__(self) -> None:
        self.sent: list[Headers | bytes] = []
        self.given_back = 0

    def headers(self, stream: int, headers: Headers, *, last: bool) -> None:
        assert stream == 1
        self.sent.append(headers)

    async def body(self, stream: int, data: bytes) -> None:
        self.sent.append(data)

    def took(self, stream: int, size: int) -> None:
        self.given_back += size


def call(wire: Wire, most: int = 1000) -> Call:
    return Call(wire, 1, "/a.B/C", Caller({"x-token": "t"}), most)


def framed(*messages: bytes) -> bytes:
    return b"".join(b"\0" + len(each).to_bytes(4, "big") + each for each in messages)


async def heard(one: Call) -> list[bytes]:
    async with asyncio.timeout(5):
        return [each async for each in one.messages()]


@given(st.lists(st.binary(max_size=50), max_size=10), st.data())
def test_messages_arrive_whole_however_they_were_cut(
    messages: list[bytes], data: st.DataObject
) -> None:
    one, left = call(Wire()), framed(*messages)
    while left:
        size = data.draw(st.integers(1, len(left)))
        one.feed(left[:size], size)
        left = left[size:]
    one.close()
    assert asyncio.run(heard(one)) == messages


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"\1\0\0\0\1x", Status.UNIMPLEMENTED),
        (b"\0\0\0\3\xe9", Status.RESOURCE_EXHAUSTED),
    ],
    ids=["compressed", "a byte too large"],
)
async def test_what_cannot_be_read_is_told_with_its_status(body: bytes, status: Status) -> None:
    one = call(Wire())
    one.feed(framed(b"good") + body, 99)
    messages = one.messages()
    assert await anext(messages) == b"good"
    with pytest.raises(RefusedError) as refused:
        await anext(messages)
    assert refused.value.status == status
    one.feed(bytes(5000), 5000)
    with pytest.raises(RefusedError):
        await heard(one)


async def test_room_is_given_back_while_messages_are_read_and_not_while_they_pile_up() -> None:
    wire = Wire()
    one = call(wire)
    for _ in range(20):
        one.feed(framed(b"12345"), 10)
    assert wire.given_back == 150
    one.close()
    assert len(await heard(one)) == 20
    assert wire.given_back == 200


async def test_an_answer_begins_with_headers_and_ends_with_a_status() -> None:
    wire = Wire()
    one = call(wire)
    await one.write(b"ab")
    await one.write(bytes(70_000))
    one.end(Status.OK)
    one.end(Status.INTERNAL, "too late")
    assert wire.sent == [
        [(":status", "200"), ("content-type", "application/grpc")],
        framed(b"ab"),
        b"\0\0\1\x11\x70",
        bytes(70_000),
        [("grpc-status", "0")],
    ]
    with pytest.raises(CallEnded):
        await one.write(b"more")


async def test_a_refusal_is_one_block_of_headers_with_a_text_that_fits_in_it() -> None:
    wire = Wire()
    call(wire).end(Status.UNAUTHENTICATED, "100% über\n")
    assert wire.sent == [
        [
            (":status", "200"),
            ("content-type", "application/grpc"),
            ("grpc-status", "16"),
            ("grpc-message", "100%25 %C3%BCber%0A"),
        ]
    ]
