"""An instance and a cluster: objects come, statuses go, and one of several writes."""

import asyncio
import gc
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portway.adapters.apiserver.http.server import ApiServer
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import WriteOptions
from portway.adapters.kube.client import Client
from portway.adapters.kube.kubeconfig import from_kubeconfig
from portway.adapters.kube.source import Batch
from portway.app.cluster import Candidate, Cluster, _Held
from portway.app.statuses import Statuses
from portway.core import model
from portway.core.wiring.core import CONTROLLER

# A connection whose TLS handshake is cancelled is left by httpcore to the collector, which says so.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in.*(ransport|socket):pytest.PytestUnraisableExceptionWarning"
    ),
]

ROUTE = "gateway.networking.k8s.io/v1"
KEY = model.ObjectKey("HTTPRoute", "default", "app")
TIME = "2026-11-21T10:00:00Z"


def parent(controller: str, name: str, time: str | None = None) -> dict[str, Any]:
    condition = {"type": "Accepted", "status": "True", "reason": "Accepted", "message": ""}
    timed = {**condition, "lastTransitionTime": time} if time else condition
    return {"controllerName": controller, "parentRef": {"name": name}, "conditions": [timed]}


def said(*names: str) -> bytes:
    return msgspec.json.encode({"parents": [parent(CONTROLLER, name) for name in names]})


class Api:
    """An API server in this process."""

    def __init__(self) -> None:
        self.store = ObjectStore()
        self.store.start()
        self.kubeconfig = Path()

    def kind(self, plural: str) -> Any:
        return next(each for each in self.store.kinds.values() if each.plural == plural)

    def create(self) -> None:
        document = {"metadata": {"name": "app"}, "spec": {"rules": [{}]}}
        routes = self.kind("httproutes")
        self.store.create(routes, "default", document, WriteOptions(api_version=ROUTE))

    def set(self, *parents: dict[str, Any], manager: str = "other") -> None:
        options = WriteOptions(api_version=ROUTE, subresource="status", manager=manager)
        document = {"metadata": {}, "status": {"parents": list(parents)}}
        self.store.update(self.kind("httproutes"), "default", "app", document, options)

    def parents(self) -> list[tuple[str, str]]:
        found = self.store.writer.get(self.kind("httproutes"), "default", "app").document
        parents = found.get("status", {}).get("parents", ())
        return sorted((each["controllerName"], each["parentRef"]["name"]) for each in parents)

    def holder(self) -> str:
        lease = self.store.tables.tables[self.kind("leases").key].get("default", "portway")
        spec = {} if lease is None else lease.document.get("spec") or {}
        return str(spec.get("holderIdentity", ""))


@asynccontextmanager
async def api() -> AsyncIterator[Api]:
    made = Api()
    folder = Path(tempfile.mkdtemp(prefix="portway-test-"))
    server = ApiServer(made.store, folder)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(server.run())
        await server.listening.wait()
        made.kubeconfig = server.kubeconfig
        try:
            yield made
            await asyncio.sleep(0.1)
        finally:
            task.cancel()
    made.store.close()
    gc.collect()  # in this test, and not in one that knows nothing of it
    shutil.rmtree(folder)


