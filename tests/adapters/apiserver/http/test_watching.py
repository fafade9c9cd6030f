"""Watches."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.apiserver.http.frames import INITIAL_EVENTS_END
from portway.adapters.apiserver.store.options import DeleteOptions
from portway.adapters.apiserver.store.watchlog import CAPACITY
from tests.adapters.apiserver.support import CONFIG_MAPS, Client, config_map, kind, options, store


def write(objects: Any, name: str, **labels: str) -> Any:
    maps = kind(objects, "configmaps")
    document = {**config_map(name), "metadata": {"name": name, "labels": labels}}
    if objects.tables.tables[maps.key].get("default", name) is None:
        return objects.create(maps, "default", document, options(maps))
    return objects.update(maps, "default", name, document, options(maps))


def delete(objects: Any, name: str) -> None:
    objects.delete(kind(objects, "configmaps"), "default", name, DeleteOptions())


async def test_from_a_revision_on() -> None:
    objects = store()
    first = write(objects, "a")
    write(objects, "b")
    url = f"{CONFIG_MAPS}?watch=1&resourceVersion={first.revision}"
    async with Client(objects).watch(url) as stream:
        assert await stream.told() == ("ADDED", "b")
        write(objects, "b", x="y")
        assert await stream.told() == ("MODIFIED", "b")
        delete(objects, "a")
        event = await stream.next()
        assert (event["type"], event["object"]["metadata"]["name"]) == ("DELETED", "a")
        revision = event["object"]["metadata"]["resourceVersion"]
        assert revision == str(objects.tables.revision)


async def test_without_a_revision_what_is_there_comes_first() -> None:
    objects = store()
    write(objects, "a")
    async with Client(objects).watch(f"{CONFIG_MAPS}?watch=1") as stream:
        assert await stream.told() == ("ADDED", "a")
        write(objects, "b")
        assert await stream.told() == ("ADDED", "b")


async def test_the_initial_events_end_with_a_bookmark() -> None:
    objects = store()
    write(objects, "a")
    query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1"
    async with Client(objects).watch(f"{CONFIG_MAPS}?{query}") as stream:
        assert await stream.told() == ("ADDED", "a")
        event = await stream.next()
        assert event["type"] == "BOOKMARK"
        assert event["object"]["metadata"]["annotations"] == {INITIAL_EVENTS_END: "true"}
        write(objects, "b")
        assert await stream.told() == ("ADDED", "b")


async def test_a_selector_shows_what_enters_and_leaves() -> None:
    objects = store()
    write(objects, "a", app="x")
    url = f"{CONFIG_MAPS}?watch=1&labelSelector=app%3Dx"
    async with Client(objects).watch(url) as stream:
        assert await stream.told() == ("ADDED", "a")
        write(objects, "b", app="other")
        write(objects, "a", app="other")
        assert await stream.told() == ("DELETED", "a")
        write(objects, "b", app="x")
        assert await stream.told() == ("ADDED", "b")


async def test_other_namespaces_and_other_objects_are_not_shown() -> None:
    objects = store()
    spaces, maps = kind(objects, "namespaces"), kind(objects, "configmaps")
    objects.create(spaces, "", {"metadata": {"name": "shop"}}, options(spaces))
    async with Client(objects).watch(f"{CONFIG_MAPS}/a?watch=1&resourceVersion=0") as stream:
        await asyncio.sleep(0)
        objects.create(maps, "shop", config_map("a"), options(maps))
        write(objects, "b")
        write(objects, "a")
        event = await stream.next()
        assert event["object"]["metadata"]["namespace"] == "default"
        assert event["object"]["metadata"]["name"] == "a"


async def test_a_watch_ends_after_its_time_with_a_bookmark() -> None:
    objects = store()
    url = f"{CONFIG_MAPS}?watch=1&resourceVersion=0&timeoutSeconds=1&allowWatchBookmarks=true"
    response = await Client(objects).request("GET", url)
    assert response.code == 200
    assert b'"BOOKMARK"' in response.body


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("resourceVersion=x", 400),
        ("resourceVersion=999999", 504),
        ("sendInitialEvents=true", 422),
        ("timeoutSeconds=x", 400),
        ("labelSelector==", 400),
    ],
)
async def test_watches_that_cannot_be_had(query: str, code: int) -> None:
    response = await Client(store()).request("GET", f"{CONFIG_MAPS}?watch=1&{query}")
    assert response.code == code


async def test_an_old_revision_is_gone() -> None:
    objects = store()
    log = objects.tables.tables["configmaps."].log
    log.oldest = 10_000
    objects.tables.revision = 20_000
    response = await Client(objects).request("GET", f"{CONFIG_MAPS}?watch=1&resourceVersion=5")
    assert (response.code, response.json["reason"]) == (410, "Expired")


async def test_a_watch_that_falls_behind_ends_in_gone() -> None:
    objects = store()
    async with Client(objects).watch(f"{CONFIG_MAPS}?watch=1") as stream:
        await asyncio.sleep(0.01)
        maps = kind(objects, "configmaps")
        write(objects, "a")
        stored = objects.writer.get(maps, "default", "a")
        for _ in range(CAPACITY * 2):
            stored = objects.writer.rewrite(maps, stored, stored.document)
        event = await stream.next()
        assert (event["type"], event["object"]["code"]) == ("ERROR", 410)


STEPS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["x", "y", None])), max_size=25
)


@given(STEPS, st.integers(0, 25), st.sampled_from(["", "app%3Dx"]))
def test_a_list_and_what_follows_it_is_the_list_at_the_end(
    steps: list[tuple[str, str | None]], listed_at: int, selector: str
) -> None:
    """Whatever is written, and wherever the list falls, with and without a selector."""
    objects = store()
    client = Client(objects)

    def step(name: str, app: str | None) -> None:
        there = objects.tables.tables["configmaps."].get("default", name)
        if app is not None:
            write(objects, name, app=app)
        elif there is not None:
            delete(objects, name)

    async def listed() -> Any:
        return (await client.request("GET", f"{CONFIG_MAPS}?labelSelector={selector}")).json

    async def run() -> None:
        for name, app in steps[:listed_at]:
            step(name, app)
        first = await listed()
        seen = {each["metadata"]["name"]: each for each in first["items"]}
        revision = first["metadata"]["resourceVersion"]
        url = f"{CONFIG_MAPS}?watch=1&resourceVersion={revision}&labelSelector={selector}"
        async with client.watch(url) as stream:
            for name, app in steps[listed_at:]:
                step(name, app)
            write(objects, "end", app="x")
            while "end" not in seen:
                event = await stream.next()
                name = event["object"]["metadata"]["name"]
                if event["type"] == "DELETED":
                    assert seen.pop(name)
                else:
                    assert (event["type"] == "ADDED") is (name not in seen)
                    seen[name] = event["object"]
        last = await listed()
        assert seen == {each["metadata"]["name"]: each for each in last["items"]}

    asyncio.run(run())
