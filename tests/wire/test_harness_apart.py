"""A process with a network of its own, and the Service in front of several."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.wire.harness import apart, processes
from tests.wire.harness.origin import Origin
from tests.wire.harness.proxy import until
from tests.wire.harness.service import Member, Service

pytestmark = pytest.mark.skipif(bool(apart.impossible()), reason="no networks of their own here")

PORT = 8080


@asynccontextmanager
async def serving(folder: Path, way: apart.Apart) -> AsyncIterator[asyncio.subprocess.Process]:
    """A web server inside, which answers."""
    command = [sys.executable, "-m", "http.server", str(PORT), "--bind", "127.0.0.1"]
    process = await processes.start(way.command(command), folder / "log")
    try:

        async def answers() -> bool:
            return await way.probed(PORT, "/") == 200

        await until(answers)
        yield process
    finally:
        await processes.end(process)


async def test_nobody_shares_a_port(tmp_path: Path) -> None:
    """Two listen on one address; of one that ends, nothing comes to the other."""
    async with (
        apart.Apart() as one,
        apart.Apart() as two,
        serving(tmp_path, one),
        serving(tmp_path, two) as other,
    ):
        assert (await two.probed(PORT, "/"), await one.probed(PORT, "/")) == (200, 200)
        await processes.end(other)
        assert (await two.probed(PORT, "/"), await one.probed(PORT, "/")) == (0, 200)


async def test_there_is_a_way_out(tmp_path: Path) -> None:
    async with Origin("app") as origin:
        port = origin.port
        code = f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{port}/').status)"
        for outward, wanted in (((port,), "200"), ((), "refused")):
            async with apart.Apart(*outward) as way:
                log = tmp_path / f"log-{wanted}"
                command = way.command([sys.executable, "-c", code])
                process = await processes.start(command, log)
                await process.wait()
                assert wanted in log.read_text()


async def test_a_service_sends_nobody_to_who_is_not_ready(tmp_path: Path) -> None:
    ready = {"one": 200, "two": 200}

    async def probed(name: str) -> int:
        return ready[name]

    async with Origin("one") as one, Origin("two") as two:
        service = Service()
        for name, origin in (("one", one), ("two", two)):
            opened = partial(asyncio.open_connection, "127.0.0.1", origin.port)
            service.members.append(Member(partial(probed, name), opened))
        async with service.served(), httpx.AsyncClient(trust_env=False, verify=False) as http:

            async def asked() -> tuple[int, int]:
                """How many requests of six each of them got."""
                before = len(one.requests), len(two.requests)
                await service.looked()
                headers = {"connection": "close"}
                url = f"http://127.0.0.1:{service.port}/"
                for _ in range(6):
                    assert (await http.get(url, headers=headers)).status_code == 200
                return len(one.requests) - before[0], len(two.requests) - before[1]

            assert await asked() == (3, 3)
            ready["one"] = 503
            assert await asked() == (0, 6)
            # What somebody was sent is waited for before it may be ended.
            _, writer = await asyncio.open_connection("127.0.0.1", service.port)
            service.members.clear()
            leaving = asyncio.ensure_future(service.left())
            await asyncio.sleep(0.1)
            assert not leaving.done()
            writer.close()
            await leaving
