"""The order of messages, in every mode of a gateway."""

import base64
from typing import Any

import pytest

from portway.adapters.extproc.conversation import Conversation
from portway.adapters.extproc.desk import Picked, Refused
from portway.adapters.extproc.messages import CHUNK_BYTES, Messages
from portway.core.schema import Schema
from tests.adapters.extproc.talk import DUPLEX, Desk, Talk


class Exchange:
    """A conversation, said and answered in JSON form."""

    def __init__(self, schema: Schema, desk: Desk) -> None:
        self.talk = Talk(schema)
        self._messages = Messages(schema)
        self.conversation = Conversation(desk, self._messages)

    async def say(self, message: bytes) -> list[dict[str, Any]]:
        replies = await self.conversation.take(self._messages.read(message))
        return [self.talk.read(each) for each in replies]


def pieces(replies: list[dict[str, Any]], phase: str) -> list[tuple[bytes, bool]]:
    found = []
    for each in replies:
        if "streamed_response" in str(each.get(phase)):
            streamed = each[phase]["response"]["body_mutation"]["streamed_response"]
            body = base64.b64decode(streamed.get("body", ""))
            found.append((body, streamed.get("end_of_stream", False)))
    return found


def picks(replies: list[dict[str, Any]]) -> list[str]:
    return [next(iter(each)) for each in replies if "dynamic_metadata" in each]


async def test_full_duplex_holds_the_body_until_its_end_and_gives_it_back(schema: Schema) -> None:
    desk = Desk()
    exchange = Exchange(schema, desk)
    talk = exchange.talk
    assert await exchange.say(talk.headers(config=DUPLEX, x_tenant="a")) == []
    assert await exchange.say(talk.body(b"one ")) == []
    replies = await exchange.say(talk.body(b"two", end=True))
    assert picks(replies) == ["request_headers"]
    assert pieces(replies, "request_body") == [(b"one ", False), (b"two", True)]
    (request,) = desk.asked
    assert (request.body, request.whole) == (b"one two", True)
    assert request.headers["x-tenant"] == "a"
    # Envoy may say the end of a large body twice.
    assert await exchange.say(talk.body(b"", end=True)) == []
    assert await exchange.say(talk.answer(served="10.0.0.2:80")) == [{"response_headers": {}}]
    first = await exchange.say(talk.answer_body(b"data: 1\n\n"))
    last = await exchange.say(talk.answer_body(b"", end=True))
    assert pieces(first + last, "response_body") == [(b"data: 1\n\n", False), (b"", True)]
    assert await exchange.say(talk.answer_body(b"", end=True)) == []
    assert desk.held.status == []
    exchange.conversation.close()
    assert (desk.held.served_by, desk.held.status) == (["10.0.0.2:80"], [200])


async def test_a_long_body_is_decided_by_its_beginning_and_flows(schema: Schema) -> None:
    desk = Desk(prefix_bytes=10)
    exchange = Exchange(schema, desk)
    await exchange.say(exchange.talk.headers(config=DUPLEX))
    replies = await exchange.say(exchange.talk.body(b"x" * 12))
    assert pieces(replies, "request_body") == [(b"x" * 12, False)]
    assert not desk.asked[0].whole
    for last in (False, True):
        replies = await exchange.say(exchange.talk.body(b"yy", end=last))
        assert pieces(replies, "request_body") == [(b"yy", last)]
    assert len(desk.asked) == 1


async def test_a_body_that_may_change_is_waited_for_whole(schema: Schema) -> None:
    desk = Desk(prefix_bytes=10, whole=True)
    new = b"n" * (CHUNK_BYTES + 5)
    desk.answer = Picked("1.1.1.1:1", desk.held, body=new)
    exchange = Exchange(schema, desk)
    await exchange.say(exchange.talk.headers(config=DUPLEX))
    assert await exchange.say(exchange.talk.body(b"x" * 12)) == []
    replies = await exchange.say(exchange.talk.body(b"y", end=True))
    assert pieces(replies, "request_body") == [(new[:CHUNK_BYTES], False), (new[-5:], True)]
    assert b"content-length" in str(replies[0]).encode()


