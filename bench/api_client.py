"""A client of the embedded API that costs little itself: requests and watches on plain connections.

Knows HTTP and TLS as far as the API needs them, and how to start the API as a process of its own.
Must not know what is measured.
"""

import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes"


class Connection:
    """One connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def close(self) -> None:
        """Ends the connection."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def ask(self, method: str, path: str, body: bytes = b"", media: str = "json") -> bytes:
        """The body of the answer. Raises RuntimeError for a refusal."""
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: api\r\ncontent-type: application/{media}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        start = answer.index(b"content-length:") + 15
        length = int(answer[start : answer.index(b"\r\n", start)])
        content = await self._reader.readexactly(length)
        if answer[9:10] != b"2":
            raise RuntimeError(content.decode())
        return content

    async def watch(self, begun: Callable[[], None], counted: Callable[[int], None]) -> None:
        """Count events until the server goes. `begun` is called when the watch has begun."""
        self._writer.write(f"GET {ROUTES}?watch=1 HTTP/1.1\r\nhost: api\r\n\r\n".encode())
        await self._reader.readuntil(b"\r\n\r\n")
        begun()
        while chunk := await self._reader.read(1 << 20):
            counted(chunk.count(b'","object":{"apiVersion"'))


def context(folder: Path) -> ssl.SSLContext:
    """TLS with the owner's certificate."""
    made = ssl.create_default_context(cafile=str(folder / "tls" / "ca.crt"))
    made.load_cert_chain(folder / "tls" / "client.crt", folder / "tls" / "client.key")
    return made


async def connect(folder: Path, port: int) -> Connection:
    """A connection to the API."""
    return Connection(*await asyncio.open_connection("127.0.0.1", port, ssl=context(folder)))


def watchers(folder: Path, port: int, count: int, open_: Any, seen: Any) -> None:
    """A process with all watches; ``open_`` counts those that have begun, ``seen`` the events of
    all of them."""

    def begun() -> None:
        open_.value += 1

    def counted(count: int) -> None:
        seen.value += count

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task((await connect(folder, port)).watch(begun, counted))

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    asyncio.run(run())


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, int, float]]:
    """(pid, port, seconds until it listened)"""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.clients.serve", str(folder)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    took = time.perf_counter() - start
    document = json.loads((folder / "kubeconfig").read_text())
    port = int(document["clusters"][0]["cluster"]["server"].rpartition(":")[2])
    try:
        yield process.pid, port, took
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


def cpu(pid: int) -> float:
    """Seconds of CPU a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def route(number: int) -> bytes:
    """An HTTPRoute of the usual size."""
    document = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": f"r{number}"},
        "spec": {
            "parentRefs": [{"name": "web"}],
            "hostnames": [f"h{number}.example.com"],
            "rules": [{"backendRefs": [{"name": "app", "port": 80}]}],
        },
    }
    return json.dumps(document).encode()
