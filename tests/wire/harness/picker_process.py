"""`portway picker` as its users start it.

Knows the command line and the probes. Must not import the product.
"""

import asyncio
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.wire.harness import ports, processes

_READY_SECONDS = 30.0


class PickerProcess:
    """One picker, in plain text unless its options say otherwise."""

    def __init__(self, root: Path, *options: str, tls: bool = False) -> None:
        """`root` gets its log; `options` say what it picks from."""
        self.port = ports.free_port()
        self.probes = f"127.0.0.1:{ports.free_port()}"
        self._log = root / "picker.log"
        self._options = (*options, *(() if tls else ("--plaintext",)))
        self.process: asyncio.subprocess.Process | None = None

    @property
    def endpoint(self) -> str:
        """Where it is asked."""
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All it has written."""
        return self._log.read_text() if self._log.exists() else ""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
        if error is not None:
            error.add_note(f"The picker's log:\n{self.log}")

    async def start(self) -> None:
        """Starts it and waits until it is ready."""
        command = (
            str(Path(sys.executable).with_name("portway")),
            "picker",
            *("--address", self.endpoint, "--probe-address", self.probes),
            *("--drain-time", "1"),
            *self._options,
        )
        self.process = await processes.start(command, self._log)
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while not await self._ready():
                    assert self.process.returncode is None, self.log
                    await asyncio.sleep(0.05)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> int:
        """Ends it as a user would; its exit code."""
        assert self.process is not None
        return await processes.end(self.process)

    async def kill(self) -> None:
        """Ends it without warning."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def metrics(self) -> str:
        """What `/metrics` says."""
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            return (await client.get(f"http://{self.probes}/metrics")).text

    async def number(self, start: str) -> float:
        """The sample whose line starts so; 0 without one."""
        lines = (await self.metrics()).splitlines()
        return next((float(e.split()[-1]) for e in lines if e.startswith(start)), 0.0)

    async def _ready(self) -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False, verify=False) as client:
                return (await client.get(f"http://{self.probes}/readyz")).status_code == 200
        except httpx.TransportError:
            return False
