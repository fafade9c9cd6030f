"""The API on a port."""

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from portway.adapters.apiserver.http.server import ApiAddressError, ApiServer, allowed
from portway.adapters.apiserver.store.objects import ObjectStore
from tests.adapters.apiserver.support import CONFIG_MAPS, config_map


@contextlib.asynccontextmanager
async def serving(folder: Path, **more: Any) -> AsyncIterator[ApiServer]:
    store = ObjectStore(folder / "db")
    store.start()
    server = ApiServer(store, folder, **more)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(server.run())
        async with asyncio.timeout(10):
            await server.listening.wait()
        try:
            yield server
        finally:
            running.cancel()
    store.close()


def client(server: ApiServer, folder: Path, *, certificate: bool = True) -> httpx.AsyncClient:
    context = ssl.create_default_context(cafile=str(folder / "tls" / "ca.crt"))
    if certificate:
        context.load_cert_chain(folder / "tls" / "client.crt", folder / "tls" / "client.key")
    return httpx.AsyncClient(
        verify=context, base_url=f"https://127.0.0.1:{server.port}", trust_env=False
    )


async def test_with_our_certificate_everything_works(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, client(server, tmp_path) as http:
        made = await http.post(CONFIG_MAPS, json=config_map())
        assert made.status_code == 201
        address = json.loads(server.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        assert address == f"https://127.0.0.1:{server.port}"
        async with http.stream("GET", f"{CONFIG_MAPS}?watch=1") as watch:
            line = await anext(watch.aiter_lines())
            assert json.loads(line)["object"]["metadata"]["name"] == "conf"


async def test_without_a_certificate_nobody_gets_in(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, client(server, tmp_path, certificate=False) as http:
        with pytest.raises(httpx.TransportError):
            await http.get("/version")


async def test_it_collects_in_the_background(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, client(server, tmp_path) as http:
        await http.post("/api/v1/namespaces", json={"metadata": {"name": "shop"}})
        async with http.stream("GET", "/api/v1/namespaces/shop?watch=1") as watch:
            lines = watch.aiter_lines()
            assert json.loads(await anext(lines))["type"] == "ADDED"
            await http.delete("/api/v1/namespaces/shop")
            assert json.loads(await anext(lines))["type"] == "MODIFIED"
            assert json.loads(await anext(lines))["type"] == "DELETED"


async def test_a_watch_nobody_listens_to_ends(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        log = server._store.tables.tables["configmaps."].log
        url = f"{CONFIG_MAPS}?watch=1&resourceVersion=0"
        async with client(server, tmp_path) as http, http.stream("GET", url):
            while not log._woken:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        async with asyncio.timeout(5):
            while log._woken:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_the_end_of_the_server_is_the_end_of_a_watch(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[str] = []
    async with contextlib.AsyncExitStack() as stack:
        async with serving(tmp_path) as server:
            http = await stack.enter_async_context(client(server, tmp_path))
            url = f"{CONFIG_MAPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
            watch = await stack.enter_async_context(http.stream("GET", url))
            events = watch.aiter_lines()
            lines.append(await anext(events))
        assert [line async for line in events] == []
    assert json.loads(lines[0])["type"] == "BOOKMARK"
    assert "Exception" not in caplog.text


async def test_an_answer_does_not_wait_for_the_clients_acknowledgement(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, client(server, tmp_path) as http:
        await http.get("/version")
        times = []
        for _ in range(10):
            start = time.perf_counter()
            await http.get("/version")
            times.append(time.perf_counter() - start)
        assert min(times) < 0.03  # a delayed acknowledgement takes 40 ms


async def test_a_port_that_is_taken_says_so(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        store = ObjectStore()
        other = ApiServer(store, tmp_path / "other", address=f"127.0.0.1:{server.port}")
        with pytest.raises(ApiAddressError, match="in use"):
            await other.run()


async def test_a_token_is_asked_for_beside_the_certificate(tmp_path: Path) -> None:
    async with serving(tmp_path, token="secret") as server, client(server, tmp_path) as http:
        assert (await http.get("/version")).status_code == 401
        found = await http.get("/version", headers={"authorization": "Bearer secret"})
        assert found.status_code == 200


@pytest.mark.parametrize(
    ("address", "token", "wanted"),
    [
        ("127.0.0.1:6443", None, ("127.0.0.1", 6443)),
        ("localhost:0", None, ("127.0.0.1", 0)),
        ("[::1]:6443", None, ("::1", 6443)),
        (":6443", None, ("127.0.0.1", 6443)),
        ("0.0.0.0:6443", "secret", ("0.0.0.0", 6443)),
    ],
)
def test_addresses(address: str, token: str | None, wanted: tuple[str, int]) -> None:
    assert allowed(address, token) == wanted


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("0.0.0.0:6443", "only with a token"),
        ("192.0.2.1:6443", "only with a token"),
        ("[::]:6443", "only with a token"),
        ("127.0.0.1:x", "not a port"),
        ("127.0.0.1:70000", "not a port"),
        ("example.com:6443", "not an IP address"),
    ],
)
def test_addresses_that_are_refused(address: str, why: str) -> None:
    with pytest.raises(ApiAddressError, match=why):
        allowed(address, None)