class Writer:
    """One instance, less its core: what it says is said by the test."""

    def __init__(self, of: Api, identity: str) -> None:
        self.statuses = Statuses(lambda: TIME)
        self.settled = True
        client = Client(from_kubeconfig(of.kubeconfig))
        self.cluster = Cluster(client, Candidate("default", identity))
        self.listed = asyncio.Event()

    def say(self, *names: str) -> None:
        self.statuses.update({KEY: said(*names)})

    def take(self, batch: Batch) -> None:
        if batch.listed:
            self.listed.set()

    async def run(self) -> None:
        await self.cluster.run(self.take, self.statuses, lambda: self.settled)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.run())
            await self.listed.wait()
            # Every list has its watch, so no connection is just being made at the end.
            await asyncio.sleep(0.3)
            yield
            task.cancel()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_what_is_said_stands_there_beside_what_others_say() -> None:
    async with api() as server:
        server.create()
        server.set(parent("example.com/other", "web", TIME), parent(CONTROLLER, "gone", TIME))
        writer = Writer(server, "one")
        writer.settled = False
        async with writer.running():
            # What was said in an earlier life stays until it is known what to say now.
            await until(lambda: server.holder() == "one")
            await asyncio.sleep(0.3)
            other = ("example.com/other", "web")
            assert server.parents() == [other, (CONTROLLER, "gone")]
            writer.say("web", "api")
            await until(lambda: (CONTROLLER, "web") in server.parents())
            assert server.parents() == [other, (CONTROLLER, "api"), (CONTROLLER, "web")]
            # Whoever takes ours away gets it again.
            server.set(parent("example.com/other", "new", TIME), parent(CONTROLLER, "x", TIME))
            other = ("example.com/other", "new")
            await until(lambda: server.parents()[1:] == [(CONTROLLER, "api"), (CONTROLLER, "web")])
            writer.settled = True
            writer.statuses.update({KEY: None})
            await until(lambda: server.parents() == [other])


async def test_of_several_one_writes_and_the_next_one_when_it_leaves() -> None:
    async with api() as server, asyncio.TaskGroup() as group:
        server.create()
        first, second = Writer(server, "first"), Writer(server, "second")
        leader = group.create_task(first.run())
        await until(lambda: server.holder() == "first")
        follower = group.create_task(second.run())
        await second.listed.wait()
        second.say("second")
        first.say("first")
        await until(lambda: server.parents() == [(CONTROLLER, "first")])
        await asyncio.sleep(0.5)
        assert server.parents() == [(CONTROLLER, "first")]
        leader.cancel()
        await asyncio.wait([leader])
        await until(lambda: server.parents() == [(CONTROLLER, "second")])
        assert server.holder() == "second"
        await asyncio.sleep(0.3)
        follower.cancel()
        await asyncio.wait([leader, follower])
        assert server.holder() == ""


async def test_nobody_who_is_no_candidate_writes() -> None:
    async with api() as server:
        server.create()
        writer = Writer(server, "none")
        writer.cluster = Cluster(Client(from_kubeconfig(server.kubeconfig)))
        async with writer.running():
            writer.say("web")
            await asyncio.sleep(0.3)
        assert server.parents() == []
        assert server.holder() == ""


async def test_what_nothing_is_said_of_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with api() as server:
        server.create()
        writer = Writer(server, "one")
        looked_at: list[str] = []
        async with writer.running():
            assert writer.cluster.writer is not None
            monkeypatch.setattr(
                writer.cluster.writer, "seen", lambda key, _: looked_at.append(key.kind)
            )
            document = {"metadata": {"name": "docs"}, "data": {"class.yaml": CONTROLLER}}
            maps = server.kind("configmaps")
            server.store.create(maps, "default", document, WriteOptions(api_version="v1"))
            server.set(parent(CONTROLLER, "gone", TIME))
            await until(lambda: bool(looked_at))
            await asyncio.sleep(0.3)
        assert looked_at == ["HTTPRoute"]


async def test_a_class_is_made_by_the_one_that_leads() -> None:
    async with api() as server:
        writer = Writer(server, "one")
        client = Client(from_kubeconfig(server.kubeconfig))
        writer.cluster = Cluster(client, Candidate("default", "one", "portway"))
        classes = server.store.tables.tables[server.kind("gatewayclasses").key]
        async with writer.running():
            await until(lambda: classes.get("", "portway") is not None)
        made = classes.get("", "portway")
        assert made is not None
        assert made.document["spec"]["controllerName"] == CONTROLLER


def test_nothing_is_passed_on_before_it_is_known_where_proxies_listen() -> None:
    told: list[Batch] = []
    listed = asyncio.Event()
    held = _Held(told.append, listed)
    first, second, third = Batch((), listed=True), Batch(()), Batch(())
    held.take(first)
    held.take(second)
    assert not told
    assert not listed.is_set()
    held.release()
    held.take(third)
    assert listed.is_set()
    assert [id(each) for each in told] == [id(first), id(second), id(third)]
