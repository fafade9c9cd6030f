"""What `portway explain` says of a pick, and who gets the request when it is sent."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.wire import seeds
from tests.wire.harness import ports
from tests.wire.harness.model_server import ModelServer
from tests.wire.harness.picker_process import PickerProcess
from tests.wire.harness.portway import Portway
from tests.wire.pools import client
from tests.wire.test_own_picker import documents as with_process
from tests.wire.test_own_picker import sticks
from tests.wire.test_picker import documents, from_api, picking
from tests.wire.test_pool_prompts import asked, served

pytestmark = pytest.mark.envoy


async def explained(portway: Portway, web: httpx.AsyncClient, body: Any) -> dict[str, Any]:
    """The destination of a request, as the admin endpoint tells it."""
    query = {"url": f"{web.base_url}/v1/completions", "body": json.dumps(body)}
    async with httpx.AsyncClient(verify=False, trust_env=False) as http:
        answer = await http.post(f"http://127.0.0.1:{portway.admin}/explain", json=query)
    assert answer.status_code == 200, answer.text
    (trace,) = answer.json()["traces"]
    (destination,) = trace["destinations"]
    found: dict[str, Any] = destination
    return found


def prompt(number: int) -> dict[str, Any]:
    return {"model": "m", "prompt": f"group {number}: " + "x" * 4_000}


async def test_whose_a_prompt_is_inside_envoy(tmp_path: Path) -> None:
    async with served(tmp_path) as (portway, web, origins):
        named = {each.endpoint: each.name for each in origins}
        for number in range(20):
            pick = (await explained(portway, web, prompt(number)))["pick"]
            assert named[pick["order"][0]] == await asked(web, prompt(number), "/v1/completions")
            assert "belong to it" in pick["reason"]


async def test_a_picker_that_was_started_for_the_pool_tells(tmp_path: Path) -> None:
    async with (
        ModelServer("a") as a,
        ModelServer("b") as b,
        ModelServer("c") as c,
        Portway(tmp_path) as portway,
    ):
        named = {each.endpoint: each.name for each in (a, b, c)}
        portway.write("site", with_process([a, b, c]))
        async with await client(portway) as web:
            tries = 0

            async def sticky() -> bool:
                nonlocal tries
                tries += 1
                return await sticks(web, str(tries))

            await portway.until(sticky, "the picker decides")
            for number in range(10):
                first = (await explained(portway, web, prompt(number)))["pick"]
                # Asking again and again is not sending.
                for _ in range(3):
                    again = (await explained(portway, web, prompt(number)))["pick"]
                    assert again["order"] == first["order"]
                assert "has nothing of the prompt" in again["reason"]
                assert len(again["candidates"]) == 3
                assert set(again["candidates"][0]["scores"]) == {"least-work-scorer"}
                served_by = await asked(web, prompt(number), "/v1/completions")
                assert served_by == named[first["order"][0]]
                warm = (await explained(portway, web, prompt(number)))["pick"]
                assert warm["order"][0] == first["order"][0]
                assert "has 15 of 15 blocks" in warm["reason"]


async def test_the_command_asks_a_picker_of_ones_own(tmp_path: Path) -> None:
    where = f"127.0.0.1:{ports.free_port()}"
    async with ModelServer("a") as a, ModelServer("b") as b, Portway(tmp_path) as portway:
        named = {each.endpoint: each.name for each in (a, b)}
        options = (*from_api(portway), "--explain-address", where)
        async with PickerProcess(tmp_path, *options) as picker:
            portway.write("site", documents(picker, [a, b]))
            async with await client(portway) as web:
                await picking(portway, web)
                (tmp_path / "body.json").write_text(json.dumps(prompt(1)))
                code, text = await seeds.portway_command(
                    *("explain", f"{web.base_url}/v1/completions", "--data", str(portway.data)),
                    *("--body", f"@{tmp_path}/body.json", "--picker-address", where),
                )
                assert code == 0, text
                served_by = await asked(web, prompt(1), "/v1/completions")
                (line,) = [each for each in text.splitlines() if each.startswith("    picks ")]
                place, _, reason = line.removeprefix("    picks ").partition(": ")
                assert named[place] == served_by
                assert reason.startswith("has nothing of the prompt")
                assert text.count("scores 1.000 (least-work-scorer 1.000)") == 2
