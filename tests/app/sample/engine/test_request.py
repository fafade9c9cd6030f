"""Requests as clients write them."""

import json
from typing import Any

import pytest

from portway.app.sample.engine.request import Asked, read
from portway.app.sample.request_error import RequestError

_CHAT = [{"role": "user", "content": "hi"}]


def _read(chat: bool = False, **fields: Any) -> Asked:
    return read(json.dumps({"model": "m", **fields}).encode(), chat=chat)


def test_a_completion() -> None:
    assert _read(prompt="hi", max_tokens=3, temperature=0.5) == Asked(
        "m", b"hi", 3, chat=False, stream=False, usage=False
    )


def test_a_streamed_chat_with_usage() -> None:
    asked = _read(
        True, messages=_CHAT, stream=True, stream_options={"include_usage": True}, max_tokens=9
    )
    assert asked == Asked("m", b"<user>hi", 9, chat=True, stream=True, usage=True)


def test_the_newer_name_of_the_limit_counts_first() -> None:
    assert _read(True, messages=_CHAT, max_tokens=9, max_completion_tokens=4).output_tokens == 4


def test_an_answer_has_sixteen_tokens_if_nobody_says() -> None:
    assert _read(prompt="hi").output_tokens == _read(prompt=["hi"], max_tokens=None).output_tokens
    assert _read(prompt="hi").output_tokens == 16


def test_parts_of_text_are_one_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert _read(True, messages=[{"role": "user", "content": parts}]).prompt == b"<user>ab"


def test_longer_conversations_begin_like_shorter_ones() -> None:
    more = [*_CHAT, {"role": "assistant", "content": "tok"}, {"role": "user", "content": "on"}]
    short = _read(True, messages=_CHAT).prompt
    assert _read(True, messages=more).prompt.startswith(short)


@pytest.mark.parametrize(
    ("chat", "fields", "told"),
    [
        (False, {"prompt": ""}, "prompt: give one text"),
        (False, {"prompt": [1, 2]}, "prompt: give one text"),
        (False, {"prompt": "a", "model": ""}, "model: give a name"),
        (False, {"prompt": "a", "max_tokens": 0}, "max_tokens: give a whole number"),
        (False, {"prompt": "a", "max_tokens": True}, "max_tokens: give a whole number"),
        (True, {"messages": []}, "messages: give a list"),
        (True, {"messages": ["hi"]}, r"messages\[0\].role"),
        (True, {"messages": [{"role": "user"}]}, r"messages\[0\].content"),
        (True, {"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "type text"),
    ],
)
def test_mistakes_are_named(chat: bool, fields: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestError, match=told) as caught:
        _read(chat, **fields)
    assert caught.value.status == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"\xff"'])
def test_what_is_not_a_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(RequestError, match="the body is not"):
        read(body, chat=False)
