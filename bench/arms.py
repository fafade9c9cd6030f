"""What is compared: something that answers at an address, made of processes.

Knows how to wait for an arm and how to start Portway as its users do. Must not know what is
measured about it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import machine
from bench.loads import Target
from tests.wire.harness import manifests, raw
from tests.wire.harness.portway import Portway

_PATIENCE_SECONDS = 20.0
HOST = "bench.example"
GATEWAY_PORT = 8080


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


async def answering(target: Target, log: Path | None = None) -> None:
    """Waits for the first 200. Raises ArmError."""
    loop = asyncio.get_running_loop()
    last = loop.time() + _PATIENCE_SECONDS
    request = f"GET / HTTP/1.1\r\nHost: {target.host}\r\nConnection: close\r\n\r\n".encode()
    status = 0
    while status != 200:
        if loop.time() > last:
            told = f"{target}: no 200 in {_PATIENCE_SECONDS} s (last: {status})"
            raise ArmError(told + _tail(log))
        try:
            status = (await raw.exchange(target.address, target.port, request)).status
        except (OSError, raw.NoAnswerError):
            status = 0
        if status != 200:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def portway(
    scratch: Path, documents: Sequence[dict[str, Any]], *, folder: Path | None = None
) -> AsyncIterator[tuple[Portway, Arm]]:
    """Portway with one Envoy worker, serving `documents` and the files of `folder`.

    The documents hold a Gateway named `bench` that listens on `GATEWAY_PORT` and a route that
    answers 200 to `HOST`. Raises ArmError.
    """
    where = folder or scratch / "manifests"
    where.mkdir(parents=True, exist_ok=True)
    manifests.write(where / "site.yaml", documents)
    instance = Portway(scratch, folder=where, name="bench", options=["--concurrency", "1"])
    async with instance:
        address = await instance.address("bench")
        target = Target(address, GATEWAY_PORT, HOST)
        await answering(target, scratch / "portway.log")
        proxies = machine.processes_naming(instance.data, "envoy")
        if len(proxies) != 1:
            raise ArmError(f"one Envoy was expected to run in {instance.data}, found {proxies}")
        yield instance, Arm("portway", target, tuple(proxies), instance.process_id)


def site(endpoint: str) -> list[dict[str, Any]]:
    """The smallest site: a Gateway, a Service at `endpoint`, and a route for `HOST`."""
    rules = [manifests.rule(manifests.backend("origin"))]
    everyone = {"namespaces": {"from": "All"}}
    listener = manifests.listener("http", GATEWAY_PORT, allowedRoutes=everyone)
    return [
        manifests.gateway("bench", [listener]),
        manifests.service("origin", endpoint),
        manifests.http_route("bench", "bench", rules, hostnames=[HOST]),
    ]


def _tail(log: Path | None) -> str:
    return "\n" + log.read_text(errors="replace")[-2000:] if log and log.exists() else ""
