"""The way to a control plane: who is let through on it, and who is not taken for one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portway.adapters.identity import Door, Keyring, Visitor
from portway.adapters.xds import Upstream

NOW = datetime.now(UTC)


def visitor(folder: Path, ring: Keyring, trusted: Keyring | None = None) -> Visitor:
    own = ring.for_gateway("shop/web", NOW)
    (folder / "tls.crt").write_bytes(own.certificate_pem)
    (folder / "tls.key").write_bytes(own.key_pem)
    (folder / "ca.crt").write_bytes((trusted or ring).bundle)
    return Visitor(folder)


@asynccontextmanager
async def listening(
    ring: Keyring, name: str, address: str = "127.0.0.1", protocol: str = "h2"
) -> AsyncIterator[int]:
    door = Door()
    door.show(ring.for_control_plane(name, NOW), ring.bundle)
    door.context.set_alpn_protocols([protocol])

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello\n")
        writer.close()

    server = await asyncio.start_server(greet, address, 0, ssl=door.context)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("host", "address"),
    [("localhost", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1")],
)
async def test_it_is_reached_by_name_and_by_address(
    tmp_path: Path, host: str, address: str
) -> None:
    ring = Keyring.new(NOW)
    async with listening(ring, host, address) as port, asyncio.timeout(10):
        pipe = await Upstream(host, port, visitor(tmp_path, ring).context).connect()
        assert await pipe.reader.readline() == b"hello\n"
        pipe.close()


async def test_another_name_and_another_authority_are_not_it(tmp_path: Path) -> None:
    ring, other = Keyring.new(NOW), Keyring.new(NOW)
    async with listening(ring, "elsewhere") as port:
        with pytest.raises(OSError, match="not valid for 'localhost'"):
            await Upstream("localhost", port, visitor(tmp_path, ring).context).connect()
    async with listening(ring, "localhost") as port:
        shown = visitor(tmp_path, ring, other).context
        with pytest.raises(OSError, match="certificate"):
            await Upstream("localhost", port, shown).connect()


async def test_who_speaks_something_else_is_not_it(tmp_path: Path) -> None:
    ring = Keyring.new(NOW)
    async with listening(ring, "localhost", protocol="http/1.1") as port:
        with pytest.raises(OSError, match="HTTP/2"):
            await Upstream("localhost", port, visitor(tmp_path, ring).context).connect()


async def test_where_nobody_listens_it_says_where(tmp_path: Path) -> None:
    ring = Keyring.new(NOW)
    with pytest.raises(OSError, match="localhost:1: "):
        await Upstream("localhost", 1, visitor(tmp_path, ring).context).connect()
