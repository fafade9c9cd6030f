"""The one node: runs the Pods that are placed on it and says so in their status.

Knows which Pods should run, what they wait for, and the status a kubelet writes. Must not know
how a process is run, nor who makes Pods.
"""

import asyncio
import logging
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from tests.conformance.harness.api import Api, Document
from tests.conformance.harness.cache import Cache
from tests.conformance.harness.container import Container, Missing, Unsupported, containers_of
from tests.conformance.harness.door import KUBECONFIG
from tests.conformance.harness.network import Network
from tests.conformance.harness.sandbox import Sandbox

_log = logging.getLogger(__name__)
_VOLUME_POLL: Final = 0.05
_READY_SECONDS: Final = 30.0
_RESTART_AFTER: Final = 1.0


class Program(NamedTuple):
    """What stands for an image. ``jailed``: it sees only its Pod's folder; with ``talks`` it gets
    the kubeconfig there, as a cluster's Pods get a token."""

    command: Sequence[str]
    jailed: bool
    talks: bool = False


_HARNESS: Final = "tests.conformance.harness"
WHOAMI: Final = Program((sys.executable, "-m", f"{_HARNESS}.dns"), jailed=False)
"""What stands for CoreDNS."""


def mended(picker: Path) -> Program:
    """What stands for the image of an endpoint picker that is on this machine."""
    return Program((sys.executable, "-m", f"{_HARNESS}.mended", str(picker)), False, talks=True)


OWN_PICKER: Final = Program((sys.executable, "-m", f"{_HARNESS}.own_picker"), False, talks=True)
"""What stands for it where `portway picker` is asked instead."""


class Kubelet:
    """Runs Pods until cancelled."""

    def __init__(
        self,
        api: Api,
        cache: Cache,
        network: Network,
        programs: Mapping[str, Program],
        folder: Path,
        kubeconfig: bytes = b"",
    ) -> None:
        """``programs``: by the name of the image; ``folder``: for the Pods' files, on the file
        system of the programs."""
        self._api = api
        self._cache = cache
        self._network = network
        self._folder = folder
        self._programs = programs
        self._kubeconfig = kubeconfig
        self._runs: dict[str, asyncio.Task[None]] = {}
        self.sandboxes: dict[tuple[str, str], list[Sandbox]] = {}
        """By (namespace, name) of the Pod; one for each container."""

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
                containers = await self._made(pod, address)
                try:
                    self.sandboxes[key] = boxes = await self._started(containers, address, root)
                    await self._serve(pod, boxes)
                    lines = [line.text for box in boxes for line in list(box.lines)[-5:]]
                    said = b"".join(lines).decode(errors="replace")
                finally:
                    await self._stop(self.sandboxes.pop(key, []))
                    shutil.rmtree(root, ignore_errors=True)
                _log.warning("%s/%s ended: %s", *key, said)
                await self._tell(pod, pending("Error", "a container ended"))
                await asyncio.sleep(_RESTART_AFTER)
        except Unsupported as why:
            _log.error("%s/%s cannot run here: %s", *key, why)
            await self._tell(pod, pending("CreateContainerError", str(why)))

    async def _made(self, pod: Document, address: str) -> list[Container]:
        """What the containers are given, once everything that they mount is there."""
        told = ""
        while True:
            try:
                return containers_of(pod, address, self._cache.find)
            except Missing as why:
                if told != str(why):
                    told = str(why)
                    await self._tell(pod, pending("ContainerCreating", told))
                await asyncio.sleep(_VOLUME_POLL)

    async def _started(
        self, containers: Sequence[Container], address: str, root: Path
    ) -> list[Sandbox]:
        """The containers' processes, in one network."""
        boxes: list[Sandbox] = []
        try:
            for each in containers:
                program = self._program(each.image)
                home = root / each.name
                given = self._talking(each, program, home) if program.talks else each
                boxes.append(Sandbox(given, address, home))
                first = boxes[0] if len(boxes) > 1 else None
                start = boxes[-1].start
                await start(self._network, program.command, jailed=program.jailed, beside=first)
        except BaseException:
            await self._stop(boxes)
            raise
        return boxes

    def _talking(self, container: Container, program: Program, home: Path) -> Container:
        files = {**container.files, KUBECONFIG: self._kubeconfig}
        where = KUBECONFIG if program.jailed else f"{home}{KUBECONFIG}"
        # Programs look for a home before they look at anything else.
        environment = {"HOME": "/", **container.environment, "KUBECONFIG": where}
        return container._replace(files=files, environment=environment)

    async def _serve(self, pod: Document, boxes: Sequence[Sandbox]) -> None:
        """Until one of them ends."""
        if all(await asyncio.gather(*(each.ready(_READY_SECONDS) for each in boxes))):
            await self._tell(pod, running(boxes))
            ends = [asyncio.ensure_future(each.ended()) for each in boxes]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in ends:
                    each.cancel()

    async def _stop(self, boxes: Sequence[Sandbox]) -> None:
        await asyncio.gather(*(each.stop() for each in boxes))

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


def running(boxes: Sequence[Sandbox]) -> Document:
    """The status of a Pod whose containers run."""
    first = boxes[0]
    kinds = ("PodScheduled", "Initialized", "ContainersReady", "Ready")
    return {
        "phase": "Running",
        "hostIP": "127.0.0.1",
        "podIP": first.address,
        "podIPs": [{"ip": first.address}],
        "startTime": _time(first),
        "conditions": [_condition(each, True) for each in kinds],
        "containerStatuses": [
            {
                "name": each.container.name,
                "image": each.container.image,
                "imageID": each.container.image,
                "ready": True,
                "started": True,
                "restartCount": 0,
                "state": {"running": {"startedAt": _time(each)}},
            }
            for each in boxes
        ],
    }


def _time(box: Sandbox) -> str:
    return box.started.strftime("%Y-%m-%dT%H:%M:%SZ")


def _condition(kind: str, holds: bool, reason: str = "", message: str = "") -> Document:
    return {
        "type": kind,
        "status": "True" if holds else "False",
        "lastTransitionTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **({"reason": reason} if reason else {}),
        **({"message": message} if message else {}),
    }
