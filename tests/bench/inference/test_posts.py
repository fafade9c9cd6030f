"""Bodies of exactly the size asked for, and wrk that sends them."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from bench.inference import posts
from bench.loads import Target


@pytest.mark.parametrize("size", [200, 1_024, 1_025, 32_768])
def test_bodies_have_their_size_and_a_prompt_of_their_own(size: int) -> None:
    one, other = posts.body(size, 1), posts.body(size, 2)
    assert len(one) == len(other) == size
    assert json.loads(one)["prompt"] != json.loads(other)["prompt"]
    assert posts.body(size, 1) == one


@pytest.mark.skipif(not posts.installed(), reason="wrk is not installed")
async def test_wrk_sends_them_in_turn(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    hosts: set[str] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                hosts.add(fields["Host"])
                seen[json.loads(await reader.readexactly(500))["prompt"]] += 1
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    load = await asyncio.to_thread(posts.generator, tmp_path, 500)
    async with server:
        port = server.sockets[0].getsockname()[1]
        shot = await load.shoot(Target("127.0.0.1", port, "models.test"), 1, 1.0)
    assert (shot.errors, hosts) == (0, {"models.test"})
    assert shot.requests > 64
    assert len(seen) == 64
    assert max(seen.values()) - min(seen.values()) <= 1
