"""What goes when something else went."""

import asyncio
from typing import Any

from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.store.objects import ObjectStore
from portway.adapters.apiserver.store.options import DeleteOptions
from portway.adapters.apiserver.store.watchlog import Change
from tests.adapters.apiserver.support import config_map, kind, options, refused, store


def settle(objects: ObjectStore) -> None:
    for _ in range(1000):
        if not objects.collector.step():
            return
    raise AssertionError("the collector does not come to an end")


def make(objects: ObjectStore, name: str, *owners: Any, **meta: Any) -> Any:
    maps = kind(objects, "configmaps")
    document = config_map(name)
    document["metadata"] |= meta
    references = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": each.name, "uid": each.uid}
        for each in owners
    ]
    if references:
        document["metadata"]["ownerReferences"] = references
    return objects.create(maps, "default", document, options(maps))


def names(objects: ObjectStore) -> list[str]:
    return [each.name for each in objects.tables.tables["configmaps."].listed()]


def delete(objects: ObjectStore, name: str, propagation: str = "Background") -> None:
    maps = kind(objects, "configmaps")
    objects.delete(maps, "default", name, DeleteOptions(propagation=propagation))


def test_dependents_go_with_their_last_owner() -> None:
    objects = store()
    first, second = make(objects, "o1"), make(objects, "o2")
    child = make(objects, "child", first, second)
    make(objects, "grandchild", child)
    delete(objects, "o1")
    settle(objects)
    assert names(objects) == ["child", "grandchild", "o2"]
    delete(objects, "o2")
    settle(objects)
    assert names(objects) == []


def test_a_dependent_of_nobody_goes() -> None:
    objects = store()
    owner = make(objects, "o")
    delete(objects, "o")
    make(objects, "orphan", owner)
    settle(objects)
    assert names(objects) == []


def test_in_the_foreground_the_owner_goes_last() -> None:
    objects = store()
    owner = make(objects, "o")
    make(objects, "child", owner, finalizers=["example.com/hold"])
    delete(objects, "o", "Foreground")
    settle(objects)
    assert names(objects) == ["child", "o"]
    maps = kind(objects, "configmaps")
    child = objects.writer.get(maps, "default", "child").document
    freed = {**child, "metadata": {**child["metadata"], "finalizers": []}}
    objects.update(maps, "default", "child", freed, options(maps))
    settle(objects)
    assert names(objects) == []


def test_orphans_stay_with_the_owners_they_have_left() -> None:
    objects = store()
    first, second = make(objects, "o1"), make(objects, "o2")
    make(objects, "of-one", first)
    make(objects, "of-both", first, second)
    delete(objects, "o1", "Orphan")
    settle(objects)
    assert names(objects) == ["o2", "of-both", "of-one"]
    table = objects.tables.tables["configmaps."]
    left = [table.get("default", name) for name in ("of-one", "of-both")]
    references = [each.document["metadata"].get("ownerReferences") for each in left if each]
    assert references[0] is None
    assert [each["name"] for each in references[1]] == ["o2"]
    delete(objects, "o2")
    settle(objects)
    assert names(objects) == ["of-one"]


def space(objects: ObjectStore, name: str) -> Any:
    spaces = kind(objects, "namespaces")
    return objects.create(spaces, "", {"metadata": {"name": name}}, options(spaces))


def test_a_namespace_drains_and_goes() -> None:
    objects = store()
    space(objects, "shop")
    maps, spaces = kind(objects, "configmaps"), kind(objects, "namespaces")
    for number in range(120):
        objects.create(maps, "shop", config_map(f"c{number}"), options(maps))
    objects.delete(spaces, "", "shop", DeleteOptions())
    assert objects.writer.get(spaces, "", "shop").document["status"]["phase"] == "Terminating"
    settle(objects)
    assert refused(objects.writer.get, spaces, "", "shop").code == 404
    assert objects.tables.tables["configmaps."].listed("shop") == []


def test_a_namespace_waits_for_what_is_held_in_it() -> None:
    objects = store()
    space(objects, "shop")
    maps, spaces = kind(objects, "configmaps"), kind(objects, "namespaces")
    document = config_map("held")
    document["metadata"]["finalizers"] = ["example.com/hold"]
    objects.create(maps, "shop", document, options(maps))
    objects.delete(spaces, "", "shop", DeleteOptions())
    settle(objects)
    held = objects.writer.get(maps, "shop", "held").document
    assert objects.writer.get(spaces, "", "shop")
    freed = {**held, "metadata": {**held["metadata"], "finalizers": []}}
    objects.update(maps, "shop", "held", freed, options(maps))
    settle(objects)
    assert refused(objects.writer.get, spaces, "", "shop").code == 404


async def test_it_works_in_the_background_and_takes_up_what_was_left() -> None:
    objects = store()
    space(objects, "shop")
    spaces = kind(objects, "namespaces")
    objects.delete(spaces, "", "shop", DeleteOptions())
    objects.collector._namespaces.clear()
    objects.collector._work.clear()
    objects.collector.resume()
    gone = asyncio.Event()
    watch = objects.tables.committed

    def committed(of: Kind, change: Change) -> None:
        watch(of, change)
        if of is spaces and change.new is None:
            gone.set()

    objects.tables.committed = committed
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(objects.collector.run())
        await gone.wait()
        running.cancel()
    assert refused(objects.writer.get, spaces, "", "shop").code == 404
