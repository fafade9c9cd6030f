"""A run, inside its namespaces: Portway, the stand-in for a cluster's nodes, and the suite.

Composition only: what is started in which order, and that it ends.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Final

from tests.conformance.build import Built
from tests.conformance.harness import bundle, controllers, door, logs
from tests.conformance.harness.api import Api
from tests.conformance.harness.cache import Cache
from tests.conformance.harness.kubelet import OWN_PICKER, WHOAMI, Kubelet, Program, mended
from tests.conformance.harness.network import Network
from tests.conformance.options import (
    GATEWAY_CLASS,
    POOL,
    WORK,
    Options,
    portway_options,
    suite_flags,
)
from tests.conformance.profiles import claimed, not_claimed
from tests.conformance.progress import Progress
from tests.conformance.suites import PICKER

_START_SECONDS: Final = 60.0
_END_SECONDS: Final = 10.0
_POLL: Final = 0.05


class RunError(Exception):
    """The run could not come to its end; the message says why."""


async def run(options: Options, built: Built, folder: Path) -> Progress:
    """All of it, in a folder of its own, where the report is afterwards. Raises RunError."""
    logging.basicConfig(
        filename=WORK / "harness.log",
        filemode="w",
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    network = Network()
    await network.start()
    try:
        programs = _programs(built, folder, options.own_picker)
        async with _portway(folder) as data, _api(data) as api:
            for each in (*built.bundles, *options.chosen.beforehand):
                await bundle.apply(api, each)
            async with (
                door.opened(data, network.gateway) as kubeconfig,
                _cluster(api, network, programs, folder, kubeconfig),
            ):
                profiles = await _profiles(options, api)
                flags = suite_flags(options, profiles, report_in(folder))
                return await _suite([str(built.suite), *flags], data, options.minutes)
    except ExceptionGroup as group:
        first: BaseException = group
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first if isinstance(first, RunError) else RunError(f"{first!r}") from group


def report_in(folder: Path) -> Path:
    """Where the suite's report is in the folder of a run."""
    return folder / "report.yaml"


@contextlib.asynccontextmanager
async def _portway(folder: Path) -> AsyncIterator[Path]:
    """`portway run` with an empty folder; gives its data folder."""
    empty, data = folder / "manifests", folder / "data"
    empty.mkdir()
    program = Path(sys.executable).with_name("portway")
    with (WORK / "portway.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(program, "run", empty, "--data", data, "--address-pool", POOL),
            *("--drain-time", "1", "--name", "conformance", *portway_options()),
            stdout=log,
            stderr=log,
        )
    try:
        async with asyncio.TaskGroup() as group:
            guard = group.create_task(_must_run(process))
            await _listens((data / "kubeconfig").exists)
            yield data
            guard.cancel()
    finally:
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _END_SECONDS)


async def _listens(there: Callable[[], bool]) -> None:
    """Wait for the kubeconfig, which is written when the API listens."""
    for _ in range(int(_START_SECONDS / _POLL)):
        if there():
            return
        await asyncio.sleep(_POLL)
    raise RunError(f"no API after {_START_SECONDS:.0f} s: see {WORK / 'portway.log'}")


async def _must_run(portway: asyncio.subprocess.Process) -> None:
    """Ends the run when Portway ends: the suite would go on asking nobody for an hour."""
    status = await portway.wait()
    raise RunError(f"portway run ended with {status}: see {WORK / 'portway.log'}")


@contextlib.asynccontextmanager
async def _api(data: Path) -> AsyncIterator[Api]:
    api = Api(data)
    try:
        yield api
    finally:
        await api.close()


@contextlib.asynccontextmanager
async def _cluster(
    api: Api,
    network: Network,
    programs: Mapping[str, Program],
    folder: Path,
    kubeconfig: bytes,
) -> AsyncIterator[None]:
    """The node and the controllers."""
    pods = folder / "pods"
    pods.mkdir()
    cache = Cache(controllers.KINDS)
    kubelet = Kubelet(api, cache, network, programs, pods, kubeconfig)
    find = kubelet.sandboxes.get
    async with logs.served(lambda space, pod: find((space, pod), ()), folder) as node:
        status = {"status": node.pop("status")}
        made = await api.create(node)
        await api.patch({**node, **(made or {})}, status, "status")
        async with asyncio.TaskGroup() as group:
            # Should it fail, so does the run.
            running = group.create_task(controllers.run(api, cache, kubelet))
            yield
            running.cancel()


def _programs(built: Built, folder: Path, own_picker: bool) -> dict[str, Program]:
    """What stands for each image."""
    found = {"coredns": WHOAMI}
    for name, file in built.programs.items():
        # The Pods' folders get links to it, which do not cross file systems.
        shutil.copy(file, folder / name)
        program = Program((str(folder / name),), jailed=True)
        found[name] = program if name != PICKER else OWN_PICKER if own_picker else mended(file)
    return found


async def _profiles(options: Options, api: Api) -> list[str]:
    """Those that are asked for, or those that follow from the GatewayClass."""
    features = await _features(api)
    if options.profiles:
        return options.profiles.split(",")
    if not options.chosen.follows_class:
        return []
    if not options.run:
        print(*not_claimed(features), sep="\n", flush=True)
    return claimed(features)


async def _features(api: Api) -> list[str]:
    """What the GatewayClass claims. The suite reads it once: it must have been said by then."""
    async with asyncio.timeout(_START_SECONDS):
        while True:
            found = await api.get("GatewayClass", GATEWAY_CLASS) or {}
            features = (found.get("status") or {}).get("supportedFeatures")
            if features:
                return [each["name"] for each in features]
            await asyncio.sleep(_POLL)


async def _suite(command: list[str], data: Path, minutes: int) -> Progress:
    process = await asyncio.create_subprocess_exec(
        *command,
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
            async with asyncio.timeout(minutes * 60 + 30):
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
