"""Shapes of answers. The official client reads them in tests/wire."""

import json

from hypothesis import given
from hypothesis import strategies as st

from portway.app.sample.engine import answer
from portway.app.sample.engine.answer import Answer
from portway.app.sample.engine.request import Asked


def _answer(chat: bool) -> Answer:
    return Answer(Asked("m", b"hi", 3, chat=chat, stream=False, usage=True), 7, 40, 32)


def test_usage_tells_what_came_from_the_cache() -> None:
    whole = json.loads(_answer(chat=True).whole())
    assert whole["choices"][0]["message"] == {"role": "assistant", "content": "tok tok tok "}
    assert whole["usage"] == {
        "prompt_tokens": 40,
        "completion_tokens": 3,
        "total_tokens": 43,
        "prompt_tokens_details": {"cached_tokens": 32},
    }


def test_a_completion_has_a_text() -> None:
    whole = json.loads(_answer(chat=False).whole())
    assert (whole["object"], whole["choices"][0]["text"]) == ("text_completion", "tok tok tok ")


def test_events_of_a_chat_are_pieces_of_a_message() -> None:
    made = _answer(chat=True)
    first, last = _data(made.event(1, first=True)), _data(made.event(2, last=True))
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": "tok "}
    assert last["choices"][0] == {
        "index": 0,
        "delta": {"content": "tok tok "},
        "finish_reason": "length",
    }
    assert _data(made.usage())["choices"] == []


@given(st.integers(1, 500), st.integers(1, 20))
def test_portions_are_the_whole_answer_in_the_order_of_time(tokens: int, most: int) -> None:
    portions = list(answer.portions(tokens, most))
    assert portions[0] == (1, 0.0)
    assert len(portions) <= max(2, most)
    assert sum(portion for portion, _ in portions) == tokens
    shares = [share for _, share in portions]
    assert shares == sorted(shares)
    assert all(portion > 0 for portion, _ in portions)
    assert tokens == 1 or shares[-1] == 1.0


def test_models_are_the_base_and_its_adapters() -> None:
    listed = json.loads(answer.models(("base", "tuned")))["data"]
    assert [(model["id"], model["parent"]) for model in listed] == [
        ("base", None),
        ("tuned", "base"),
    ]


def test_errors_are_what_clients_expect() -> None:
    assert json.loads(answer.refusal(404, "no"))["error"] == {
        "message": "no",
        "type": "NotFoundError",
        "param": None,
        "code": 404,
    }


def _data(event: bytes) -> dict[str, list[dict[str, object]]]:
    assert event.startswith(b"data: ")
    assert event.endswith(b"\n\n")
    found: dict[str, list[dict[str, object]]] = json.loads(event[6:])
    return found