async def test_a_request_without_a_body_is_decided_by_its_headers(schema: Schema) -> None:
    exchange = Exchange(schema, Desk())
    replies = await exchange.say(exchange.talk.headers(end=True, config=DUPLEX))
    assert (picks(replies), len(replies)) == (["request_headers"], 1)


async def test_trailers_end_a_body_too(schema: Schema) -> None:
    exchange = Exchange(schema, Desk())
    await exchange.say(exchange.talk.headers(config=DUPLEX))
    await exchange.say(exchange.talk.body(b"x"))
    replies = await exchange.say(exchange.talk.request(request_trailers={}))
    assert picks(replies) == ["request_headers"]
    assert pieces(replies, "request_body") == [(b"x", False)]
    assert replies[-1] == {"request_trailers": {}}
    trailers = await exchange.say(exchange.talk.request(response_trailers={}))
    assert trailers == [{"response_trailers": {}}]


async def test_a_gateway_that_says_no_mode_is_full_duplex(schema: Schema) -> None:
    exchange = Exchange(schema, Desk())
    assert await exchange.say(exchange.talk.headers()) == []
    replies = await exchange.say(exchange.talk.body(b"x", end=True))
    assert pieces(replies, "request_body") == [(b"x", True)]


@pytest.mark.parametrize("mode", ["BUFFERED", "BUFFERED_PARTIAL"])
async def test_the_light_mode_has_one_body_and_gives_nothing_back(
    schema: Schema, mode: str
) -> None:
    desk = Desk()
    exchange = Exchange(schema, desk)
    config = {"request_body_mode": mode, "response_body_mode": "NONE"}
    assert await exchange.say(exchange.talk.headers(config=config)) == [{"request_headers": {}}]
    replies = await exchange.say(exchange.talk.body(b"all there is", end=mode == "BUFFERED"))
    assert picks(replies) == ["request_body"]
    assert "body_mutation" not in str(replies)
    assert desk.asked[0].body == b"all there is"
    assert desk.asked[0].whole == (mode == "BUFFERED")


async def test_another_body_in_the_light_mode(schema: Schema) -> None:
    desk = Desk()
    desk.answer = Picked("1.1.1.1:1", desk.held, body=b"new")
    exchange = Exchange(schema, desk)
    config = {"request_body_mode": "BUFFERED"}
    await exchange.say(exchange.talk.headers(config=config))
    (reply,) = await exchange.say(exchange.talk.body(b"old", end=True))
    assert reply["request_body"]["response"]["body_mutation"] == {"body": "bmV3"}


@pytest.mark.parametrize("mode", ["NONE", "STREAMED"])
async def test_other_modes_are_decided_by_the_headers(schema: Schema, mode: str) -> None:
    desk = Desk()
    exchange = Exchange(schema, desk)
    config = {"request_body_mode": mode, "response_body_mode": "STREAMED"}
    assert picks(await exchange.say(exchange.talk.headers(config=config))) == ["request_headers"]
    for message, phase in (
        (exchange.talk.body(b"x", end=True), "request_body"),
        (exchange.talk.answer(), "response_headers"),
        (exchange.talk.answer_body(b"x"), "response_body"),
    ):
        assert await exchange.say(message) == [{phase: {}}]
    assert len(desk.asked) == 1


async def test_a_refusal_ends_it(schema: Schema) -> None:
    desk = Desk(answer=Refused(503, "rejected-no-endpoint", "none"))
    exchange = Exchange(schema, desk)
    await exchange.say(exchange.talk.headers(config=DUPLEX))
    replies = await exchange.say(exchange.talk.body(b"x", end=True))
    assert [next(iter(each)) for each in replies] == ["immediate_response"]
    assert exchange.conversation.over
    exchange.conversation.close()
    assert desk.held.status == []


async def test_a_request_that_nobody_answered_has_no_status(schema: Schema) -> None:
    desk = Desk()
    exchange = Exchange(schema, desk)
    await exchange.say(exchange.talk.headers(end=True))
    exchange.conversation.close()
    assert desk.held.status == [0]


async def test_an_answer_of_the_gateway_itself_is_passed(schema: Schema) -> None:
    exchange = Exchange(schema, Desk())
    assert await exchange.say(exchange.talk.answer("404")) == [{"response_headers": {}}]
    assert await exchange.say(exchange.talk.request()) == []
