"""What counts as still going on, read from the admin interface."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from portway.adapters.envoy.admin_client import AdminClient, AdminError
from portway.adapters.envoy.drain import InUse, in_use

STATS = {
    "http.admin.downstream_rq_active": 1,
    "http.admin.downstream_cx_active": 1,
    "listener.admin.downstream_cx_active": 1,
    "http.web.downstream_rq_active": 2,
    "http.web.downstream_cx_active": 3,
    "listener.127.0.0.1_80.downstream_cx_active": 3,
    "listener.127.0.0.1_80.worker_0.downstream_cx_active": 3,
    "listener.127.0.0.1_5432.downstream_cx_active": 4,
    "cluster.c.upstream_rq_active": 9,
}


async def test_clients_count_and_the_admin_interface_does_not(run_dir: Path) -> None:
    body = json.dumps(
        {"stats": [{"name": name, "value": value} for name, value in STATS.items()]}
    ).encode()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + body)
        writer.close()

    async with await asyncio.start_unix_server(serve, run_dir / "a"):
        assert await in_use(AdminClient(run_dir / "a")) == InUse(
            requests=2, connections=7, opaque=4
        )


async def test_a_silent_proxy_is_an_error(run_dir: Path) -> None:
    with pytest.raises(AdminError):
        await in_use(AdminClient(run_dir / "nobody"))
