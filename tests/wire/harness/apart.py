"""A network of its own for a process, as a Pod has: nobody shares its addresses and ports.

Two proxies on one address share its port by the kernel's leave, and with one of them go the
connections that wait for it. No Service does that to anybody: it sends nobody to a Pod that is not
ready. Knows `unshare`, and the sockets in a folder that lead out and in, since the files are the
same on both sides. Must not know what runs inside.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.wire.harness import relay


def _prefix() -> list[str]:
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    # Ended with whoever started it, however that ends.
    return ["setpriv", "--pdeathsig", "KILL", "unshare", *user, "--net", "--"]


def impossible() -> str:
    """Why there are no networks for us here; empty where there are."""
    missing = [each for each in ("setpriv", "unshare") if shutil.which(each) is None]
    if missing:
        return f"no {' and no '.join(missing)} here"
    up = "from tests.wire.harness import inside; inside.bring_up_loopback()"
    tried = [*_prefix(), sys.executable, "-c", up]
    done = subprocess.run(tried, capture_output=True, text=True, timeout=60)
    return done.stderr.strip().rpartition("\n")[2] if done.returncode else ""


class Apart:
    """The ways in and out; `ports` are those of this machine's loopback that are reached inside."""

    def __init__(self, *ports: int) -> None:
        self._ports = ports
        # Sockets have short paths; a test's own folder may not.
        self._folder = Path(tempfile.mkdtemp(prefix="portway-test-"))
        self._servers: list[asyncio.Server] = []
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        for port in self._ports:
            out = partial(self._out, port)
            server = await asyncio.start_unix_server(out, self._folder / str(port))
            self._servers.append(server)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.close()
        for writer in list(self._writers):
            writer.close()

    def command(self, inner: Sequence[str]) -> list[str]:
        """The command that runs another in there."""
        run = (sys.executable, "-m", "tests.wire.harness.inside", str(self._folder))
        return [*_prefix(), *run, *(str(each) for each in self._ports), "--", *inner]

    async def connect(self, host: str, port: int) -> relay.Ends:
        """A connection to an address inside. Raises OSError while there is no inside."""
        ends = await asyncio.open_unix_connection(self._folder / "in")
        ends[1].write(f"{host} {port}\n".encode())
        return ends

    async def probed(self, port: int, path: str) -> int:
        """The status of a question to a port inside; 0 where nobody answers."""
        try:
            reader, writer = await self.connect("127.0.0.1", port)
        except OSError:
            return 0
        request = f"GET {path} HTTP/1.1\r\nhost: probe\r\nconnection: close\r\n\r\n"
        try:
            writer.write(request.encode())
            async with asyncio.timeout(5.0):
                line = await reader.readline()
            return int(line.split()[1])
        except (OSError, TimeoutError, IndexError):
            return 0
        finally:
            # Also of a probe that is cancelled, as those of a Service are at its end.
            writer.close()

    async def _out(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._writers.add(writer)
        try:
            found = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            pass
        else:
            self._writers.add(found[1])
            await relay.join((reader, writer), found)
            self._writers.discard(found[1])
        self._writers.discard(writer)
        writer.close()
