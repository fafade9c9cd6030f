"""What is done to the answers of the suite's picker."""

from typing import Any

from portway.core.schema import Schema
from tests.conformance.harness.mended import Mended, moved

PREFIX = "envoy.service.ext_proc.v3."
PICKED = {"request_headers": {"response": {"clear_route_cache": True}}}


def request(schema: Schema, **value: Any) -> bytes:
    return schema.encode(f"{PREFIX}ProcessingRequest", value)


def response(schema: Schema, **value: Any) -> bytes:
    return schema.encode(f"{PREFIX}ProcessingResponse", value)


def part(schema: Schema, kind: str, body: str, *, last: bool) -> bytes:
    streamed = {"body": body, "end_of_stream": last}
    return response(
        schema, **{kind: {"response": {"body_mutation": {"streamed_response": streamed}}}}
    )


def test_headers_go_first_and_every_part_goes_back(schema: Schema) -> None:
    mended = Mended(schema)
    mended.asked(request(schema, request_headers={}))
    mended.asked(request(schema, request_body={"body": "YQ=="}))
    empty = response(schema, request_body={"response": {}})
    assert mended.answered(empty) == []
    mended.asked(request(schema, request_body={"body": "Yg==", "end_of_stream": True}))
    picked = response(schema, **PICKED)
    first = part(schema, "request_body", "YQ==", last=False)
    found = [schema.decode(f"{PREFIX}ProcessingResponse", e) for e in mended.answered(picked)]
    assert found == [schema.decode(f"{PREFIX}ProcessingResponse", each) for each in (picked, first)]
    (second,) = mended.answered(empty)
    expected = part(schema, "request_body", "Yg==", last=True)
    assert schema.decode(f"{PREFIX}ProcessingResponse", second) == schema.decode(
        f"{PREFIX}ProcessingResponse", expected
    )


def test_the_answers_parts_go_back_too_and_the_rest_is_left_as_it_is(schema: Schema) -> None:
    mended = Mended(schema)
    picked = response(schema, **PICKED)
    assert mended.answered(picked) == [picked]
    served = response(schema, response_headers={"response": {}})
    assert mended.answered(served) == [served]
    mended.asked(request(schema, response_body={"body": "Yw==", "end_of_stream": True}))
    (found,) = mended.answered(response(schema, response_body={}))
    expected = part(schema, "response_body", "Yw==", last=True)
    assert schema.decode(f"{PREFIX}ProcessingResponse", found) == schema.decode(
        f"{PREFIX}ProcessingResponse", expected
    )


def test_the_picker_runs_on_another_port() -> None:
    port, command = moved(["lwepp", "--pool-name", "a", "--grpc-port", "9002"])
    assert port == 9002
    assert command[:3] == ["lwepp", "--pool-name", "a"]
    assert command[4] != "9002"
    assert command[-1] == "--secure-serving=false"
