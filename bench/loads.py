"""What sends the requests: wrk when it is installed, else a generator of our own.

Knows their command lines and answers. Must not know what is behind the address. Both are processes
of their own, so that their CPU time is not the bench's. The own one spends more CPU on a request
than a proxy does: with it the proxy's CPU time per request is the number to read, not throughput.
"""

import asyncio
import json
import re
import resource
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.wire.harness import processes

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


class LoadError(Exception):
    """The generator failed or said something unknown."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go, the Host and the path they name, and the status that is right."""

    address: str
    port: int
    host: str
    path: str = "/"
    status: int = 200

    @property
    def endpoint(self) -> str:
        """ADDRESS:PORT."""
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Shot:
    """One run of the generator: latencies in seconds, its own CPU seconds."""

    requests: int
    errors: int
    seconds: float
    p50: float
    p99: float
    cpu: float

    def expecting(self, status: int) -> "Shot":
        """The shot when another answer than a good one is right: generators count those as errors,
        so what they call good is what failed."""
        return self if status < 400 else replace(self, errors=self.requests - self.errors)

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


@dataclass(frozen=True, slots=True)
class Generator:
    """A way to send requests. `hint` tells how to get a better one, or is empty."""

    name: str
    command: Callable[[Target, int, float], list[str]]
    parse: Callable[[str, float], Shot]
    hint: str = ""

    async def shoot(self, target: Target, connections: int, seconds: float) -> Shot:
        """Sends as fast as answers come. Raises LoadError."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = await asyncio.create_subprocess_exec(
            *self.command(target, connections, seconds),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(seconds + 30):
                out, err = await process.communicate()
        finally:
            await processes.end(process, seconds=1)
        if process.returncode:
            raise LoadError(f"{self.name} ended with {process.returncode}: {err.decode()[-500:]}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return self.parse(out.decode(), spent).expecting(target.status)


def choose() -> Generator:
    """The best generator this machine has."""
    if shutil.which("wrk") is not None:
        return Generator("wrk", _wrk_command, parse_wrk)
    hint = (
        "wrk is not installed (apt-get install wrk): requests come from a slower generator in"
        " Python. Read CPU time per request rather than requests per second."
    )
    return Generator("python", _python_command, parse_python, hint)


def _wrk_command(target: Target, connections: int, seconds: float) -> list[str]:
    url = f"http://{target.endpoint}{target.path}"
    return [
        *("wrk", "--latency", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"),
        *("-H", f"Host: {target.host}", url),
    ]


def parse_wrk(text: str, cpu: float) -> Shot:
    """What wrk 4 prints with --latency. Raises LoadError."""
    total = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m),", text)
    half = re.search(r"^\s+50%\s+([\d.]+)(us|ms|s|m)", text, re.MULTILINE)
    most = re.search(r"^\s+99%\s+([\d.]+)(us|ms|s|m)", text, re.MULTILINE)
    if total is None or half is None or most is None:
        raise LoadError(f"wrk said: {text[-500:]}")
    status = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text
    )
    errors = sum(int(number) for found in (status, broken) if found for number in found.groups())
    seconds, p50, p99 = (
        float(value) * _UNITS[unit]
        for value, unit in (total.groups()[1:], half.groups(), most.groups())
    )
    return Shot(int(total[1]), errors, seconds, p50, p99, cpu)


def _python_command(target: Target, connections: int, seconds: float) -> list[str]:
    words = (target.address, target.port, target.host, target.path, connections, seconds)
    return [sys.executable, "-m", "bench.generator", *(str(word) for word in words)]


def parse_python(text: str, cpu: float) -> Shot:
    """What `bench.generator` prints. Raises LoadError."""
    try:
        told = json.loads(text)
        return Shot(
            told["requests"], told["errors"], told["seconds"], told["p50"], told["p99"], cpu
        )
    except (ValueError, KeyError) as error:
        raise LoadError(f"the generator said: {text[-500:]}") from error
