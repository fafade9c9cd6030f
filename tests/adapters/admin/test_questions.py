"""Who may ask, what, and how much."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from portway.adapters.admin import questions
from portway.adapters.admin.questions import Questions
from portway.adapters.admin.server import AdminAddressError


def answer(data: bytes) -> Any:
    if data == b"nonsense":
        raise ValueError("no question")
    if data == b"other":
        raise LookupError("not here")
    return {"size": len(data)}


@asynccontextmanager
async def asked() -> AsyncIterator[httpx.AsyncClient]:
    made = Questions("127.0.0.1:0", answer)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.run())
        await made.listening.wait()
        where = f"http://127.0.0.1:{made.port}"
        async with httpx.AsyncClient(verify=False, base_url=where, trust_env=False) as http:
            yield http
        task.cancel()


async def test_one_path_is_answered_and_nothing_else() -> None:
    async with asked() as http:
        found = await http.post("/explain", content=b"123")
        assert (found.status_code, found.json()) == (200, {"size": 3})
        assert (await http.get("/explain")).status_code == 405
        assert (await http.get("/metrics")).status_code == 404


async def test_what_is_refused_says_why() -> None:
    async with asked() as http:
        for content, status in ((b"nonsense", 400), (b"other", 404)):
            found = await http.post("/explain", content=content)
            assert found.status_code == status
            assert found.json()["error"] in ("no question", "not here")
        large = await http.post("/explain", content=b"x" * (questions.MAX_QUESTION_BYTES + 1))
        assert large.status_code == 413


async def test_no_web_page_reads_it_by_another_name() -> None:
    async with asked() as http:
        found = await http.post("/explain", content=b"1", headers={"host": "evil.example"})
        assert found.status_code == 421


async def test_only_loopback_and_only_what_is_free() -> None:
    with pytest.raises(AdminAddressError, match="not a loopback"):
        Questions("0.0.0.0:0", answer)
    async with asked() as http:
        with pytest.raises(AdminAddressError, match="in use"):
            await Questions(str(http.base_url.netloc.decode()), answer).run()
