"""Messages, by Envoy's own rules."""

import base64
from typing import Any

import pytest

from portway.adapters.extproc.desk import Refused, Why
from portway.adapters.extproc.messages import Messages, headers_of, served_of, subset_of
from portway.core.schema import Schema
from tests.adapters.extproc.talk import PACKAGE, Talk


def valid(schema: Schema, reply: bytes) -> dict[str, Any]:
    assert schema.violations(f"{PACKAGE}ProcessingResponse", reply) == ()
    return schema.decode(f"{PACKAGE}ProcessingResponse", reply)


def set_headers(mutation: dict[str, Any]) -> dict[str, str]:
    return {
        each["header"]["key"]: base64.b64decode(each["header"]["raw_value"]).decode()
        for each in mutation["set_headers"]
    }


def test_a_pick_is_the_same_in_header_and_metadata(schema: Schema) -> None:
    messages = Messages(schema)
    reply = messages.picked("request_headers", "1.1.1.1:1,2.2.2.2:2", (), (("1.1.1.1:1", 0.5),), 7)
    found = valid(schema, reply)
    common = found["request_headers"]["response"]
    assert set_headers(common["header_mutation"]) == {
        "x-gateway-destination-endpoint": "1.1.1.1:1,2.2.2.2:2",
        "content-length": "7",
    }
    assert found["dynamic_metadata"]["envoy.lb"] == {
        "x-gateway-destination-endpoint": "1.1.1.1:1,2.2.2.2:2",
        "x-gateway-destination-endpoint-scores": {"1.1.1.1:1": 0.5},
    }
    assert "clear_route_cache" not in common


def test_a_refusal_is_an_answer_with_its_reason(schema: Schema) -> None:
    found = valid(schema, Messages(schema).refused(Refused(429, "rejected-saturated", "too much")))
    immediate = found["immediate_response"]
    assert immediate["status"]["code"] == "TooManyRequests"
    assert set_headers(immediate["headers"])["x-llm-d-request-dropped-reason"] == (
        "rejected-saturated"
    )
    assert base64.b64decode(immediate["body"]) == b"too much\n"


@pytest.mark.parametrize("last", [True, False])
def test_a_piece_of_a_body(schema: Schema, last: bool) -> None:
    found = valid(schema, Messages(schema).piece("response_body", b"abc", last))
    mutation = found["response_body"]["response"]["body_mutation"]
    end = {"end_of_stream": True} if last else {}
    assert mutation == {"streamed_response": {"body": "YWJj", **end}}


def test_another_body_in_answer_to_a_whole_one(schema: Schema) -> None:
    messages = Messages(schema)
    reply = messages.with_body(messages.picked("request_body", "1.1.1.1:1"), b"new")
    common = valid(schema, reply)["request_body"]["response"]
    assert base64.b64decode(common["body_mutation"]["body"]) == b"new"
    assert "header_mutation" in common


def test_headers_of_the_answer(schema: Schema) -> None:
    messages = Messages(schema)
    assert messages.answer_headers({}) == messages.seen("response_headers")
    found = valid(schema, messages.answer_headers({"x-portway-pick": "why"}))
    common = found["response_headers"]["response"]
    assert set_headers(common["header_mutation"]) == {"x-portway-pick": "why"}


def test_what_is_read(schema: Schema) -> None:
    messages, talk = Messages(schema), Talk(schema)
    request: Any = messages.read(
        talk.request(
            request_headers={
                "headers": {
                    "headers": [
                        {"key": "a", "raw_value": b"1"},
                        {"key": "b", "value": "2"},
                        {"key": "a", "raw_value": b"\xff"},
                    ]
                }
            }
        )
    )
    assert headers_of(request.request_headers) == {"a": "1,\ufffd", "b": "2"}
    assert (served_of(request), subset_of(request)) == ("", None)
    assert served_of(messages.read(talk.answer(served="1.1.1.1:1"))) == "1.1.1.1:1"


@pytest.mark.parametrize("said", [["1.1.1.1:1", "2.2.2.2:2"], "1.1.1.1:1, 2.2.2.2:2,"])
def test_a_subset_is_a_list_or_text(schema: Schema, said: object) -> None:
    hints = {"envoy.lb.subset_hint": {"x-gateway-destination-endpoint-subset": said}}
    request = Talk(schema).request(metadata_context={"filter_metadata": hints})
    found = subset_of(Messages(schema).read(request))
    assert found == frozenset({"1.1.1.1:1", "2.2.2.2:2"})


def test_why_is_told_to_the_log_beside_the_pick(schema: Schema) -> None:
    why = Why("has 7 of 8 blocks of the prompt", 7, 8)
    for _ in range(2):
        reply = Messages(schema).picked("request_headers", "1.1.1.1:1", why=why)
        assert valid(schema, reply)["dynamic_metadata"]["envoy.lb"] == {
            "x-gateway-destination-endpoint": "1.1.1.1:1",
            "portway.dev/pick": {
                "reason": "has 7 of 8 blocks of the prompt",
                "cached_blocks": 7,
                "prompt_blocks": 8,
            },
        }
