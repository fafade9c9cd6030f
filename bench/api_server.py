"""`python -m bench.api_server`: what the embedded API takes, over HTTP with TLS.

Starts the API as a process of its own with a journal on the disk, writes HTTPRoutes from many
connections while other processes watch them, lists them, stops it and times its start with 10,000
objects. Prints one line for each number, the CPU the server spent beside the time that passed: on
a machine that others use too, only the former is the server's own. Outside `make test`.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes"
WATCHERS = 10


class Connection:
    """One connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

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

    async def watch(self, counted: Callable[[int], None]) -> None:
        """Count events until the server goes."""
        self._writer.write(f"GET {ROUTES}?watch=1 HTTP/1.1\r\nhost: api\r\n\r\n".encode())
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


def watchers(folder: Path, port: int, seen: Any) -> None:
    """A process with all watches; ``seen`` counts events of all of them."""

    def counted(count: int) -> None:
        seen.value += count

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(WATCHERS):
                group.create_task((await connect(folder, port)).watch(counted))

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


async def writes(folder: Path, port: int, pid: int, count: int, connections: int) -> None:
    """Creates, then patches, from many connections."""
    patch = json.dumps({"spec": {"hostnames": ["other.example.com"]}}).encode()
    open_ = [await connect(folder, port) for _ in range(connections)]

    async def create(start: int) -> None:
        for number in range(start, count, connections):
            await open_[start].ask("POST", ROUTES, route(number))

    async def change(start: int) -> None:
        for number in range(start, count, connections):
            path = f"{ROUTES}/r{number}"
            await open_[start].ask("PATCH", path, patch, "merge-patch+json")

    for what, work in (("creates", create), ("patches", change)):
        begun, used = time.perf_counter(), cpu(pid)
        async with asyncio.TaskGroup() as group:
            for start in range(connections):
                group.create_task(work(start))
        took, spent = time.perf_counter() - begun, cpu(pid) - used
        print(
            f"{what}: {count / took:.0f}/s from {connections} connections with {WATCHERS} watches; "
            f"{spent / count * 1e6:.0f} us of the server's CPU each, {count / spent:.0f}/s a core"
        )


async def lists(folder: Path, port: int) -> None:
    """The time of a list."""
    connection = await connect(folder, port)
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        body = await connection.ask("GET", ROUTES)
        times.append(time.perf_counter() - begun)
    items = len(json.loads(body)["items"])
    print(f"list of {items} routes: {sorted(times)[2] * 1000:.0f} ms, {len(body) / 1e6:.1f} MB")


def main() -> None:
    """Everything, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m bench.api_server", description=__doc__)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--folder", type=Path, help="where the journal is; default: a new one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        with served(folder) as (pid, port, _):
            seen = multiprocessing.Value("q", 0)
            watching = multiprocessing.Process(target=watchers, args=(folder, port, seen))
            watching.start()
            time.sleep(1)
            asyncio.run(writes(folder, port, pid, 5000, options.connections))
            asyncio.run(lists(folder, port))
            time.sleep(1)
            print(f"events: {seen.value} seen by {WATCHERS} watches of {WATCHERS * 10000}")
            watching.terminate()
            watching.join()
            asyncio.run(more(folder, port, 10_000))
        with served(folder) as (pid, _, took):
            print(f"start with 10,000 objects: {took:.2f} s, {cpu(pid):.2f} s of CPU")
        with served(Path(tempfile.mkdtemp(dir=folder))) as (pid, _, took):
            print(f"start with none: {took:.2f} s, {cpu(pid):.2f} s of CPU")


async def more(folder: Path, port: int, up_to: int) -> None:
    """Create the rest of so many."""
    open_ = [await connect(folder, port) for _ in range(64)]

    async def create(start: int) -> None:
        for number in range(5000 + start, up_to, 64):
            await open_[start].ask("POST", ROUTES, route(number))

    async with asyncio.TaskGroup() as group:
        for start in range(64):
            group.create_task(create(start))


if __name__ == "__main__":
    main()
