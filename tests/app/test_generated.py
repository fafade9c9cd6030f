"""What is kept beside a Gateway in the API, and what is left alone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from portway.adapters.apiserver.store.options import DeleteOptions, WriteOptions
from portway.adapters.apiserver.store.stored import Stored
from portway.app.embedded import EmbeddedApi
from portway.core import model

KEY = model.ObjectKey("Gateway", "default", "web")
NAMES = ("Service", "ServiceAccount")


def made(uid: str, kind: str, name: str = "web-portway", **labels: str) -> dict[str, Any]:
    owner = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "name": "web"}
    found: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": "default",
            "labels": labels,
            "ownerReferences": [{**owner, "uid": uid, "controller": True}],
        },
    }
    if kind == "Service":
        found["spec"] = {"type": "LoadBalancer", "ports": [{"name": "http2", "port": 80}]}
        found["status"] = {"loadBalancer": {"ingress": [{"ip": "127.80.0.1"}]}}
    return found


class World:
    """An API with one Gateway; what is wanted beside it can be changed."""

    def __init__(self, folder: Path) -> None:
        self.name = "web-portway"
        self.labels: dict[str, str] = {}
        self.wanted: tuple[str, ...] = NAMES
        self.api = EmbeddedApi(
            folder,
            "127.0.0.1:0",
            None,
            emit=lambda _: None,
            status=lambda _: {"conditions": []},
            generated=lambda _, uid: [
                made(uid, kind, self.name, **self.labels) for kind in self.wanted
            ],
        )
        self.api.start()
        spec = {
            "gatewayClassName": "portway",
            "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}],
        }
        options = WriteOptions(api_version="gateway.networking.k8s.io/v1")
        table = self.api.store.tables.typed["Gateway"]
        document = {"metadata": {"name": "web"}, "spec": spec}
        self.api.store.create(table.kind, "default", document, options)

    def keep(self) -> None:
        self.api.write([KEY])

    def table(self, kind: str) -> Any:
        return self.api.store.tables.tables[f"{kind.lower()}s."]

    def get(self, kind: str, name: str = "web-portway") -> Stored | None:
        found: Stored | None = self.table(kind).get("default", name)
        return found

    def delete(self, kind: str, name: str) -> None:
        self.api.store.delete(self.table(kind).kind, "default", name, DeleteOptions())


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    found = World(tmp_path)
    yield found
    found.api.store.close()


def labels(stored: Stored | None) -> dict[str, str]:
    assert stored is not None
    found: dict[str, str] = stored.document["metadata"].get("labels", {})
    return found


async def test_both_are_made_and_follow_what_is_wanted(world: World) -> None:
    world.labels = {"team": "a"}
    world.keep()
    assert [labels(world.get(kind)) for kind in NAMES] == [{"team": "a"}] * 2
    service = world.get("Service")
    assert service is not None
    assert service.document["status"]["loadBalancer"]["ingress"] == [{"ip": "127.80.0.1"}]
    world.labels = {"stage": "b"}
    world.keep()
    assert [labels(world.get(kind)) for kind in NAMES] == [{"stage": "b"}] * 2


async def test_nothing_is_written_when_nothing_changed(world: World) -> None:
    world.keep()
    before = world.api.store.tables.revision
    world.keep()
    assert world.api.store.tables.revision == before


async def test_labels_of_others_stay(world: World) -> None:
    world.keep()
    kind = world.table("Service").kind
    options = WriteOptions(api_version="v1", manager="somebody")
    add = {"apiVersion": "v1", "kind": "Service", "metadata": {"labels": {"theirs": "x"}}}
    world.api.store.apply(kind, "default", "web-portway", add, options)
    world.labels = {"ours": "y"}
    world.keep()
    assert labels(world.get("Service")) == {"theirs": "x", "ours": "y"}


async def test_under_another_name_the_old_ones_go(world: World) -> None:
    world.keep()
    world.name = "web-other"
    world.keep()
    assert [world.get(kind) for kind in NAMES] == [None, None]
    assert all(world.get(kind, "web-other") for kind in NAMES)
    world.wanted = ()
    world.keep()
    assert [world.get(kind, "web-other") for kind in NAMES] == [None, None]


@pytest.mark.parametrize("owner", [None, "another-uid"])
async def test_what_is_somebody_elses_is_left_alone_and_told_once(
    world: World, owner: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    document = made(owner or "", "Service", theirs="x")
    if owner is None:
        del document["metadata"]["ownerReferences"]
    del document["status"]
    options = WriteOptions(api_version="v1", manager="somebody")
    world.api.store.create(world.table("Service").kind, "default", document, options)
    for _ in range(2):
        world.keep()
    assert labels(world.get("Service")) == {"theirs": "x"}
    assert world.get("ServiceAccount") is not None
    told = [each for each in caplog.messages if "is left alone" in each]
    assert told == ["Service default/web-portway is somebody else's and is left alone"]


async def test_what_another_controller_has_made_for_its_gateway_stays(world: World) -> None:
    """It has the Gateway as its controller, as ours would."""
    world.keep()
    world.wanted = ()
    ours = world.get("Service")
    assert ours is not None
    owner = ours.document["metadata"]["ownerReferences"][0]["uid"]
    theirs = made(owner, "Service", "web-other")
    del theirs["status"]
    options = WriteOptions(api_version="v1", manager="portway-provisioner")
    world.api.store.create(world.table("Service").kind, "default", theirs, options)
    world.keep()
    assert world.get("Service") is None
    kept = world.table("Service").get("default", "web-other")
    assert kept is not None


async def test_a_service_that_is_deleted_comes_back_with_the_next_look(world: World) -> None:
    world.keep()
    world.delete("Service", "web-portway")
    async with asyncio.timeout(5):
        await world.api.store.tables.durable(world.api.store.tables.revision)
    assert world.get("Service") is None
    world.api.refresh()
    assert world.get("Service") is not None


async def test_they_go_with_their_gateway(world: World) -> None:
    world.keep()
    kind = world.api.store.tables.typed["Gateway"].kind
    world.api.store.delete(kind, "default", "web", DeleteOptions())
    while world.api.store.collector.step():
        pass
    assert [world.get(each) for each in NAMES] == [None, None]
