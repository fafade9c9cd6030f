"""Clients that ask who was picked, where the pool lets them; and what the log has of a pick."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire.harness.model_server import ModelServer
from tests.wire.harness.origin import Origin
from tests.wire.harness.picker_process import PickerProcess
from tests.wire.harness.portway import Portway
from tests.wire.pools import client, pool, site, to
from tests.wire.test_picker import documents, from_api, picking
from tests.wire.test_pool_prompts import chat

pytestmark = pytest.mark.envoy

ASKS = {"x-portway-explain-pick": "1"}
LONG = chat("Be kind. " * 300)


@asynccontextmanager
async def inside(
    folder: Path, allowed: str = "allowed", **more: str
) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, str]]]:
    """Two pools of two origins each, by weight; the second as `more` says."""
    async with AsyncExitStack() as stack:
        origins = [await stack.enter_async_context(Origin(name)) for name in "abcd"]
        portway = await stack.enter_async_context(Portway(folder))
        one = pool("one", "", *(each.endpoint for each in origins[:2]))
        two = pool("two", "", *(each.endpoint for each in origins[2:]))
        for each, word in ((one, allowed), (two, more.get("other", allowed))):
            each["metadata"]["annotations"]["portway.dev/explain-pick"] = word
        portway.write("site", [*site(to("one", weight=1), to("two", weight=1)), one, two])
        web = await stack.enter_async_context(await client(portway))
        yield web, {each.name: each.endpoint for each in origins}


async def told(web: httpx.AsyncClient, body: Any, **headers: str) -> tuple[str, str | None]:
    """Who answered, and what was told of it."""
    answer = await web.post("/v1/chat/completions", content=body, headers=headers)
    assert answer.status_code == 200
    return answer.json()["service"], answer.headers.get("x-portway-pick")


async def test_inside_envoy_those_who_ask_are_told(tmp_path: Path) -> None:
    async with inside(tmp_path) as (web, endpoints):
        cases = (
            (json.dumps(LONG).encode(), "by how the prompt begins"),
            (b'{"model": "m"}', "there is no prompt in the body"),
            (json.dumps(chat("x" * 1_100_000)).encode(), "there is no body that says its length"),
            (b"", "there is no body that says its length, up to 1048576 bytes"),
        )
        for body, words in cases:
            served, text = await told(web, body, **ASKS)
            assert text is not None
            place, _, reason = text.partition(": ")
            assert place == endpoints[served]
            assert reason.startswith(words)
            # Who does not ask is told nothing, and sees nothing of what others asked.
            assert (await told(web, body))[1] is None


@pytest.mark.parametrize("words", [("", "allowed"), ("allowed", "yes")])
async def test_where_one_of_the_pools_does_not_allow_it_nobody_is_told(
    tmp_path: Path, words: tuple[str, str]
) -> None:
    async with inside(tmp_path, words[0], other=words[1]) as (web, _):
        for body in (json.dumps(LONG).encode(), b""):
            assert (await told(web, body, **ASKS))[1] is None


@pytest.mark.parametrize("mode", ["full", "light"])
async def test_a_pool_lets_its_picker_tell_and_the_log_has_each_pick(
    tmp_path: Path, mode: str
) -> None:
    log = tmp_path / "access.log"
    async with (
        ModelServer("a") as a,
        ModelServer("b") as b,
        Portway(tmp_path / "one", options=("--access-log", str(log))) as portway,
    ):
        named = {each.name: each.endpoint for each in (a, b)}
        async with PickerProcess(tmp_path, *from_api(portway)) as picker:

            def write(allowed: bool) -> None:
                made = documents(picker, [a, b])
                annotations = made[-2]["metadata"]["annotations"]
                annotations["portway.dev/picker-mode"] = mode
                if allowed:
                    annotations["portway.dev/explain-pick"] = "allowed"
                portway.write("site", made)

            write(allowed=False)
            async with await client(portway) as web:
                await picking(portway, web)
                body = json.dumps({"model": "m", "prompt": "x" * 2_000}).encode()
                served, text = await told(web, body, **ASKS)
                assert text is None
                write(allowed=True)

                async def tells() -> bool:
                    return (await told(web, body, **ASKS))[1] is not None

                await portway.until(tells, "the picker tells")
                again, text = await told(web, body, **ASKS)
                assert again == served
                assert text is not None
                assert text.startswith(f"{named[served]}: has 7 of 7 blocks of the prompt; ")
                assert (await told(web, body))[1] is None
                lines: list[dict[str, Any]] = []

                async def logged() -> bool:
                    found = log.read_text().splitlines()
                    lines[:] = [json.loads(each) for each in found]
                    paths = [str(each["path"]) for each in lines]
                    return paths.count("/v1/chat/completions") >= 4

                await portway.until(logged, "the requests are in the access log")
        last = lines[-1]
        assert last["picked"].split(",")[0] == last["backend"] == named[served]
        assert last["pick"] == {
            "reason": "has 7 of 7 blocks of the prompt",
            "cached_blocks": 7,
            "prompt_blocks": 7,
        }
        assert "xxxxx" not in log.read_text()
