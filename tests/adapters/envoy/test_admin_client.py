"""The admin client, against a socket that answers as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from portway.adapters.envoy.admin_client import AdminClient, AdminError


@asynccontextmanager
async def answering(socket: Path, answer: bytes | None) -> AsyncIterator[list[bytes]]:
    """A server that notes each request and gives one answer; None keeps silent."""
    seen: list[bytes] = []
    silent = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        if answer is None:
            await silent.wait()
        else:
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, socket)
    async with server:
        yield seen
        silent.set()


def _http(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    "answer",
    [
        _http(b"hello world"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nhello world",
    ],
)
async def test_every_kind_of_body_is_read(run_dir: Path, answer: bytes) -> None:
    socket = run_dir / "a"
    async with answering(socket, answer) as seen:
        assert await AdminClient(socket).get("/x?y") == b"hello world"
    assert seen[0].startswith(b"GET /x?y HTTP/1.1\r\n")


async def test_post_posts(run_dir: Path) -> None:
    async with answering(run_dir / "a", _http(b"OK\n")) as seen:
        await AdminClient(run_dir / "a").post("/drain_listeners?graceful")
    assert seen[0].startswith(b"POST /drain_listeners?graceful ")


async def test_stats_are_integers_by_name(run_dir: Path) -> None:
    body = b'{"stats":[{"name":"a.b","value":3},{"name":"t","value":"text"},{"histograms":{}}]}'
    async with answering(run_dir / "a", _http(body)) as seen:
        assert await AdminClient(run_dir / "a").stats("^a") == {"a.b": 3}
    assert b"filter=%5Ea" in seen[0]


async def test_readiness_is_a_matter_of_status(run_dir: Path) -> None:
    async with answering(run_dir / "a", _http(b"INITIALIZING", "503 Service Unavailable")):
        assert not await AdminClient(run_dir / "a").ready()
    async with answering(run_dir / "b", _http(b"LIVE")):
        assert await AdminClient(run_dir / "b").ready()
    assert not await AdminClient(run_dir / "nobody").ready()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (_http(b"no such thing", "404 Not Found"), "answered 404: no such thing"),
        (_http(b"x" * 65), "larger than 64 bytes"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", "failed"),
        (b"SSH-2.0\r\n\r\n", "not an HTTP answer"),
        (b"", "failed"),
        (None, r"no answer within 0\.2 s"),
    ],
)
async def test_what_goes_wrong_is_said(run_dir: Path, answer: bytes | None, words: str) -> None:
    async with answering(run_dir / "a", answer):
        with pytest.raises(AdminError, match=words):
            await AdminClient(run_dir / "a", timeout=0.2, max_body=64).get("/")


async def test_an_answer_that_is_not_json_is_an_error(run_dir: Path) -> None:
    async with answering(run_dir / "a", _http(b"text")):
        with pytest.raises(AdminError, match="JSON"):
            await AdminClient(run_dir / "a").stats()
    async with answering(run_dir / "b", _http(b"[]")):
        with pytest.raises(AdminError, match="JSON object"):
            await AdminClient(run_dir / "b").config_dump()
