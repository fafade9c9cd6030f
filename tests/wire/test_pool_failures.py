"""Two pools side by side while something fails: nobody's requests reach the other pool, and none is
lost that somebody could have served.

Each way of picking is held to the same: by the prompt inside Envoy, and by `portway picker` in both
of its modes.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.wire.harness import manifests, ports
from tests.wire.harness.manifests import Document
from tests.wire.harness.model_server import ModelServer
from tests.wire.harness.picker_process import PickerProcess
from tests.wire.harness.portway import Portway
from tests.wire.pools import client, gateway, picker_service, pool, to

pytestmark = pytest.mark.envoy

INSIDE, FULL, LIGHT = "inside", "full", "light"
WAYS = pytest.mark.parametrize("way", [INSIDE, FULL, LIGHT])
POOLS = ("red", "blue")
BUSY = b"vllm:num_requests_waiting 500\nvllm:kv_cache_usage_perc 1.0\n"


class Site:
    """Two pools, `/red` and `/blue`, each with engines of its own."""

    def __init__(self, way: str, portway: Portway, engines: dict[str, list[ModelServer]]) -> None:
        self.way = way
        self.portway = portway
        self.engines = engines
        self.at = {name: ports.free_port() for name in POOLS}
        self.web: httpx.AsyncClient
        self.picker: PickerProcess

    def write(self, **members: list[ModelServer]) -> None:
        """The site, with other engines in some of the pools."""
        self.portway.write("site", list(self._documents({**self.engines, **members})))

    def _documents(self, engines: dict[str, list[ModelServer]]) -> list[Document]:
        rules = [
            manifests.rule(to(name), matches=[{"path": {"value": f"/{name}"}}]) for name in POOLS
        ]
        found = [gateway(), manifests.http_route("models", "web", rules)]
        for name in POOLS:
            picker = "" if self.way == INSIDE else f"epp-{name}"
            made = pool(name, picker, *(each.endpoint for each in engines[name]), mode="FailOpen")
            if self.way == LIGHT:
                made["metadata"]["annotations"]["portway.dev/picker-mode"] = "light"
            if not engines[name]:
                del made["metadata"]["annotations"]["portway.dev/endpoints"]
            found.append(made)
            if picker:
                found.append(picker_service(picker, f"127.0.0.1:{self.at[name]}"))
        return found

    async def one(self, name: str, number: int) -> int:
        """A request for a pool; its body says so, and which of a few prompts it is."""
        text = f"{name} {number % 7} " + "x" * 3_000
        body = json.dumps({"model": name, "prompt": text})
        return (await self.web.post(f"/{name}/v1/completions", content=body)).status_code

    @asynccontextmanager
    async def traffic(self) -> AsyncIterator[dict[str, Counter[int]]]:
        """Requests for both pools, one after the other from each of four clients, until the end of
        the block; the statuses by pool."""
        statuses: dict[str, Counter[int]] = {name: Counter() for name in POOLS}
        over = asyncio.Event()

        async def ask(name: str, start: int) -> None:
            for number in range(start, 100_000):
                if over.is_set():
                    return
                statuses[name][await self.one(name, number)] += 1

        async with asyncio.TaskGroup() as group:
            for name in POOLS:
                for start in range(2):
                    group.create_task(ask(name, start))
            try:
                yield statuses
            finally:
                over.set()

    def apart(self) -> None:
        """No engine has seen a request of the other pool."""
        for name in POOLS:
            seen = {
                json.loads(body)["model"] for each in self.engines[name] for body in each.bodies
            }
            assert seen <= {name}, (name, seen)


@asynccontextmanager
async def running(folder: Path, way: str, count: int = 3) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        engines = {
            name: [
                await stack.enter_async_context(ModelServer(f"{name}{number}"))
                for number in range(count)
            ]
            for name in POOLS
        }
        portway = await stack.enter_async_context(Portway(folder))
        made = Site(way, portway, engines)
        if way != INSIDE:
            options = [f"--pool=default/{name}=127.0.0.1:{made.at[name]}" for name in POOLS]
            options += ["--kubeconfig", str(portway.data / "kubeconfig")]
            options += ["--scrape-interval", "0.2"]
            made.picker = await stack.enter_async_context(PickerProcess(folder, *options))
        made.write()
        made.web = await stack.enter_async_context(await client(portway))

        async def served() -> bool:
            return {await made.one(name, n) for name in POOLS for n in range(7)} == {200}

        await portway.until(served, "both pools answer")
        yield made


@WAYS
async def test_an_engine_is_killed_and_its_pod_is_still_ready(tmp_path: Path, way: str) -> None:
    """As it is for the seconds until the kubelet has noticed."""
    async with running(tmp_path, way) as made:
        async with made.traffic() as statuses:
            await _more(statuses, 10)
            dead = made.engines["red"][0]
            await dead.close()
            await _more(statuses, 40)
        assert statuses["blue"].keys() == {200}
        # Each of the two clients may have had one that was being answered.
        lost = statuses["red"].total() - statuses["red"][200]
        assert lost <= 2, statuses
        async with made.traffic() as statuses:
            await _more(statuses, 20)
            await dead.open()
            await _more(statuses, 20)
        assert {status for each in statuses.values() for status in each} == {200}, statuses
        made.apart()


async def _more(statuses: dict[str, Counter[int]], count: int) -> None:
    """Until so many more requests of each pool were answered."""
    wanted = {name: each.total() + count for name, each in statuses.items()}
    async with asyncio.timeout(60):
        while any(statuses[name].total() < wanted[name] for name in POOLS):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("way", [FULL, LIGHT])
async def test_engines_tell_no_numbers_or_wrong_ones(tmp_path: Path, way: str) -> None:
    async with running(tmp_path, way) as made:
        red, blue = made.engines["red"], made.engines["blue"]
        async with made.traffic() as statuses:
            red[0].page_hangs = True
            red[1].page = BUSY
            red[2].page = b"\xff vllm:num_requests_waiting -1e999\n" * 1_000
            for each in blue:
                each.page = BUSY
            await asyncio.sleep(2)
            red[0].page_hangs, blue[0].page_hangs = False, True
            await asyncio.sleep(1)
        assert {status for each in statuses.values() for status in each} == {200}, statuses
        assert all(each.scrapes > 1 for each in (*red[1:], *blue[1:]))
        made.apart()


@WAYS
async def test_a_pool_is_emptied_and_filled_again(tmp_path: Path, way: str) -> None:
    async with running(tmp_path, way) as made:
        async with made.traffic() as statuses:
            made.write(red=[])

            async def empty() -> bool:
                return await made.one("red", 0) == 503

            await made.portway.until(empty, "an empty pool")
            await asyncio.sleep(0.5)
            before = [len(each.bodies) for each in made.engines["red"]]
            await asyncio.sleep(0.5)
            assert before == [len(each.bodies) for each in made.engines["red"]]
            made.write()

            async def filled() -> bool:
                return {await made.one("red", number) for number in range(7)} == {200}

            await made.portway.until(filled, "the pool has endpoints again")
            statuses["red"].clear()
            await _more(statuses, 20)
        assert statuses["red"].keys() == {200}
        assert statuses["blue"].keys() == {200}
        made.apart()


@WAYS
async def test_one_engine_in_ten_is_slow(tmp_path: Path, way: str) -> None:
    """It gets less than its share, the others' requests do not wait for it, and nothing is lost."""
    async with running(tmp_path, way, count=10) as made:
        slow = made.engines["red"][4]
        slow.slow = 1.0
        before = {each.name: len(each.bodies) for each in made.engines["red"]}
        async with asyncio.TaskGroup() as group:
            waits = [group.create_task(_some(made, start)) for start in range(12)]
        assert {status for each in waits for status in each.result()} == {200}
        counts = {each.name: len(each.bodies) - before[each.name] for each in made.engines["red"]}
        assert sum(counts.values()) == 12 * 25
        assert counts[slow.name] <= 30, counts
        made.apart()


