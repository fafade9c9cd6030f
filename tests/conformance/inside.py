"""A run, inside its namespaces: Portway, the stand-in for a cluster's nodes, and the suite.

Composition only: what is started in which order, and that it ends.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from tests.conformance.build import Built
from tests.conformance.harness import bundle, controllers, logs
from tests.conformance.harness.api import Api
from tests.conformance.harness.cache import Cache
from tests.conformance.harness.kubelet import Kubelet
from tests.conformance.harness.network import Network
from tests.conformance.options import POOL, WORK, Options, suite_flags
from tests.conformance.progress import Progress

_START_SECONDS: Final = 60.0
_END_SECONDS: Final = 10.0
_POLL: Final = 0.05


class RunError(Exception):
    """The run could not come to its end; the message says why."""


async def run(options: Options, built: Built) -> Progress:
    """All of it. Raises RunError."""
    logging.basicConfig(
        filename=WORK / "harness.log",
        filemode="w",
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    network = Network()
    await network.start()
    with tempfile.TemporaryDirectory(prefix="portway-conformance-") as name:
        folder = Path(name)
        async with _portway(folder) as data, _api(data) as api:
            await bundle.apply(api, built.bundle)
            async with _cluster(api, network, built.echo, folder):
                await _class_is_there(api)
                return await _suite(options, built.suite, data)


@contextlib.asynccontextmanager
async def _portway(folder: Path) -> AsyncIterator[Path]:
    """`portway run` with an empty folder; gives its data folder."""
    empty, data = folder / "manifests", folder / "data"
    empty.mkdir()
    program = Path(sys.executable).with_name("portway")
    with (WORK / "portway.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(program, "run", empty, "--data", data, "--address-pool", POOL),
            *("--drain-time", "1", "--name", "conformance"),
            stdout=log,
            stderr=log,
        )
    try:
        async with asyncio.timeout(_START_SECONDS):
            while not (data / "kubeconfig").exists():
                if process.returncode is not None:
                    raise RunError(f"portway run ended: see {WORK / 'portway.log'}")
                await asyncio.sleep(_POLL)
        yield data
    finally:
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _END_SECONDS)


@contextlib.asynccontextmanager
async def _api(data: Path) -> AsyncIterator[Api]:
    api = Api(data)
    try:
        yield api
    finally:
        await api.close()


@contextlib.asynccontextmanager
async def _cluster(api: Api, network: Network, echo: Path, folder: Path) -> AsyncIterator[None]:
    """The node and the controllers."""
    pods = folder / "pods"
    pods.mkdir()
    # The Pods' folders get links to it, which do not cross file systems.
    shutil.copy(echo, folder / "echo-basic")
    cache = Cache(controllers.KINDS)
    kubelet = Kubelet(api, cache, network, folder / "echo-basic", pods)
    find = kubelet.sandboxes.get
    async with logs.served(lambda space, pod: find((space, pod)), folder) as node:
        status = {"status": node.pop("status")}
        made = await api.create(node)
        await api.patch({**node, **(made or {})}, status, "status")
        running = asyncio.ensure_future(controllers.run(api, cache, kubelet))
        try:
            yield
        finally:
            failed = running.exception() if running.done() else None
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
                await running
            if failed is not None:
                raise RunError(f"the harness ended by itself: {failed!r}") from failed


async def _class_is_there(api: Api) -> None:
    """The suite reads once what the GatewayClass claims: it must have been said by then."""
    async with asyncio.timeout(_START_SECONDS):
        while True:
            found = await api.get("GatewayClass", "portway")
            if found is not None and (found.get("status") or {}).get("supportedFeatures"):
                return
            await asyncio.sleep(_POLL)


async def _suite(options: Options, program: Path, data: Path) -> Progress:
    options.report.parent.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        str(program),
        *suite_flags(options),
        cwd=data,
        env={**os.environ, "KUBECONFIG": str(data / "kubeconfig")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=2**24,
    )
    assert process.stdout is not None
    progress = Progress()
    try:
        with (WORK / "suite.log").open("wb") as log:
            # Go's own limit comes first and says what it was doing.
            async with asyncio.timeout(options.minutes * 60 + 30):
                while line := await process.stdout.readline():
                    log.write(line)
                    log.flush()
                    shown = progress.take(line.decode(errors="replace"))
                    if shown is not None:
                        print(shown, flush=True)
                progress.status = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    return progress
