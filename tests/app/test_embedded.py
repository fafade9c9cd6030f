"""The API of an instance: what goes into the core and what comes back."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from portway.adapters.apiserver.http.server import ApiAddressError
from portway.adapters.apiserver.problem import Refused
from portway.adapters.apiserver.store.options import DeleteOptions, WriteOptions
from portway.app.embedded import EmbeddedApi, token_of
from portway.core import api, model
from portway.core.wiring.core import CONTROLLER

GATEWAY = "gateway.networking.k8s.io/v1"
KEY = model.ObjectKey("HTTPRoute", "default", "app")


class World:
    """An API and what the core would say."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.events: list[api.Event] = []
        self.said: dict[model.ObjectKey, dict[str, Any]] = {}
        self.api = EmbeddedApi(
            folder,
            more.get("address", "127.0.0.1:0"),
            more.get("token"),
            emit=self.events.extend,
            status=self.said.get,
            generated=more.get("generated", lambda _key, _uid: ()),
            place=lambda key: f"{key.kind} {key.name}.yaml:1",
        )

    def revision(self) -> int:
        return int(self.api.store.tables.revision)

    def kind(self, plural: str) -> Any:
        return next(each for each in self.api.store.kinds.values() if each.plural == plural)

    def create(self) -> Any:
        document = {"metadata": {"name": "app"}, "spec": {"rules": [{}]}}
        options = WriteOptions(api_version=GATEWAY)
        return self.api.store.create(self.kind("httproutes"), "default", document, options)

    async def durable(self) -> None:
        async with asyncio.timeout(10):
            await self.api.store.tables.durable(self.api.store.tables.revision)

    def status(self) -> Any:
        found = self.api.store.writer.get(self.kind("httproutes"), "default", "app")
        return found.document.get("status")


def parent(controller: str) -> dict[str, Any]:
    return {"controllerName": controller, "parentRef": {"name": "web"}, "conditions": []}


