"""The output of a Pod: asked from the node that runs it, and only from one on loopback."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from portway.adapters.listening import serving, tcp_socket
from tests.adapters.apiserver.support import Client, store

POD = "/api/v1/namespaces/default/pods/web-1"


@contextlib.asynccontextmanager
async def node_endpoint(folder: Path, asked: list[str]) -> AsyncIterator[int]:
    """A node that has the output of one container; gives its port."""

    async def logs(request: Request) -> PlainTextResponse:
        asked.append(f"{request.url.path}?{request.url.query}")
        if request.path_params["container"] != "main":
            return PlainTextResponse("container not found", 404)
        return PlainTextResponse("one\ntwo\n")

    pair = trustme.CA().issue_cert("127.0.0.1")
    pair.private_key_and_cert_chain_pem.write_to_path(folder / "node.pem")
    app = Starlette(routes=[Route("/containerLogs/{namespace}/{pod}/{container}", logs)])
    listening = tcp_socket("127.0.0.1", 0)
    try:
        async with serving(
            app,
            [listening],
            grace=1,
            keep_alive=5,
            ssl_certfile=folder / "node.pem",
            ssl_cert_reqs=ssl.CERT_NONE,
        ):
            yield listening.getsockname()[1]
    finally:
        listening.close()


async def client_with(address: str, port: int, *containers: str, node: str = "here") -> Client:
    """A client of a store with a node and a Pod that is placed on ``node``."""
    client = Client(store())
    status: dict[str, Any] = {
        "addresses": [{"type": "Hostname", "address": "here"}]
        + ([{"type": "InternalIP", "address": address}] if address else []),
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
    }
    made = {"metadata": {"name": "here"}}
    assert (await client.request("POST", "/api/v1/nodes", body=made)).code == 201
    found = await client.request(
        "PUT", "/api/v1/nodes/here/status", body={**made, "status": status}
    )
    assert found.code == 200
    spec = {"nodeName": node, "containers": [{"name": each} for each in containers]}
    pod = {"metadata": {"name": "web-1"}, "spec": spec}
    assert (await client.request("POST", POD.rpartition("/")[0], body=pod)).code == 201
    return client


async def test_the_output_as_the_node_has_it(tmp_path: Path) -> None:
    asked: list[str] = []
    async with node_endpoint(tmp_path, asked) as port:
        client = await client_with("127.0.0.1", port, "main")
        found = await client.request("GET", f"{POD}/log?sinceTime=2026-01-01T00%3A00%3A00Z&x=y")
    assert (found.code, found.body, found.content_type) == (200, b"one\ntwo\n", "text/plain")
    assert asked == ["/containerLogs/default/web-1/main?sinceTime=2026-01-01T00%3A00%3A00Z"]


async def test_what_the_node_refuses_is_said(tmp_path: Path) -> None:
    async with node_endpoint(tmp_path, []) as port:
        client = await client_with("127.0.0.1", port, "main", "side")
        found = await client.request("GET", f"{POD}/log?container=side")
    assert found.code == 502
    assert "404: container not found" in found.json["message"]


@pytest.mark.parametrize(
    ("query", "said"),
    [("", "choose one of: [main, side]"), ("?container=no", "container no is not valid")],
)
async def test_a_container_has_to_be_one_of_the_pod(query: str, said: str) -> None:
    client = await client_with("127.0.0.1", 1, "main", "side")
    found = await client.request("GET", f"{POD}/log{query}")
    assert found.code == 400
    assert said in found.json["message"]


@pytest.mark.parametrize(
    ("address", "port"), [("192.0.2.1", 10250), ("", 10250), ("nowhere", 1), ("127.0.0.1", 0)]
)
async def test_only_a_node_on_loopback_is_asked(address: str, port: int) -> None:
    client = await client_with(address, port, "main")
    found = await client.request("GET", f"{POD}/log")
    assert found.code == 502
    assert "no endpoint that is asked" in found.json["message"]


async def test_a_node_that_does_not_answer() -> None:
    free = tcp_socket("127.0.0.1", 0)
    port = free.getsockname()[1]
    free.close()
    client = await client_with("127.0.0.1", port, "main")
    found = await client.request("GET", f"{POD}/log")
    assert found.code == 502
    assert "does not answer" in found.json["message"]


async def test_what_is_not_there() -> None:
    client = await client_with("127.0.0.1", 1, "main", node="")
    assert "not on a node yet" in (await client.request("GET", f"{POD}/log")).json["message"]
    other = await client_with("127.0.0.1", 1, "main", node="gone")
    assert (await other.request("GET", f"{POD}/log")).json["message"] == 'nodes "gone" not found'
    assert (await client.request("GET", POD.replace("web-1", "no") + "/log")).code == 404
    assert (await client.request("GET", f"{POD}/log?follow=true")).code == 400
    assert (await client.request("PUT", f"{POD}/log", body={})).code == 404
