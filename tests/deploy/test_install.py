"""An API server takes the manifests, in any order and twice, and knows every field of them."""

import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import yaml

from portway.adapters.apiserver.http.app import Application
from portway.adapters.apiserver.store.objects import ObjectStore
from tests.deploy import charts

RENDERS = dict(charts.renders())
NOT_SERVED = {"NetworkPolicy", "ServiceMonitor"}
"""Kinds that the embedded API does not serve."""


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    store = ObjectStore()
    store.start()
    transport = httpx.ASGITransport(Application(store))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client
    store.close()


async def plural_of(http: httpx.AsyncClient, document: dict[str, Any]) -> str | None:
    version = document["apiVersion"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    answer = await http.get(root)
    found = answer.json().get("resources", ()) if answer.is_success else ()
    names = [each["name"] for each in found if each["kind"] == document["kind"]]
    return f"{root}|{names[0]}" if names else None


async def apply(http: httpx.AsyncClient, document: dict[str, Any]) -> str:
    """Server-side apply, strictly; the object's revision, empty for a kind that is not served."""
    found = await plural_of(http, document)
    if found is None:
        assert document["kind"] in NOT_SERVED
        return ""
    root, _, plural = found.partition("|")
    namespace = document["metadata"].get("namespace")
    inside = f"/namespaces/{namespace}" if namespace else ""
    answer = await http.patch(
        f"{root}{inside}/{plural}/{document['metadata']['name']}",
        params={"fieldManager": "tests", "fieldValidation": "Strict"},
        headers={"content-type": "application/apply-patch+yaml"},
        content=yaml.safe_dump(document),
    )
    assert answer.is_success, answer.text
    return str(answer.json()["metadata"]["resourceVersion"])


async def prepared(http: httpx.AsyncClient, name: str) -> list[dict[str, Any]]:
    """The objects, once their namespaces are there; those have to come first anywhere."""
    objects = RENDERS[name]
    places = {each["metadata"].get("namespace") for each in objects} - {None}
    for place in sorted(places):
        await apply(
            http, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": str(place)}}
        )
    return [each for each in objects if each["kind"] != "Namespace"]


@pytest.mark.parametrize("name", sorted(RENDERS))
async def test_they_are_taken_in_any_order_and_twice(http: httpx.AsyncClient, name: str) -> None:
    objects = await prepared(http, name)
    random.Random(name).shuffle(objects)
    first = [await apply(http, each) for each in objects]
    assert sum(bool(each) for each in first) >= len(objects) - len(NOT_SERVED)
    # What is there already is not even written again.
    assert [await apply(http, each) for each in objects] == first


async def test_one_render_goes_over_into_another(http: httpx.AsyncClient) -> None:
    """An upgrade with other values: nothing that is there stands in the way."""
    for name in ("install", "everything", "install"):
        for each in await prepared(http, name):
            await apply(http, each)


def test_what_cannot_be_changed_later_is_the_same_in_every_render() -> None:
    """A Deployment's selector and a binding's role are for ever; an upgrade would fail on them."""
    for kind, field in (("Deployment", "selector"), ("ClusterRoleBinding", "roleRef")):
        found = {
            str(each.get("spec", each)[field])
            for rendered in RENDERS.values()
            for each in charts.of_kind(rendered, kind)
        }
        assert len(found) == 1, kind
