"""A question and its answer as they travel, and everything that may be in the way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from portway.adapters.admin.questions import Questions
from portway.app.picker import question
from portway.app.picker.question import NoAnswer, Question, ask
from portway.core.pick import Told
from tests.wire.harness.ports import free_port


@asynccontextmanager
async def answering(answer: Callable[[bytes], Any]) -> AsyncIterator[str]:
    made = Questions("127.0.0.1:0", answer)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.run())
        await made.listening.wait()
        yield f"127.0.0.1:{made.port}"
        task.cancel()


async def test_a_body_of_any_bytes_comes_as_it_is() -> None:
    seen: list[Question] = []

    def answer(data: bytes) -> Told:
        seen.append(question.read(data))
        return Told("because", ("a:1",))

    sent = Question("ns/llama", {"x-a": "1"}, bytes(range(256)) * 3000)
    async with answering(answer) as address:
        assert await asyncio.to_thread(ask, address, sent) == Told("because", ("a:1",))
    assert seen == [sent]


async def test_why_nobody_tells_is_said() -> None:
    def answer(_: bytes) -> Told:
        raise LookupError("nobody picks for ns/x here")

    async with answering(answer) as address:
        with pytest.raises(NoAnswer, match="does not tell: nobody picks for ns/x here"):
            await asyncio.to_thread(ask, address, Question())
    async with answering(lambda _: "nonsense") as address:
        with pytest.raises(NoAnswer, match="it answers with HTTP status 200"):
            await asyncio.to_thread(ask, address, Question())
    with pytest.raises(NoAnswer, match=r"does not answer: .*refused"):
        ask(f"127.0.0.1:{free_port()}", Question())
    with pytest.raises(NoAnswer, match="use HOST:PORT"):
        ask("nowhere", Question())


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"body": 5}', b"\xff"])
def test_what_is_no_question_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no question"):
        question.read(data)
