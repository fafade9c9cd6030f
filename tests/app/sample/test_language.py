"""The sample language model: shapes, limits, and words computed from the prompt."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.app.sample.language import complete
from portway.app.sample.request_error import RequestError

WORDS = st.lists(st.text("abcdefg", min_size=1, max_size=5), max_size=20)


@given(WORDS, st.integers(1, 25), st.booleans())
def test_streamed_chunks_join_to_the_whole_answer(words: list[str], limit: int, chat: bool) -> None:
    prompt = " ".join(words)
    request = {"messages": [{"content": prompt}], "prompt": prompt, "max_tokens": limit}
    completion = complete(request, chat=chat)
    expected = " ".join(words[::-1][:limit])
    whole: Any = completion.whole()["choices"]
    text = whole[0]["message"]["content"] if chat else whole[0]["text"]
    assert text == expected
    *chunks, last = completion.chunks()
    choices = [json.loads(chunk)["choices"][0] for chunk in chunks]
    pieces = [c["delta"].get("content", "") if chat else c["text"] for c in choices]
    assert "".join(pieces) == expected
    assert last == "[DONE]"
    assert choices[-1]["finish_reason"] == ("length" if len(words) > limit else "stop")


def test_usage_counts_every_message_and_comes_with_a_stream_when_asked() -> None:
    request: dict[str, Any] = {
        "messages": [{"content": "be brief"}, {"content": "one two"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    completion = complete(request, chat=True)
    usage = {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}
    assert completion.whole()["usage"] == usage
    assert json.loads(list(completion.chunks())[-2])["usage"] == usage
    assert completion.stream


def test_the_asked_model_is_the_answering_model() -> None:
    assert complete({"model": "Qwen", "prompt": "x"}, chat=False).whole()["model"] == "Qwen"


@pytest.mark.parametrize(
    ("request_", "chat", "told"),
    [
        ({}, False, "prompt"),
        ({}, True, "messages"),
        ({"messages": []}, True, "messages"),
        ({"messages": [{"content": "a"}, "b"]}, True, r"messages\[1\]"),
        ({"prompt": "a", "max_tokens": 0}, False, "max_tokens"),
        ({"prompt": "a", "max_tokens": True}, False, "max_tokens"),
        ({"prompt": "a", "model": 7}, False, "model"),
    ],
)
def test_a_malformed_request_is_refused_with_the_field(
    request_: dict[str, Any], chat: bool, told: str
) -> None:
    with pytest.raises(RequestError, match=told):
        complete(request_, chat=chat)
