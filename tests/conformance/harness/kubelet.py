"""The one node: runs the Pods that are placed on it and says so in their status.

Knows which Pods should run, what they wait for, and the status a kubelet writes. Must not know
how a process is run, nor who makes Pods.
"""

import asyncio
import logging
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from tests.conformance.harness.api import Api, Document
from tests.conformance.harness.cache import Cache
from tests.conformance.harness.container import Missing, Unsupported, container_of
from tests.conformance.harness.network import Network
from tests.conformance.harness.sandbox import Sandbox

_log = logging.getLogger(__name__)
_VOLUME_POLL: Final = 0.05
_READY_SECONDS: Final = 30.0
_RESTART_AFTER: Final = 1.0


class Program(NamedTuple):
    """What stands for an image. ``jailed``: it sees only its Pod's folder."""

    command: Sequence[str]
    jailed: bool


class Kubelet:
    """Runs Pods until cancelled."""

    def __init__(self, api: Api, cache: Cache, network: Network, echo: Path, folder: Path) -> None:
        """``echo``: the program of the echo image; ``folder``: for the Pods' files, on the same
        file system."""
        self._api = api
        self._cache = cache
        self._network = network
        self._folder = folder
        self._programs = {
            "echo-basic": Program((str(echo),), jailed=True),
            "coredns": Program((sys.executable, "-m", "tests.conformance.harness.dns"), False),
        }
        self._runs: dict[str, asyncio.Task[None]] = {}
        self.sandboxes: dict[tuple[str, str], Sandbox] = {}
        """By (namespace, name) of the Pod."""

    def look(self, group: asyncio.TaskGroup) -> None:
        """Start what should run and stop what should not."""
        wanted = {each["metadata"]["uid"]: each for each in self._cache.all("Pod")}
        for uid, run in list(self._runs.items()):
            if uid not in wanted:
                run.cancel()
                del self._runs[uid]
        for uid, pod in wanted.items():
            if uid not in self._runs and pod["spec"].get("nodeName"):
                self._runs[uid] = group.create_task(self._run(pod))

    async def _run(self, pod: Document) -> None:
        metadata = pod["metadata"]
        key = (metadata["namespace"], metadata["name"])
        address = self._network.address()
        root = self._folder / metadata["uid"]
        try:
            while True:
                sandbox = await self._made(pod, address, root)
                self.sandboxes[key] = sandbox
                try:
                    await self._serve(pod, sandbox)
                finally:
                    await sandbox.stop()
                    shutil.rmtree(root, ignore_errors=True)
                said = b"".join(line.text for line in list(sandbox.lines)[-5:])
                _log.warning("%s/%s ended: %s", *key, said.decode(errors="replace"))
                await self._tell(pod, pending("Error", "the container ended"))
                await asyncio.sleep(_RESTART_AFTER)
        except Unsupported as why:
            _log.error("%s/%s cannot run here: %s", *key, why)
            await self._tell(pod, pending("CreateContainerError", str(why)))
        finally:
            self.sandboxes.pop(key, None)

    async def _made(self, pod: Document, address: str, root: Path) -> Sandbox:
        """The sandbox, once everything that it mounts is there."""
        told = ""
        while True:
            try:
                container = container_of(pod, address, self._cache.find)
                break
            except Missing as why:
                if told != str(why):
                    told = str(why)
                    await self._tell(pod, pending("ContainerCreating", told))
                await asyncio.sleep(_VOLUME_POLL)
        program = self._program(container.image)
        sandbox = Sandbox(container, address, root)
        await sandbox.start(self._network, program.command, jailed=program.jailed)
        return sandbox

    async def _serve(self, pod: Document, sandbox: Sandbox) -> None:
        """Until it ends."""
        if await sandbox.ready(_READY_SECONDS):
            await self._tell(pod, running(sandbox))
            await sandbox.ended()

    def _program(self, image: str) -> Program:
        name = image.rpartition("/")[2].partition(":")[0]
        if name not in self._programs:
            raise Unsupported(f"image {image} is not on this node")
        return self._programs[name]

    async def _tell(self, pod: Document, status: Document) -> None:
        written = await self._api.patch(pod, {"status": status}, "status")
        if written is not None:
            self._cache.put({**written, "kind": "Pod"})


def pending(reason: str, message: str) -> Document:
    """The status of a Pod that does not run."""
    return {
        "phase": "Pending",
        "conditions": [_condition("Ready", False, reason, message)],
    }


def running(sandbox: Sandbox) -> Document:
    """The status of a Pod that runs."""
    started = sandbox.started.strftime("%Y-%m-%dT%H:%M:%SZ")
    kinds = ("PodScheduled", "Initialized", "ContainersReady", "Ready")
    container = sandbox.container
    return {
        "phase": "Running",
        "hostIP": "127.0.0.1",
        "podIP": sandbox.address,
        "podIPs": [{"ip": sandbox.address}],
        "startTime": started,
        "conditions": [_condition(each, True) for each in kinds],
        "containerStatuses": [
            {
                "name": container.name,
                "image": container.image,
                "imageID": container.image,
                "ready": True,
                "started": True,
                "restartCount": 0,
                "state": {"running": {"startedAt": started}},
            }
        ],
    }


def _condition(kind: str, holds: bool, reason: str = "", message: str = "") -> Document:
    return {
        "type": kind,
        "status": "True" if holds else "False",
        "lastTransitionTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **({"reason": reason} if reason else {}),
        **({"message": message} if message else {}),
    }
