"""What a cluster asks, and that it learns nothing else."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from portway.adapters.admin.probes import Probes
from portway.adapters.admin.server import AdminAddressError


class Site:
    ready = False

    async def numbers(self) -> bytes:
        return b"x 1\n"


@asynccontextmanager
async def probed() -> AsyncIterator[tuple[Site, httpx.AsyncClient]]:
    site = Site()
    probes = Probes("127.0.0.1:0", lambda: site.ready, site.numbers)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(probes.run())
        await probes.listening.wait()
        where = f"http://127.0.0.1:{probes.port}"
        async with httpx.AsyncClient(verify=False, base_url=where, trust_env=False) as http:
            yield site, http
        task.cancel()


async def test_it_lives_before_it_is_ready() -> None:
    async with probed() as (site, http):
        assert (await http.get("/healthz")).status_code == 200
        assert (await http.get("/readyz")).status_code == 503
        site.ready = True
        assert (await http.get("/readyz")).status_code == 200
        assert (await http.get("/metrics")).text == "x 1\n"


async def test_there_is_nothing_else() -> None:
    async with probed() as (_, http):
        for path in ("/", "/config", "/objects", "/status", "/explain", "/metrics/x"):
            assert (await http.get(path)).status_code == 404
        assert (await http.post("/readyz")).status_code == 405


async def test_an_address_that_cannot_be_had_is_named() -> None:
    site = Site()
    with pytest.raises(AdminAddressError, match="not a port"):
        Probes("127.0.0.1", lambda: True, site.numbers)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(AdminAddressError, match=where):
            await Probes(where, lambda: True, site.numbers).run()
