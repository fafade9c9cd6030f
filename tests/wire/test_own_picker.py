"""Pools that ask `portway run` for a picker: it is there, is started again, and ends with it."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.wire.harness.manifests import Document
from tests.wire.harness.model_server import ModelServer
from tests.wire.harness.portway import Portway
from tests.wire.pools import client, pool, site, to
from tests.wire.test_picker import asked

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]


def documents(servers: Sequence[ModelServer], picker: str = "process") -> list[Document]:
    made = pool("llama", "", *(each.endpoint for each in servers))
    made["metadata"]["annotations"]["portway.dev/picker"] = picker
    return [*site(to("llama")), made]


def pickers(portway: Portway) -> list[int]:
    """The processes that read this instance's API as pickers do."""
    mark = str(portway.data / "kubeconfig").encode()
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            with suppress(OSError):
                words = (each / "cmdline").read_bytes().split(b"\0")
                if b"picker" in words and mark in words:
                    found.append(int(each.name))
    return found


async def sticks(web: httpx.AsyncClient, salt: str) -> bool:
    """Whether prompts with the same beginning go to the same server, for each of many. A picker
    that is away costs a request with a body 503 until the proxy has noticed, once a second."""
    for group in range(6):
        text = f"{salt} {group} " + "x" * 4_000
        found = {await asked(web, f"{text} {n}") for n in range(4)}
        assert {status for status, _ in found} <= {200, 503}
        if len(found) > 1 or (503, "") in found:
            return False
    return True


async def test_it_is_there_is_started_again_and_ends(tmp_path: Path) -> None:
    async with (
        ModelServer("a") as a,
        ModelServer("b") as b,
        ModelServer("c") as c,
        Portway(tmp_path) as portway,
    ):
        portway.write("site", documents([a, b, c]))
        async with await client(portway) as web:
            tries = 0

            async def sticky() -> bool:
                nonlocal tries
                tries += 1
                return await sticks(web, str(tries))

            await portway.until(sticky, "the picker decides")
            (first,) = pickers(portway)
            status = await portway.object_status("InferencePool", "llama")
            conditions = {
                each["type"]: each["status"] for each in status["parents"][0]["conditions"]
            }
            assert conditions == {"Accepted": "True", "ResolvedRefs": "True"}
            os.kill(first, signal.SIGKILL)

            async def balanced() -> bool:
                return {(await asked(web, "x"))[0] for _ in range(20)} == {200}

            await portway.until(balanced, "the proxy goes on without it")

            async def again() -> bool:
                return bool(pickers(portway)) and first not in pickers(portway) and await sticky()

            await portway.until(again, "another picker decides")
            portway.write("site", documents([a, b, c], picker=""))

            async def gone() -> bool:
                return not pickers(portway)

            await portway.until(gone, "nobody asks for a picker")
            assert (await asked(web, "x"))[0] == 200
            portway.write("site", documents([a, b, c]))
            await portway.until(sticky, "a picker decides again")
            await portway.kill()
            # Whatever ends the control plane ends its pickers, and Envoy goes on without them.
            async with asyncio.timeout(15):
                while pickers(portway) or not await balanced():  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
