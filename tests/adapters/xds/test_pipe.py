"""Two connections put together: everything arrives, and one end closes the other."""

import asyncio
import socket

import pytest

from portway.adapters.xds.pipe import Pipe, join


async def ends() -> tuple[Pipe, Pipe]:
    """The two ends of one connection."""
    pairs = socket.socketpair()
    one, other = [await asyncio.open_unix_connection(sock=each) for each in pairs]
    return Pipe(*one), Pipe(*other)


async def test_everything_arrives_in_both_directions() -> None:
    left, near = await ends()
    far, right = await ends()
    joined = asyncio.ensure_future(join(near, far))
    body = bytes(range(256)) * 4096
    async with asyncio.timeout(10):
        for source, sink in ((left, right), (right, left)):
            source.writer.write(body)
            assert await sink.reader.readexactly(len(body)) == body
        left.writer.close()
        assert await right.reader.read() == b""
        await joined
    right.close()


async def test_whoever_reads_slowly_is_waited_for() -> None:
    left, near = await ends()
    far, right = await ends()
    joined = asyncio.ensure_future(join(near, far))
    left.writer.write(bytes(32 * 1024 * 1024))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await left.writer.drain()
    joined.cancel()
    await asyncio.wait((joined,))
    assert joined.cancelled()
    for each in (left, right):
        each.close()


async def test_cancelling_closes_both() -> None:
    left, near = await ends()
    far, right = await ends()
    joined = asyncio.ensure_future(join(near, far))
    await asyncio.sleep(0)
    joined.cancel()
    async with asyncio.timeout(5):
        assert await left.reader.read() == b""
        assert await right.reader.read() == b""
    for each in (left, right):
        each.close()
