"""What the node says of its Pods."""

import asyncio
from pathlib import Path
from typing import Any, cast

from tests.conformance.harness.api import Api
from tests.conformance.harness.cache import Cache
from tests.conformance.harness.container import Container
from tests.conformance.harness.controllers import KINDS
from tests.conformance.harness.kubelet import Kubelet, Program, running
from tests.conformance.harness.network import Network
from tests.conformance.harness.sandbox import Sandbox
from tests.conformance.manifests import Document, pod


class Told:
    """In place of the API: what was written, and a sign of each."""

    def __init__(self) -> None:
        self.statuses: asyncio.Queue[Document] = asyncio.Queue()

    async def patch(self, document: Document, change: Document, sub: str) -> None:
        """Keep what is written into a status."""
        assert sub == "status"
        await self.statuses.put(change["status"])


def node(told: Told, cache: Cache, folder: Path) -> Kubelet:
    """A node that writes to `told`."""
    programs = {"echo-basic": Program((str(folder / "echo"),), jailed=True)}
    return Kubelet(cast(Api, told), cache, Network(), programs, folder)


def cache_with(given: Document) -> Cache:
    """A cache that has one Pod."""
    cache = Cache(KINDS)
    given["metadata"]["resourceVersion"] = "1"
    cache.put(given)
    return cache


async def first_said(given: Document, folder: Path) -> str:
    """The reason and message of the first status that a Pod gets."""
    told = Told()
    kubelet = node(told, cache_with(given), folder)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        kubelet.look(group)
        status = await told.statuses.get()
        kubelet._cache.drop(given)
        kubelet.look(group)  # which ends what waits
    assert status["phase"] == "Pending"
    (condition,) = status["conditions"]
    assert (condition["type"], condition["status"]) == ("Ready", "False")
    return f"{condition['reason']}: {condition['message']}"


async def test_a_pod_waits_for_what_it_mounts(tmp_path: Path) -> None:
    given = pod()
    given["spec"]["containers"][0]["volumeMounts"] = [{"name": "v", "mountPath": "/etc/v"}]
    given["spec"]["volumes"] = [{"name": "v", "secret": {"secretName": "pair"}}]
    assert await first_said(given, tmp_path) == 'ContainerCreating: secret "pair" not found'


async def test_an_image_that_is_not_here(tmp_path: Path) -> None:
    given = pod()
    given["spec"]["containers"][0]["image"] = "registry.example/other:v1"
    assert "registry.example/other:v1 is not" in await first_said(given, tmp_path)


async def test_a_pod_that_is_on_no_node_is_left_alone(tmp_path: Path) -> None:
    given = pod()
    del given["spec"]["nodeName"]
    kubelet = node(Told(), cache_with(given), tmp_path)
    async with asyncio.TaskGroup() as group:
        kubelet.look(group)
    assert kubelet.sandboxes == {}


def test_the_status_of_a_pod_that_runs() -> None:
    boxes = [
        Sandbox(Container(name, "echo-basic", [], {}, {}), "10.244.0.2", Path("unused"))
        for name in ("web", "beside")
    ]
    status: Any = running(boxes)
    assert [each["name"] for each in status["containerStatuses"]] == ["web", "beside"]
    assert status["phase"] == "Running"
    assert (status["podIP"], status["podIPs"]) == ("10.244.0.2", [{"ip": "10.244.0.2"}])
    assert {each["type"]: each["status"] for each in status["conditions"]}["Ready"] == "True"
