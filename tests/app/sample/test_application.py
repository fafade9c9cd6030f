"""What each path of a sample backend does, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from time import monotonic

import httpx
import pytest

from portway.app.sample import Answer, Backends, SampleBackend


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    served = [SampleBackend("web")]
    async with Backends(served) as backends:
        base = f"http://{backends.endpoint('web')}"
        async with httpx.AsyncClient(verify=False, base_url=base, timeout=10) as client:
            yield client


@pytest.mark.parametrize("path", ["/status/503", "/behind/a/prefix/status/503"])
async def test_status_is_the_asked_one_behind_any_prefix(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 503
    assert answer.json()["path"] == path


async def test_a_status_without_a_body_has_none(client: httpx.AsyncClient) -> None:
    answer = await client.get("/status/204")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("path", ["/status/101", "/stream?n=-1", "/?delay=soon", "/?delay=2h"])
async def test_what_cannot_be_done_is_a_400_with_a_reason(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("text", ["0.2", "200ms", "0s200ms"])
async def test_delay_waits_before_the_answer(client: httpx.AsyncClient, text: str) -> None:
    before = monotonic()
    answer = await client.get("/", params={"delay": text})
    assert answer.status_code == 200
    assert monotonic() - before >= 0.2


async def test_stream_sends_each_event_as_it_happens(client: httpx.AsyncClient) -> None:
    arrived: list[float] = []
    async with client.stream("GET", "/stream?n=3&delay=0.1") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = []
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                lines.append(line)
                arrived.append(monotonic())
    assert lines == [f"data: web-sample-0 {number}" for number in range(3)]
    assert arrived[2] - arrived[0] >= 0.15


async def test_health_is_ok(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health")).text == "OK\n"


async def test_chat_answers_whole_and_streamed_with_the_same_words(
    client: httpx.AsyncClient,
) -> None:
    question = {"model": "m", "messages": [{"role": "user", "content": "one two three"}]}
    whole = (await client.post("/v1/chat/completions", json=question)).json()
    assert whole["choices"][0]["message"]["content"] == "three two one"
    streamed = await client.post("/v1/chat/completions", json={**question, "stream": True})
    data = [line.removeprefix("data: ") for line in streamed.text.split("\n\n") if line]
    assert data[-1] == "[DONE]"
    pieces = [json.loads(piece)["choices"][0]["delta"].get("content", "") for piece in data[:-1]]
    assert "".join(pieces) == "three two one"


async def test_models_lists_the_sample(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/models")).json()["data"][0]["id"] == "portway-sample"


async def test_infer_names_the_model_of_the_path(client: httpx.AsyncClient) -> None:
    tensor = {
        "name": "input-0",
        "shape": [1, 4],
        "datatype": "FP32",
        "data": [[5.1, 3.5, 1.4, 0.2]],
    }
    answer = await client.post("/v2/models/sklearn-v2-iris/infer", json={"inputs": [tensor]})
    assert answer.json()["model_name"] == "sklearn-v2-iris"
    assert answer.json()["outputs"][0]["data"] == [0]


@pytest.mark.parametrize(
    ("method", "body", "status"), [("GET", b"", 405), ("POST", b"{", 400), ("POST", b"[]", 400)]
)
async def test_a_model_needs_a_posted_json_object(
    client: httpx.AsyncClient, method: str, body: bytes, status: int
) -> None:
    answer = await client.request(method, "/v1/completions", content=body)
    assert answer.status_code == status


async def test_many_requests_at_once_are_not_mixed_up(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.get(f"/{number}?delay=10ms") for number in range(50)))
    assert [a.json()["path"] for a in answers] == [f"/{n}?delay=10ms" for n in range(50)]


async def test_page_mode_begins_with_the_server_and_keeps_special_paths() -> None:
    async with (
        Backends([SampleBackend("backend-1", answer=Answer.PAGE)]) as backends,
        httpx.AsyncClient(
            verify=False, base_url=f"http://{backends.endpoint('backend-1')}"
        ) as client,
    ):
        text = (await client.get("/x?y=1", headers={"Host": "app.example.com"})).text
        assert "Server name: backend-1-sample-0\n" in text
        assert "Host: app.example.com\n" in text
        assert "URI: /x?y=1\n" in text
        assert (await client.get("/status/418")).status_code == 418