async def test_what_is_written_is_told_and_the_status_comes_back(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.api.start()
    world.create()
    await world.durable()
    assert [(each.kind, each.name) for each in world.events][-1] == ("HTTPRoute", "app")
    world.said[KEY] = {"parents": [parent(CONTROLLER)]}
    told = len(world.events)
    world.api.write([KEY])
    await world.durable()
    assert [each["controllerName"] for each in world.status()["parents"]] == [CONTROLLER]
    assert world.status()["parents"][0]["parentRef"]["kind"] == "Gateway"
    assert len(world.events) == told
    world.api.store.close()


async def test_other_controllers_entries_stay(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.api.start()
    world.create()
    options = WriteOptions(api_version=GATEWAY, subresource="status")
    theirs = {"metadata": {}, "status": {"parents": [parent("example.com/other")]}}
    world.api.store.update(world.kind("httproutes"), "default", "app", theirs, options)
    world.said[KEY] = {"parents": [parent(CONTROLLER)]}
    for _ in range(2):
        world.api.write([KEY])
    found = [each["controllerName"] for each in world.status()["parents"]]
    assert found == ["example.com/other", CONTROLLER]
    del world.said[KEY]
    world.api.write([KEY])
    assert [each["controllerName"] for each in world.status()["parents"]] == ["example.com/other"]
    world.api.store.close()


async def test_the_status_of_a_pod_is_its_nodes(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.api.start()
    pods, key = world.kind("pods"), model.ObjectKey("Pod", "default", "app")
    created = {"metadata": {"name": "app"}, "spec": {}}
    world.api.store.create(pods, "default", created, WriteOptions(api_version="v1"))
    status = {"podIP": "10.0.0.1", "conditions": [{"type": "Ready", "status": "True"}]}
    options = WriteOptions(api_version="v1", subresource="status")
    world.api.store.update(pods, "default", "app", {"metadata": {}, "status": status}, options)
    before = world.api.store.tables.revision
    for _ in range(3):
        world.api.write([key])
    assert world.api.store.tables.revision == before
    found = world.api.store.writer.get(pods, "default", "app")
    assert found.document["status"] == status
    world.api.store.close()


async def test_an_object_made_again_gets_its_status_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.api.start()
    world.create()
    world.said[KEY] = {"parents": [parent(CONTROLLER)]}
    world.api.store.delete(world.kind("httproutes"), "default", "app", DeleteOptions())
    world.create()
    await world.durable()
    assert world.status() is None
    world.api.refresh()
    assert world.status() is not None
    world.api.store.close()


async def test_statuses_of_what_it_does_not_have_are_left_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.api.start()
    before = world.api.store.tables.revision
    world.said[KEY] = {"parents": []}
    grant = model.ObjectKey("ReferenceGrant", "default", "a")
    world.said[grant] = {"x": 1}
    world.api.write([KEY, grant, model.ObjectKey("No", "", "no")])
    assert world.api.store.tables.revision == before
    world.api.store.close()


async def test_the_class_that_exists_by_itself_can_be_seen(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.api.start()
    found = world.api.store.writer.get(world.kind("gatewayclasses"), "", "portway")
    assert found.document["spec"]["controllerName"] == CONTROLLER
    await world.durable()
    world.api.store.close()
    again = World(tmp_path)
    again.api.start()
    assert "portway" in [each.name for each in again.events]
    again.api.store.close()


def in_file(name: str = "app", **spec: Any) -> api.Event:
    """A route as the folder would tell it."""
    metadata = {"name": name, "namespace": "default", "uid": f"uid of {name}", "generation": 1}
    document = {"apiVersion": GATEWAY, "kind": "HTTPRoute", "metadata": metadata}
    route = api.decode({**document, "spec": {"rules": [{}], **spec}})
    return api.Event("HTTPRoute", "default", name, route)


async def test_what_is_in_a_file_is_seen_with_its_status_and_not_told_again(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    world.api.start()
    await world.durable()
    told = len(world.events)
    world.api.files([in_file()])
    assert world.status() is None
    world.said[KEY] = {"parents": [parent(CONTROLLER)]}
    before = world.revision()
    world.api.write([KEY])
    assert world.revision() > before
    assert world.status()["parents"][0]["parentRef"]["kind"] == "Gateway"
    await world.durable()
    assert len(world.events) == told
    world.api.store.close()


async def test_a_write_to_what_a_file_holds_is_refused_with_its_place(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.api.start()
    world.api.files([in_file()])
    with pytest.raises(Refused, match=r"it is in HTTPRoute app\.yaml:1, .* change it there"):
        world.api.store.delete(world.kind("httproutes"), "default", "app", DeleteOptions())
    world.api.store.close()


async def test_what_was_made_for_the_apis_gateway_goes_while_a_file_has_its_name(
    tmp_path: Path,
) -> None:
    account: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "web-portway"},
    }
    filed: set[model.ObjectKey] = set()

    def generated(key: model.ObjectKey, uid: str) -> list[Any]:
        owner = {"apiVersion": GATEWAY, "kind": "Gateway", "name": "web", "uid": uid}
        owned = {"name": "web-portway", "ownerReferences": [{**owner, "controller": True}]}
        return [] if key in filed else [{**account, "metadata": owned}]

    world = World(tmp_path, generated=generated)
    world.api.start()
    key = model.ObjectKey("Gateway", "default", "web")
    listener = {"name": "a", "port": 80, "protocol": "HTTP"}
    spec = {"gatewayClassName": "portway", "listeners": [listener]}
    document = {"metadata": {"name": "web"}, "spec": spec}
    gateways, accounts = world.kind("gateways"), world.kind("serviceaccounts")
    world.api.store.create(gateways, "default", document, WriteOptions(api_version=GATEWAY))
    world.api.write([key])
    assert world.api.store.writer.get(accounts, "default", "web-portway")
    whole = {"apiVersion": GATEWAY, "kind": "Gateway", "spec": spec}
    of_file = api.decode({**whole, "metadata": {"name": "web", "namespace": "default"}})
    filed.add(key)
    world.api.files([api.Event(*key, of_file)])
    world.api.write([key])
    with pytest.raises(Refused, match="not found"):
        world.api.store.writer.get(accounts, "default", "web-portway")
    world.api.files([api.Event(*key, None)])
    filed.clear()
    world.api.write([key])
    assert world.api.store.writer.get(accounts, "default", "web-portway")
    world.api.store.close()


def test_where_it_may_not_be_served(tmp_path: Path) -> None:
    with pytest.raises(ApiAddressError):
        World(tmp_path, address="0.0.0.0:6443")


def test_a_token_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(" secret\n")
    assert token_of(tmp_path / "token") == "secret"
    assert token_of(None) is None
