"""The source against the embedded API: real sockets, TLS, and an API server's semantics."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from portway.adapters.apiserver.http.server import ApiServer
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import DeleteOptions
from portway.adapters.kube.client import Client
from portway.adapters.kube.kubeconfig import from_kubeconfig
from portway.adapters.kube.rhythm import Rhythm
from portway.adapters.kube.source import Batch, ClusterSource
from portway.core import api
from tests.adapters.apiserver.support import kind, options, route
from tests.adapters.kube.test_reflector import until

# A connection whose TLS handshake is cancelled is left by httpcore to the collector, which says so.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in.*(ransport|socket):pytest.PytestUnraisableExceptionWarning"
    ),
]

QUICK = Rhythm(first=0.01, longest=0.1)


@asynccontextmanager
async def served(store: ObjectStore, folder: Path, address: str) -> AsyncIterator[ApiServer]:
    server = ApiServer(store, folder, address=address)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(server.run())
        await server.listening.wait()
        try:
            yield server
        finally:
            task.cancel()


def changed(store: ObjectStore, name: str, *hosts: str) -> None:
    routes = kind(store, "httproutes")
    document = route(name, *hosts)
    if store.tables.typed["HTTPRoute"].get("default", name) is None:
        store.create(routes, "default", document, options(routes))
    else:
        store.update(routes, "default", name, document, options(routes))


def unrevised(resource: api.Resource | None) -> api.Resource:
    """The value without its revision, which says nothing of what it is."""
    assert resource is not None
    metadata = replace(resource.metadata, resource_version="")
    return replace(resource, metadata=metadata)


async def test_the_source_has_what_the_api_has_also_after_it_was_away(tmp_path: Path) -> None:
    store = ObjectStore()
    store.start()
    routes = kind(store, "httproutes")
    for number in range(7):
        changed(store, f"app-{number}")
    state: dict[tuple[str, str, str], api.Resource] = {}
    listed = asyncio.Event()

    def take(batch: Batch) -> None:
        for each in batch.events:
            key = (each.kind, each.namespace, each.name)
            if each.object is None:
                del state[key]
            else:
                state[key] = each.object
        if batch.listed:
            listed.set()

    def equal() -> bool:
        return listed.is_set() and state == {
            (name, each.namespace, each.name): unrevised(each.resource)
            for name, table in store.tables.typed.items()
            if name in api.KINDS
            for each in table.listed("")
        }

    async with asyncio.TaskGroup() as group:
        async with served(store, tmp_path, "127.0.0.1:0") as server:
            client = Client(from_kubeconfig(server.kubeconfig), QUICK)
            source = ClusterSource(client)
            task = group.create_task(source.run(take))
            await until(equal)
            assert source.waiting == ()
            changed(store, "app-0", "other.example.com")
            store.delete(routes, "default", "app-1", DeleteOptions())
            changed(store, "new")
            await until(equal)
            port = server.port
        changed(store, "app-2", "while.example.com")
        store.delete(routes, "default", "app-3", DeleteOptions())
        await asyncio.sleep(0.3)
        assert not equal()
        async with served(store, tmp_path, f"127.0.0.1:{port}"):
            await until(equal)
            changed(store, "app-4", "after.example.com")
            await until(equal)
            # Every list has its watch again, so no connection is just being made.
            await asyncio.sleep(0.5)
            task.cancel()
            await asyncio.wait([task])
            await client.close()
            # The server notices by and by that its clients are gone.
            await asyncio.sleep(0.1)
    store.close()
    gc.collect()  # in this test, and not in one that knows nothing of it
