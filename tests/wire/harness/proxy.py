"""A Gateway's proxy as a cluster runs it: the command, and a mounted Secret with its credentials.

Knows the command line and how a kubelet mounts Secrets: files behind a link that is replaced as a
whole. Must not import the product.
"""

import asyncio
import sys
import tempfile
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.wire.harness import ports, processes
from tests.wire.harness.apart import Apart
from tests.wire.harness.envoy_admin import EnvoyAdmin

READY_SECONDS = 30.0


class Mounted:
    """A folder that shows a Secret, and another one when that is due."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="portway-test-"))
        self._shown = 0

    def show(self, data: Mapping[str, str]) -> None:
        """`data` is as in the Secret, in base64."""
        self._shown += 1
        inner = self.path / f"..{self._shown}"
        inner.mkdir()
        for name, value in data.items():
            (inner / name).write_bytes(b64decode(value))
        link = self.path / "..new"
        link.symlink_to(inner.name)
        link.rename(self.path / "..data")
        for name in data:
            if not (self.path / name).is_symlink():
                (self.path / name).symlink_to(f"..data/{name}")


class Proxy:
    """One `portway proxy`, in this network or in one of its own."""

    def __init__(
        self,
        root: Path,
        gateway: str,
        xds: str,
        mounted: Mounted,
        *,
        name: str = "one",
        options: Sequence[str] = ("--delay", "0.5"),
        apart: Apart | None = None,
    ) -> None:
        # Sockets have short paths; a test's own folder may not.
        self.run_dir = Path(tempfile.mkdtemp(prefix="portway-test-")) / "run"
        self.mounted = mounted
        self.probe = ports.free_port()
        self._log = root / f"proxy-{name}.log"
        self.apart = apart
        command = (
            *(str(Path(sys.executable).with_name("portway")), "proxy"),
            *("--gateway", gateway, "--pod", name),
            *("--xds", xds, "--credentials", str(mounted.path)),
            *("--run-dir", str(self.run_dir), "--concurrency", "1"),
            *("--probe-address", f"127.0.0.1:{self.probe}", "--drain-time", "5"),
            *options,
        )
        self._command = command if apart is None else apart.command(command)
        self._process: asyncio.subprocess.Process | None = None
        self.envoy = EnvoyAdmin(self.run_dir.parent)

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    async def __aenter__(self) -> Self:
        self._process = await processes.start(self._command, self._log)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.end()
        processes.kill_naming(self.run_dir.parent)
        if error is not None:
            error.add_note(f"The proxy's log:\n{self.log}")

    async def end(self) -> int:
        """As a kubelet does; returns the exit code."""
        assert self._process is not None
        return await processes.end(self._process)

    def ask_to_end(self) -> None:
        """The beginning of `end`."""
        assert self._process is not None
        self._process.terminate()

    def kill(self) -> None:
        """Both the command and its Envoy, without warning."""
        assert self._process is not None
        self._process.kill()
        processes.kill_naming(self.run_dir.parent)

    async def probed(self, path: str = "/readyz") -> int:
        """The status of a probe; 0 where nobody answers."""
        if self.apart is not None:
            return await self.apart.probed(self.probe, path)
        try:
            async with httpx.AsyncClient(trust_env=False, verify=False) as http:
                return (await http.get(f"http://127.0.0.1:{self.probe}{path}")).status_code
        except httpx.HTTPError:
            return 0

    async def ready(self) -> None:
        """Returns when it may be sent requests."""

        async def probed() -> bool:
            return await self.probed() == 200

        await until(probed, READY_SECONDS)

    async def listeners(self) -> list[str]:
        """The names of its listeners."""
        found = await self.envoy.config("dynamic_listeners")
        return sorted(each["name"] for each in found)

    async def clusters(self) -> list[str]:
        """The names of its clusters."""
        found = await self.envoy.config("dynamic_active_clusters")
        return sorted(each["cluster"]["name"] for each in found)


async def until(check: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Returns when it is so. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            if await check():
                return
            await asyncio.sleep(0.05)
