"""Portway as its users start it: the command, a folder of manifests, and a real Envoy behind it.

Knows the command line and the admin API's paths. Must not import the product: what a test sees here
is what a user would see.

    async with Portway(tmp_path) as portway:
        portway.write("site", [gateway(...), service(...), http_route(...)])
        address = await portway.address("web")
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.wire.harness import manifests, ports, processes

READY_SECONDS = 30.0
SETTLE_SECONDS = 15.0
DRAIN_SECONDS = 2
_POLL_SECONDS = 0.02
OPTIONS = "PORTWAY_TEST_OPTIONS"
"""The environment variable with further options of `portway run` for all tests: they have to pass
with every shape that routes may have in the proxy (see `make test-shapes`)."""


class PortwayError(Exception):
    """Portway did not start, ended, or did not come to the awaited state. Carries its log."""


class Portway:
    """One running instance with folders, addresses and an admin port of its own."""

    def __init__(
        self,
        root: Path,
        *,
        folder: Path | None = None,
        name: str = "test",
        pool: str | None = None,
        options: Sequence[str] = (),
        kubeconfig: Path | None = None,
    ) -> None:
        """`root` is private to this instance; `folder` holds manifests, default `root/manifests`.

        `options` are further ones for `portway run`; with a `kubeconfig` it is `portway controller`
        and reads that cluster instead of the folder.
        """
        self.folder = folder or root / "manifests"
        # Sockets live below the data folder and have short paths; a test's own folder may not.
        self.data = Path(tempfile.mkdtemp(prefix="portway-test-"))
        self.pool = pool or ports.loopback_range()
        self.admin = ports.free_port()
        self._log = root / "portway.log"
        self._name = name
        self._options = tuple(options)
        self._kubeconfig = kubeconfig
        self._process: asyncio.subprocess.Process | None = None
        self._client = httpx.AsyncClient(
            verify=False, base_url=f"http://127.0.0.1:{self.admin}", timeout=5.0, trust_env=False
        )

    @property
    def command(self) -> tuple[str, ...]:
        """What is started."""
        return (
            str(Path(sys.executable).with_name("portway")),
            *(
                ("run", str(self.folder))
                if self._kubeconfig is None
                else ("controller", "--kubeconfig", str(self._kubeconfig))
            ),
            *("--data", str(self.data)),
            *("--address-pool", self.pool),
            *("--admin-port", str(self.admin)),
            *("--name", self._name),
            *("--drain-time", str(DRAIN_SECONDS)),
            *os.environ.get(OPTIONS, "").split(),
            *self._options,
        )

    @property
    def log(self) -> str:
        """Everything the instance has written, of all its starts."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    @property
    def process_id(self) -> int:
        """The control plane's process id."""
        assert self._process is not None
        return self._process.pid

    async def __aenter__(self) -> Self:
        for made in (self.folder, self._log.parent):
            made.mkdir(parents=True, exist_ok=True)
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
        if error is not None:
            error.add_note(f"Portway's log:\n{self.log}")

    async def start(self) -> None:
        """Starts the control plane and waits until it is ready. Raises PortwayError."""
        self._process = await processes.start(self.command, self._log)
        await self.until(self._ready, "ready", seconds=READY_SECONDS)

    async def stop(self) -> int:
        """Ends the control plane as a user would (SIGTERM); returns its exit code."""
        assert self._process is not None
        return await processes.end(self._process)

    async def kill(self) -> None:
        """Ends the control plane without warning (SIGKILL); Envoy is left as it is."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def close(self) -> None:
        """Ends everything that was started, Envoy too."""
        if self._process is not None:
            await processes.end(self._process)
        processes.kill_naming(self.data)
        shutil.rmtree(self.data, ignore_errors=True)
        await self._client.aclose()

    def write(self, file: str, documents: Sequence[Mapping[str, Any]]) -> None:
        """Writes `<file>.yaml` into the folder, in one step."""
        manifests.write(self.folder / f"{file}.yaml", documents)

    def remove(self, file: str) -> None:
        """Removes `<file>.yaml`."""
        (self.folder / f"{file}.yaml").unlink()

    async def status(self) -> Any:
        """What `/status` says, as JSON."""
        answer = await self._client.get("/status")
        answer.raise_for_status()
        return answer.json()

    async def config(self) -> Any:
        """What `/config` says, as JSON: every resource the proxy has."""
        answer = await self._client.get("/config")
        answer.raise_for_status()
        return answer.json()

    async def object_status(self, kind: str, name: str, namespace: str = "default") -> Any:
        """The status of one object, None while it has none."""
        return find_status(await self.status(), kind, name, namespace)

    async def address(self, gateway: str, namespace: str = "default") -> str:
        """The address of a Gateway, once it is programmed. Raises PortwayError."""
        found = ""

        async def programmed() -> bool:
            nonlocal found
            status = await self.object_status("Gateway", gateway, namespace) or {}
            found = next((entry["value"] for entry in status.get("addresses") or ()), "")
            return bool(found) and condition(status, "Programmed") == "True"

        await self.until(programmed, f"Gateway {namespace}/{gateway} programmed")
        return found

    async def until(
        self,
        holds: Callable[[], Awaitable[bool]],
        what: str,
        *,
        seconds: float = SETTLE_SECONDS,
    ) -> None:
        """Waits until something holds. Raises PortwayError with the log when it does not."""
        assert self._process is not None
        loop = asyncio.get_running_loop()
        last = loop.time() + seconds
        while not await holds():
            if self._process.returncode is not None:
                code = self._process.returncode
                raise PortwayError(f"portway ended with {code} before: {what}\n{self.log}")
            if loop.time() > last:
                raise PortwayError(f"not within {seconds} s: {what}\n{self.log}")
            await asyncio.sleep(_POLL_SECONDS)

    async def _ready(self) -> bool:
        try:
            return (await self._client.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False


def condition(status: Mapping[str, Any], kind: str) -> str | None:
    """The status ("True", "False", "Unknown") of a condition."""
    for entry in status.get("conditions") or ():
        if entry["type"] == kind:
            return str(entry["status"])
    return None


def find_status(document: Any, kind: str, name: str, namespace: str) -> Any:
    """The status of one object in what `/status` answered."""
    for entry in document["objects"]:
        if (entry["kind"], entry["namespace"], entry["name"]) == (kind, namespace, name):
            return entry["status"]
    return None
