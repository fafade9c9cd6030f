"""The client counts what it is sent, and a refusal is told."""

import asyncio
import json
from pathlib import Path

import pytest

from bench.api_client import ROUTES, connect, cpu, route, served


async def test_requests_watches_and_refusals(tmp_path: Path) -> None:
    folder = tmp_path / "api"
    with served(folder) as (pid, port, seconds):
        assert seconds > 0
        assert cpu(pid) > 0
        open_, seen = asyncio.Event(), asyncio.Queue[int]()
        watch = await connect(folder, port)
        watching = asyncio.ensure_future(watch.watch(open_.set, seen.put_nowait))
        async with asyncio.timeout(10):
            await open_.wait()
            connection = await connect(folder, port)
            await connection.ask("POST", ROUTES, route(1))
            while not await seen.get():
                pass
            assert len(json.loads(await connection.ask("GET", ROUTES))["items"]) == 1
            with pytest.raises(RuntimeError, match="AlreadyExists"):
                await connection.ask("POST", ROUTES, route(1))
        watching.cancel()
        for each in (watch, connection):
            await each.close()
