"""The way from the Pods to the API: a port on the bridge, and a kubeconfig that leads there.

Knows that the API listens on loopback alone, where no Pod can reach it. Must not know what is said:
it hands on bytes, and the client's certificate is that of whoever has the kubeconfig.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

_CHUNK: Final = 65_536
KUBECONFIG: Final = "/kubeconfig"
"""Where a Pod that talks to the API finds it."""


@contextlib.asynccontextmanager
async def opened(data: Path, address: str) -> AsyncIterator[bytes]:
    """Open it on an address; gives the kubeconfig. ``data``: the data folder of the instance."""
    config = json.loads((data / "kubeconfig").read_text())
    (cluster,) = config["clusters"]
    host, _, port = cluster["cluster"]["server"].removeprefix("https://").rpartition(":")
    handing: set[asyncio.Task[None]] = set()

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handing.add(task)
        try:
            inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
            there = _hand(reader, inner_writer)
            await asyncio.gather(there, _hand(inner_reader, writer))
        except (OSError, asyncio.CancelledError):
            pass  # Either side ended it, or the run is over.
        finally:
            handing.discard(task)
            writer.close()

    server = await asyncio.start_server(enter, address, int(port))
    cluster["cluster"]["server"] = f"https://{address}:{port}"
    cluster["cluster"]["tls-server-name"] = host
    try:
        yield json.dumps(config).encode()
    finally:
        server.close()
        for task in handing:
            task.cancel()


async def _hand(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
