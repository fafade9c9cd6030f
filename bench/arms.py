"""What is compared: something that answers at an address, made of processes.

Knows how to wait for an arm and how to start Portway as its users do, or in peer mode. Must not
know what is measured about it.
"""

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from bench import folder, machine
from bench.loads import Target
from tests.wire.harness import metrics, processes, raw
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.portway import Portway

PORTWAY = "portway"
CONTROL = "portway again"
PEER = "peer mode"
_PATIENCE_SECONDS = 180.0
_POLL_SECONDS = 0.005
_NUMBERS = itertools.count(1)


class ArmError(Exception):
    """An arm did not come up, or answers wrongly."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Something that is measured. `proxies` are the processes requests pass through; `control`
    is the control plane's, 0 when there is none."""

    name: str
    target: Target
    proxies: tuple[int, ...]
    control: int = 0

    @property
    def processes(self) -> tuple[int, ...]:
        """All of it."""
        return (*self.proxies, *((self.control,) if self.control else ()))


class Instance(Portway):
    """Portway on an address that is known beforehand, so that nobody need ask for it."""

    def __init__(self, name: str, root: Path, where: Path, workers: int) -> None:
        # Loopback addresses that neither tests nor the default pool use.
        self.address_text = f"127.20.{os.getpid() % 250}.{next(_NUMBERS) % 250 + 1}"
        options = ["--bind", self.address_text, "--concurrency", str(workers)]
        super().__init__(root, folder=where, name="bench", options=options)
        self.envoy = EnvoyAdmin(self.data)
        self._peer = name == PEER
        self._text = root / "portway.log"

    @property
    def command(self) -> tuple[str, ...]:
        command = super().command
        return (sys.executable, "-m", "bench.peer", *command[1:]) if self._peer else command

    async def start(self) -> None:
        """As `launch`, and waits until it is ready. Raises PortwayError."""
        await self.launch()
        await self.ready()

    async def launch(self) -> float:
        """Starts the control plane; returns when that was (perf_counter)."""
        started = perf_counter()
        self._process = await processes.start(self.command, self._text)
        return started

    async def ready(self) -> float:
        """Waits until it says that it is ready, and returns when that was. Raises PortwayError."""
        await self.until(self._ready, "ready", seconds=_PATIENCE_SECONDS)
        return perf_counter()

    async def scrape(self) -> metrics.Scrape:
        """Portway's own metrics."""
        return await metrics.scrape(self.admin)

    async def sent(self) -> float:
        """How many resources this control plane has sent. Raises ArmError when it does not say."""
        scrape = await self.scrape()
        if "portway_xds_resources" not in scrape.families:
            raise ArmError("Portway does not count the resources it sends")
        return scrape.total("portway_xds_resources_total")

    async def arm(self, name: str) -> Arm:
        """The running instance as an arm. Raises ArmError."""
        target = Target(self.address_text, folder.PORT, folder.MARKER)
        await answering(target, self._text)
        proxies = machine.processes_naming(self.data, "envoy")
        if len(proxies) != 1:
            raise ArmError(f"one Envoy was expected to run in {self.data}, found {proxies}")
        return Arm(name, target, tuple(proxies), self.process_id)


@dataclass(frozen=True, slots=True)
class Running:
    """An instance that serves, and when: seconds from its start until it was ready and until its
    last file was served."""

    instance: Instance
    arm: Arm
    ready_seconds: float
    served_seconds: float

    @property
    def folder(self) -> Path:
        """Its manifests."""
        return self.instance.folder


@asynccontextmanager
async def portway(
    scratch: Path, where: Path, *, name: str = PORTWAY, workers: int = 1, last: str = folder.MARKER
) -> AsyncIterator[Running]:
    """Serves the folder `where`, which holds a `folder.site`; `last` is the host to wait for.

    Raises ArmError, PortwayError.
    """
    root = scratch / name.replace(" ", "-")
    root.mkdir(parents=True, exist_ok=True)
    instance = Instance(name, root, where, workers)
    try:
        started = await instance.launch()
        ready = await instance.ready()
        target = Target(instance.address_text, folder.PORT, last)
        await answering(target, root / "portway.log")
        served = perf_counter()
        yield Running(instance, await instance.arm(name), ready - started, served - started)
    finally:
        await instance.close()


@asynccontextmanager
async def apps(scratch: Path, where: Path, count: int, origin: Target) -> AsyncIterator[Running]:
    """Serves `folder.apps` out of the folder `where`, with endpoints at the port of `origin`.

    Raises ArmError, PortwayError.
    """
    folder.site(where, origin.endpoint)
    folder.apps(where, count, origin.port)
    async with portway(scratch, where, last=folder.app_host(count - 1)) as running:
        yield running


async def answering(target: Target, log: Path | None = None) -> None:
    """Waits for the first answer that is as the target says. Raises ArmError."""
    loop = asyncio.get_running_loop()
    last = loop.time() + _PATIENCE_SECONDS
    head = f"GET {target.path} HTTP/1.1\r\nHost: {target.host}\r\nConnection: close\r\n\r\n"
    status = 0
    while status != target.status:
        if loop.time() > last:
            told = f"{target}: no {target.status} in {_PATIENCE_SECONDS} s (last: {status})"
            raise ArmError(told + _tail(log))
        try:
            status = (await raw.exchange(target.address, target.port, head.encode())).status
        except (OSError, raw.NoAnswerError):
            status = 0
        if status != target.status:
            await asyncio.sleep(_POLL_SECONDS)


def _tail(log: Path | None) -> str:
    return "\n" + log.read_text(errors="replace")[-2000:] if log and log.exists() else ""
