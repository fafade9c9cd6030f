"""What replicas tell each other: heard while it is renewed, and forgotten when it is not."""

import asyncio
import gc
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from portway.adapters.apiserver.http.server import ApiServer
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.kube.client import Client
from portway.adapters.kube.kubeconfig import from_kubeconfig
from portway.adapters.kube.replicas import Replicas, Times

# A connection whose TLS handshake is cancelled is left by httpcore to the collector, which says so.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in.*(ransport|socket):pytest.PytestUnraisableExceptionWarning"
    ),
]

QUICK = Times(gap=0.02, renew=0.2, good=2.0, leave=0.1, keep=5.0)


class Api:
    """An API server in this process."""

    def __init__(self, kubeconfig: Path, store: ObjectStore) -> None:
        self.kubeconfig = kubeconfig
        self.store = store

    def names(self) -> list[str]:
        kinds = self.store.kinds.values()
        kind = next(each for each in kinds if each.plural == "configmaps")
        found = self.store.tables.tables[kind.key].listed("default")
        return sorted(each.document["metadata"]["name"] for each in found)


@asynccontextmanager
async def api() -> AsyncIterator[Api]:
    store = ObjectStore()
    store.start()
    folder = Path(tempfile.mkdtemp(prefix="portway-test-"))
    server = ApiServer(store, folder)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(server.run())
        await server.listening.wait()
        yield Api(server.kubeconfig, store)
        await asyncio.sleep(0.1)
        task.cancel()
    store.close()
    gc.collect()  # in this test, and not in one that knows nothing of it
    shutil.rmtree(folder)


class Replica:
    """One replica: what it says, and what it has heard last of each other one."""

    def __init__(self, of: Api, identity: str, clears: bool = False) -> None:
        self.word = identity.encode()
        self.heard: dict[str, bytes] = {}
        self.now = 0.0
        self._client = Client(from_kubeconfig(of.kubeconfig))
        self.replicas = Replicas(
            self._client,
            "default",
            identity,
            lambda: self.word,
            self._hear,
            clears=lambda: clears,
            times=QUICK,
            clock=lambda: self.now,
        )
        self.task: asyncio.Task[None] | None = None

    def _hear(self, by: str, word: bytes) -> None:
        self.heard[by] = word

    def says(self) -> set[bytes]:
        return set(self.heard.values())

    async def run(self) -> None:
        try:
            await self.replicas.run()
        finally:
            await self._client.close()


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_each_hears_the_others_and_not_itself() -> None:
    async with api() as server, asyncio.TaskGroup() as group:
        first, second = Replica(server, "first"), Replica(server, "second")
        tasks = [group.create_task(each.run()) for each in (first, second)]
        await until(lambda: first.says() == {b"second"})
        await until(lambda: second.says() == {b"first"})
        first.word = b"something else"
        first.replicas.changed()
        await until(lambda: second.says() == {b"something else"})
        assert len(server.names()) == 2
        for task in tasks:
            task.cancel()


async def test_one_that_leaves_is_forgotten_soon_and_not_at_once() -> None:
    async with api() as server, asyncio.TaskGroup() as group:
        first, second = Replica(server, "first"), Replica(server, "second")
        leaving = group.create_task(first.run())
        staying = group.create_task(second.run())
        await until(lambda: second.says() == {b"first"})
        leaving.cancel()
        await asyncio.wait([leaving])
        await asyncio.sleep(0.2)
        assert second.says() == {b"first"}
        second.now += QUICK.leave * 2
        await until(lambda: second.says() == {b""})
        assert len(server.names()) == 2
        staying.cancel()


@pytest.mark.parametrize("clears", [True, False])
async def test_one_that_falls_silent_is_forgotten_and_cleared_away(clears: bool) -> None:
    async with api() as server, asyncio.TaskGroup() as group:
        first, second = Replica(server, "first"), Replica(server, "second", clears)
        staying = group.create_task(second.run())
        await second.replicas._reflector.listed.wait()
        await first.replicas._tell()
        await until(lambda: second.says() == {b"first"})
        second.now += QUICK.good / 2
        await second.replicas.forget()
        assert second.says() == {b"first"}
        second.now += QUICK.good
        await until(lambda: second.says() == {b""})
        # Back again, it counts again.
        await first.replicas._tell()
        await until(lambda: second.says() == {b"first"})
        second.now += QUICK.keep * 2
        await until(lambda: second.says() == {b""})
        await asyncio.sleep(0.2)
        assert (len(server.names()) == 1) is clears
        staying.cancel()
        await first._client.close()


async def test_what_was_there_at_first_counts_only_while_it_is_renewed() -> None:
    """It may be a dead one's."""
    async with api() as server, asyncio.TaskGroup() as group:
        first, second = Replica(server, "first"), Replica(server, "second")
        await first.replicas._tell()
        staying = group.create_task(second.run())
        await until(lambda: second.says() == {b"first"})
        second.now += 2 * QUICK.renew
        await until(lambda: second.says() == {b""})
        staying.cancel()
        await first._client.close()


async def test_trouble_is_told_once_and_is_no_end(caplog: pytest.LogCaptureFixture) -> None:
    async with api() as server:
        replica = Replica(server, "first")
        replica.replicas._list = "/api/v1/namespaces/default/nonsense"
        for _ in range(3):
            await replica.replicas._tell()
        said = [each for each in caplog.records if "cannot be told" in each.getMessage()]
        assert len(said) == 1
        await replica._client.close()
