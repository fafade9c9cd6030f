"""kill -9 at random moments during writes: everything acknowledged is there afterwards.

    python -m tests.clients.kill [--rounds 200] [--seed N]

Each round starts the API on the same folder, checks what the rounds before were told, writes from
several connections until it kills the process, and remembers every answer. An answer that never
came may have happened or not; either is right, and the next round looks which. Exits with 1 if an
acknowledged write is missing or a revision was given twice.
"""

import argparse
import asyncio
import json
import random
import signal
import ssl
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

MAPS = "/api/v1/namespaces/default/configmaps"
WRITERS = 8
NAMES = 40


class Known:
    """What must be there: by name the value last acknowledged, or several that may be."""

    def __init__(self) -> None:
        self.values: dict[str, set[str | None]] = {}
        self.writes = 0
        self.revision = 0
        self.lost: list[str] = []


async def started(folder: Path) -> asyncio.subprocess.Process:
    """The API, once it listens."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.clients.serve", str(folder)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        await process.stdout.readline()
    return process


def client(folder: Path) -> httpx.AsyncClient:
    """A client with the owner's certificate."""
    tls = folder / "tls"
    context = ssl.create_default_context(cafile=str(tls / "ca.crt"))
    context.load_cert_chain(tls / "client.crt", tls / "client.key")
    server = json.loads((folder / "kubeconfig").read_text())["clusters"][0]["cluster"]["server"]
    return httpx.AsyncClient(verify=context, base_url=server, trust_env=False, timeout=10)


async def check(http: httpx.AsyncClient, known: Known) -> None:
    """Hold what is there against what was acknowledged."""
    document = (await http.get(MAPS)).json()
    found = {each["metadata"]["name"]: each["data"]["v"] for each in document["items"]}
    revision = int(document["metadata"]["resourceVersion"])
    if revision < known.revision:
        known.lost.append(f"revision {revision} comes after {known.revision}")
    known.revision = revision
    for name, may_be in known.values.items():
        if found.get(name) not in may_be:
            known.lost.append(f"{name} is {found.get(name)}, should be one of {may_be}")
        known.values[name] = {found.get(name)}
    known.lost += [f"{name} came from nowhere" for name in found.keys() - known.values.keys()]


async def writer(http: httpx.AsyncClient, names: list[str], known: Known, dice: Any) -> None:
    """Create, change and delete until the connection breaks."""
    while True:
        name = dice.choice(names)
        now = known.values.get(name, {None})
        (value,) = now
        wanted: str | None = f"{known.writes}-{dice.random()}"
        body: dict[str, Any] = {"metadata": {"name": name}, "data": {"v": wanted}}
        path = MAPS if value is None else f"{MAPS}/{name}"
        if value is None:
            method, after = "POST", wanted
        elif dice.random() < 0.2:
            method, after = "DELETE", None
        else:
            method, after = "PUT", wanted
        known.values[name] = {value, after}
        try:
            response = await http.request(method, path, json=body)
        except httpx.TransportError:
            return
        if response.status_code >= 400:
            known.lost.append(f"{name}: {response.status_code} {response.text[:200]}")
            return
        answer = response.json()
        known.values[name] = {after}
        known.revision = max(
            known.revision, int(answer["metadata"].get("resourceVersion") or known.revision)
        )
        known.writes += 1


async def one_round(folder: Path, known: Known, dice: random.Random) -> None:
    """Start, check, write, kill."""
    process = await started(folder)
    async with client(folder) as http:
        await check(http, known)
        async with asyncio.TaskGroup() as group:
            for number in range(WRITERS):
                names = [f"c{each}" for each in range(NAMES) if each % WRITERS == number]
                group.create_task(writer(http, names, known, dice))
            await asyncio.sleep(dice.uniform(0.01, 0.4))
            process.send_signal(signal.SIGKILL)
            await process.wait()


async def main(rounds: int, seed: int) -> int:
    """All rounds and a last check."""
    dice = random.Random(seed)
    known = Known()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(rounds):
            await one_round(folder, known, dice)
        process = await started(folder)
        async with client(folder) as http:
            await check(http, known)
        process.terminate()
        await process.wait()
    took = time.monotonic() - start
    print(f"{rounds} kills, {known.writes} acknowledged writes, {took:.0f} s, seed {seed}")
    print("\n".join(known.lost) or "nothing acknowledged is missing")
    return bool(known.lost)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    sys.exit(asyncio.run(main(options.rounds, options.seed)))