async def _some(made: Site, start: int) -> list[int]:
    """What one client gets, each prompt another one."""
    found = []
    for number in range(25):
        text = f"{start} {number} " + "x" * 3_000
        body = json.dumps({"model": "red", "prompt": text})
        found.append((await made.web.post("/red/v1/completions", content=body)).status_code)
    return found


@pytest.mark.parametrize("way", [FULL, LIGHT])
async def test_the_picker_is_killed_and_comes_back(tmp_path: Path, way: str) -> None:
    """The pools fail open. What is on its way to a picker in the second in which it goes is lost,
    since Envoy has sent its body there; nothing is when it comes back."""
    async with running(tmp_path, way) as made:
        async with made.traffic() as statuses:
            await made.picker.kill()
            await asyncio.sleep(4)
            first = {name: dict(each) for name, each in statuses.items()}
            for each in statuses.values():
                each.clear()
            await _more(statuses, 20)
        assert all(each.keys() <= {200, 503} for each in first.values()), first
        assert {status for each in statuses.values() for status in each} == {200}, statuses
        async with made.traffic() as statuses:
            await made.picker.start()
            await asyncio.sleep(2.5)
            await _more(statuses, 20)
        assert {status for each in statuses.values() for status in each} == {200}, statuses
        assert await made.picker.number("portway_picker_picks_total") > 0
        made.apart()
