"""The application: paths about the server, authentication, limits."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from portway.adapters.apiserver.http.body import MAX_BYTES
from portway.adapters.apiserver.store.objects import ObjectStore
from tests.adapters.apiserver.support import (
    CONFIG_MAPS,
    Client,
    config_map,
    crd,
    kind,
    options,
    scope,
    store,
)


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/version", "/api", "/apis", "/api/v1", "/openapi/v3", "/openapi/v3/api/v1"),
        "/apis/gateway.networking.k8s.io",
        "/apis/gateway.networking.k8s.io/v1",
        "/openapi/v3/apis/gateway.networking.k8s.io/v1",
    ],
)
async def test_what_the_server_says_of_itself(path: str) -> None:
    found = await Client(store()).request("GET", path)
    assert found.code == 200
    assert found.json


@pytest.mark.parametrize(
    "path", ["/no", "/apis/no.such", "/apis/no.such/v1", "/openapi/v3/apis/a/b"]
)
async def test_paths_without_anything(path: str) -> None:
    assert (await Client(store()).request("GET", path)).code == 404
    assert (await Client(store()).request("POST", path)).code == 405


async def test_discovery_in_one_document_if_asked_for() -> None:
    wanted = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"
    for version in ("v2", "v2beta1"):
        accept = f"{wanted.format(version)},application/json"
        found = await Client(store()).request("GET", "/apis", accept=accept)
        assert found.content_type == wanted.format(version)
        assert found.json["apiVersion"] == f"apidiscovery.k8s.io/{version}"
    plain = await Client(store()).request("GET", "/apis", accept="application/json")
    assert plain.json["kind"] == "APIGroupList"


async def test_the_second_openapi_has_the_media_type_that_clients_can_parse() -> None:
    found = await Client(store()).request("GET", "/openapi/v2")
    assert found.content_type == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
    assert found.body.startswith(b"\x0a\x032.0")


async def test_health() -> None:
    for path in ("/healthz", "/livez", "/readyz"):
        assert (await Client(store()).request("GET", path)).body == b"ok"


async def test_a_new_kind_is_discovered() -> None:
    objects = store()
    client = Client(objects)
    assert "example.com" not in str((await client.request("GET", "/apis")).json)
    crds = kind(objects, "customresourcedefinitions")
    objects.create(crds, "", crd(), options(crds))
    assert "example.com" in str((await client.request("GET", "/apis")).json)


async def test_a_token_is_asked_for_if_there_is_one() -> None:
    client = Client(store(), token="secret")
    assert (await client.request("GET", "/version")).code == 401
    assert (await client.request("GET", "/version", authorization="Bearer no")).code == 401
    assert (await client.request("GET", "/version", authorization="Bearer secret")).code == 200


async def test_a_body_that_is_too_large_is_refused() -> None:
    found = await Client(store()).request("POST", CONFIG_MAPS, b" " * (MAX_BYTES + 1))
    assert (found.code, found.json["reason"]) == (413, "RequestEntityTooLarge")


async def test_a_bug_of_ours_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    objects = store()

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(objects, "create", broken)
    found = await Client(objects).request("POST", CONFIG_MAPS, config_map())
    assert (found.code, found.json["reason"]) == (500, "InternalError")
    assert "a bug" not in found.json["message"]
    assert "a bug" in caplog.text


async def test_a_write_is_answered_once_it_is_on_the_disk(tmp_path: Path) -> None:
    objects = ObjectStore(tmp_path / "db")
    objects.start()
    found = await Client(objects).request("POST", CONFIG_MAPS, config_map())
    assert found.code == 201
    revision = int(found.json["metadata"]["resourceVersion"])
    assert objects.tables._durable >= revision
    objects.close()


async def test_no_body_comes_with_a_head() -> None:
    found = await Client(store()).request("HEAD", "/version")
    assert (found.code, found.body) == (200, b"")


async def test_a_watch_that_cannot_be_written_to_is_forgotten() -> None:
    objects = store()
    maps = kind(objects, "configmaps")
    objects.create(maps, "default", config_map(), options(maps))
    app = Client(objects).app
    watching: list[int] = []

    async def receive() -> Any:
        return {"type": "http.request"} if not watching else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        watching.append(len(app._watches))
        if message.get("body"):
            raise ConnectionError

    with pytest.raises(ExceptionGroup):
        await app(scope("GET", f"{CONFIG_MAPS}?watch=1", "", {}), receive, send)
    assert watching[-1] == 1
    assert not app._watches
