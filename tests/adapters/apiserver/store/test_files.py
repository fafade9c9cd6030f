"""Files and the API over one store: who counts, who is hidden, what is told."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Refused
from portway.adapters.apiserver.store.filed import Filed
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import DeleteOptions, Page, WriteOptions
from portway.adapters.apiserver.store.stored import Stored
from portway.adapters.apiserver.store.tables import RESTART_JUMP
from portway.adapters.apiserver.store.watchlog import Batch
from portway.core import api
from tests.adapters.apiserver.support import NOW, config_map, kind, options, store


def of_file(value: str | None, name: str = "conf", namespace: str = "default") -> api.Event:
    if value is None:
        return api.Event("ConfigMap", namespace, name, None)
    metadata = {"name": name, "namespace": namespace, "uid": f"file {name}"}
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": value}}
    return api.Event("ConfigMap", namespace, name, api.decode(document))


def placed(kind: Kind, each: Stored) -> str:
    return f"{kind.kind}/{each.name}.yaml:3"


class World:
    """A store and what a watch of ConfigMaps sees from the start."""

    def __init__(self, made: ObjectStore | None = None) -> None:
        self.store = store(place=placed) if made is None else made
        self.kind = kind(self.store, "configmaps")
        self.log = self.store.tables.tables[self.kind.key].log
        self.log.kept = True
        self.start = self.log.position(self.store.tables.revision)

    def create(self, value: str) -> None:
        self.store.create(self.kind, "default", config_map(k=value), options(self.kind))

    def file(self, value: str | None) -> None:
        self.store.files.take([of_file(value)])

    def seen(self) -> str | None:
        found = self.store.tables.tables[self.kind.key].get("default", "conf")
        return None if found is None else found.document["data"]["k"]

    def changes(self) -> Batch:
        return self.log.since(self.start)


def refused(call: Any, *given: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(*given)
    assert caught.value.code == 403
    return caught.value.message


def test_a_file_hides_what_the_api_had_and_gives_it_back() -> None:
    world = World()
    world.create("api")
    world.file("file")
    assert world.seen() == "file"
    assert world.store.files.hidden("ConfigMap", "default", "conf") is not None
    world.file("changed")
    world.file(None)
    assert world.seen() == "api"
    assert world.store.files.hidden("ConfigMap", "default", "conf") is None
    revisions = [each.revision for each in world.changes().changes]
    assert len(revisions) == 4
    assert revisions == sorted(set(revisions))
    kinds = [(each.old is not None, each.new is not None) for each in world.changes().changes]
    assert kinds == [(False, True), (True, True), (True, True), (True, True)]


def test_what_goes_with_its_file_is_told_with_a_revision_of_its_own() -> None:
    world = World()
    world.file("file")
    world.file(None)
    assert world.seen() is None
    there, gone = world.changes().changes
    assert gone.new is None
    assert gone.last.document["metadata"]["resourceVersion"] == str(there.revision + 1)
    world.file(None)  # what is not there cannot go
    assert len(world.changes().changes) == 2


def test_every_write_to_what_a_file_holds_names_the_file() -> None:
    world = World()
    world.file("file")
    how, writer = options(world.kind), world.store
    where = (world.kind, "default", "conf")
    said = {
        refused(writer.update, *where, config_map(), how),
        refused(writer.patch, *where, lambda document: document, how),
        refused(writer.apply, *where, config_map(), how),
        refused(writer.delete, *where, DeleteOptions()),
        refused(writer.delete, *where, DeleteOptions(dry_run=True)),
    }
    assert said == {
        'configmaps "conf" is forbidden: it is in ConfigMap/conf.yaml:3, and what a file says '
        "counts; change it there"
    }
    with pytest.raises(Refused, match="already exists"):
        world.create("api")
    assert world.seen() == "file"


def test_a_namespace_is_not_deleted_under_a_file() -> None:
    world = World()
    spaces = kind(world.store, "namespaces")
    world.store.create(spaces, "", {"metadata": {"name": "shop"}}, options(spaces))
    world.store.files.take([of_file("x", "a", "shop")])
    said = refused(world.store.delete, spaces, "", "shop", DeleteOptions())
    assert "ConfigMap a in it is in ConfigMap/a.yaml:3" in said
    world.store.files.take([of_file(None, "a", "shop")])
    world.store.delete(spaces, "", "shop", DeleteOptions())
    while world.store.collector.step():
        pass
    assert world.store.tables.tables[spaces.key].get("", "shop") is None


def test_what_comes_into_a_file_while_its_namespace_goes_is_left_to_the_file() -> None:
    world = World()
    spaces = kind(world.store, "namespaces")
    world.store.create(spaces, "", {"metadata": {"name": "shop"}}, options(spaces))
    world.store.delete(spaces, "", "shop", DeleteOptions())
    world.store.files.take([of_file("x", "a", "shop")])
    while world.store.collector.step():
        pass
    assert world.store.tables.tables[spaces.key].get("", "shop") is not None
    world.store.files.take([of_file(None, "a", "shop")])
    while world.store.collector.step():
        pass
    assert world.store.tables.tables[spaces.key].get("", "shop") is None


def test_owners_in_files_are_owners() -> None:
    """What they own goes with them, and not before."""
    world = World()
    world.file("file")
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "conf", "uid": "file conf"}
    secrets = kind(world.store, "secrets")
    owned = {"metadata": {"name": "owned", "ownerReferences": [owner]}}
    world.store.create(secrets, "default", owned, options(secrets))
    while world.store.collector.step():
        pass
    assert world.store.tables.tables[secrets.key].get("default", "owned") is not None
    world.file(None)
    while world.store.collector.step():
        pass
    assert world.store.tables.tables[secrets.key].get("default", "owned") is None


async def test_changes_of_files_wait_for_the_writes_before_them(tmp_path: Path) -> None:
    made = ObjectStore(tmp_path / "db", clock=lambda: NOW)
    made.start()
    async with asyncio.timeout(10):
        await made.tables.durable(made.tables.revision)
    world = World(made)
    world.create("api")
    world.store.files.take([of_file("file", "other")])
    assert world.changes().changes == []
    async with asyncio.timeout(10):
        await made.tables.durable(
            made.tables.tables[world.kind.key].spaces["default"]["conf"].revision
        )
    assert [each.last.name for each in world.changes().changes] == ["conf", "other"]
    made.close()


async def test_revisions_of_files_are_never_given_out_twice(tmp_path: Path) -> None:
    """More changes than a restart jumps over, and not one of them in the journal by itself."""
    made = ObjectStore(tmp_path / "db", clock=lambda: NOW)
    made.start()
    world = World(made)
    for _ in range(RESTART_JUMP // 10 * 6):
        made.files.take([of_file("x")])
        made.files.take([of_file("y")])
    last = made.tables.revision
    async with asyncio.timeout(10):
        await made.tables.durable(last - RESTART_JUMP // 2 - 1)
    made.close()
    again = ObjectStore(tmp_path / "db", clock=lambda: NOW)
    again.start()
    assert again.tables.revision > last
    assert world.seen() == "y"
    again.close()


def test_lists_have_both_in_order() -> None:
    world = World()
    world.create("api")
    world.store.files.take([of_file("a", "a"), of_file("z", "z")])
    listed = world.store.reader.select(world.kind, "default", None, Page())
    assert [each.name for each in listed.items] == ["a", "conf", "z"]
    assert [isinstance(each, Filed) for each in listed.items] == [True, False, True]


STEPS = st.lists(
    st.tuples(st.sampled_from(["api", "file"]), st.sampled_from(["a", "b", None])), max_size=12
)


@given(STEPS)
def test_the_file_counts_and_a_watch_can_follow(steps: list[tuple[str, str | None]]) -> None:
    world = World()
    api_has: str | None = None
    file_has: str | None = None
    for who, value in steps:
        if who == "file":
            file_has = value
            world.file(value)
        elif file_has is not None:
            how = WriteOptions(api_version="v1")
            refused(world.store.apply, world.kind, "default", "conf", config_map(k="no"), how)
        else:
            if value is not None:
                how = WriteOptions(api_version="v1", manager="m", force=True)
                changed = config_map(k=value)
                world.store.apply(world.kind, "default", "conf", changed, how)
            elif api_has is not None:
                world.store.delete(world.kind, "default", "conf", DeleteOptions())
            api_has = value
        assert world.seen() == (file_has if file_has is not None else api_has)
    state: str | None = None
    for change in world.changes().changes:
        assert (change.old is not None) == (state is not None)
        state = None if change.new is None else change.new.document["data"]["k"]
    assert state == world.seen()
