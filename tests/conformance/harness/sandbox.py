"""One container as a local process: a network namespace, a folder as its root, lines of output.
The containers of a Pod share the namespace that the first of them has.

Knows how it is started, watched and ended. Must not know the API. The program sees nothing of
this machine but its own folder; its files are where the Pod's manifest says.
"""

import asyncio
import contextlib
import os
import re
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from tests.conformance.harness.container import Container
from tests.conformance.harness.network import INSIDE, Network

_KEPT_LINES: Final = 50_000
_GRACE: Final = 2.0
_POLL: Final = 0.05
_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
# /proc/PID/net/tcp: state 0A is LISTEN; udp: any socket that is bound.
_LISTENS: Final = re.compile(r"^\s*\d+: [0-9A-F]+:[0-9A-F]{4} \S+ 0A ", re.M)
_BOUND: Final = re.compile(r"^\s*\d+: [0-9A-F]+:(?!0000)[0-9A-F]{4} ", re.M)


class Line(NamedTuple):
    """A line of output."""

    at: datetime
    text: bytes


class Sandbox:
    """A container that runs."""

    def __init__(self, container: Container, address: str, root: Path) -> None:
        """``root``: a folder of its own."""
        self.container = container
        self.address = address
        self.started = datetime.now(UTC)
        self.lines: deque[Line] = deque(maxlen=_KEPT_LINES)
        self._root = root
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(
        self,
        network: Network,
        program: Sequence[str],
        *,
        jailed: bool,
        beside: "Sandbox | None" = None,
    ) -> None:
        """Run a program; ``jailed``: with its folder as its root; ``beside``: in the network of
        another container of the same Pod."""
        self._furnish(Path(program[0]) if jailed else None)
        jail = ("chroot", str(self._root), "/program", *program[1:])
        command = (*(jail if jailed else program), *self.container.arguments)
        if beside is None:
            apart = ("unshare", "--net", "sh", "-c", INSIDE, "sh")
            command = (*apart, network.with_length(self.address), *command)
        else:
            assert beside._process is not None
            command = ("nsenter", f"--net=/proc/{beside._process.pid}/ns/net", *command)
        self._process = process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"PATH": os.environ["PATH"] if not jailed else _PATH, **self.container.environment},
            limit=2**20,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        if beside is None:
            await asyncio.wait_for(process.stdout.readline(), 30)
            await network.wire(process.pid)
            process.stdin.write(b"\n")
        process.stdin.close()
        self._reading = asyncio.ensure_future(self._read(process.stdout))

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.returncode is None

    async def ready(self, seconds: float) -> bool:
        """Wait until somebody can reach it and it says that it is ready, if it has a probe. False
        if it ended or the time is over."""
        try:
            async with asyncio.timeout(seconds):
                while self.running:
                    if self._listening() and await self._probed():
                        return True
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            pass
        return False

    async def ended(self) -> None:
        """Wait until its process ends."""
        if self._process is not None:
            await self._process.wait()

    async def _probed(self) -> bool:
        probe = self.container.probe
        return probe is None or await probe.passes(self.address)

    def _listening(self) -> bool:
        if self._process is None or not self.running:
            return False
        net = Path(f"/proc/{self._process.pid}/net")
        return any(_LISTENS.search(_text(net / each)) for each in ("tcp", "tcp6")) or any(
            _BOUND.search(_text(net / each)) for each in ("udp", "udp6")
        )

    async def stop(self) -> None:
        """End it, at last by force."""
        if self._process is None:
            return
        if self.running:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), _GRACE)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading

    def _furnish(self, program: Path | None) -> None:
        """What the container mounts, and the program if it has to be inside."""
        self._root.mkdir(parents=True)
        for name, content in self.container.files.items():
            file = self._root / name.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        if program is not None:
            os.link(program, self._root / "program")

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.lines.append(Line(datetime.now(UTC), line))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
