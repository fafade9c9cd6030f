"""Backends: many servers, one process, nothing left behind."""

import asyncio
import socket

import httpx
import pytest
import websockets

from portway.app.sample import Answer, BackendError, Backends, SampleBackend


async def test_each_backend_answers_with_its_own_name() -> None:
    served = [SampleBackend("web"), SampleBackend("web", namespace="other"), SampleBackend("api")]
    async with Backends(served) as backends, httpx.AsyncClient(verify=False) as client:
        for backend in served:
            endpoint = backends.endpoint(backend.service, backend.namespace)
            answer = (await client.get(f"http://{endpoint}/")).json()
            assert (answer["namespace"], answer["service"]) == (backend.namespace, backend.service)
            assert answer["pod"] == f"{backend.service}-sample-0"


async def test_a_service_may_have_several_pods() -> None:
    pods = [SampleBackend("web", pod="web-a-1"), SampleBackend("web", pod="web-a-2")]
    async with Backends(pods) as backends, httpx.AsyncClient(verify=False) as client:
        answers = [
            (await client.get(f"http://{endpoint}/")).json()["pod"]
            for endpoint in backends.endpoints("web")
        ]
    assert answers == ["web-a-1", "web-a-2"]


async def test_serves_ipv6_and_writes_the_address_with_brackets() -> None:
    async with (
        Backends([SampleBackend("web", address="::1")]) as backends,
        httpx.AsyncClient(verify=False) as client,
    ):
        assert backends.endpoint("web").startswith("[::1]:")
        assert (await client.get(f"http://{backends.endpoint('web')}/")).status_code == 200


async def test_a_taken_port_is_named_and_the_others_are_closed_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port: int = taken.getsockname()[1]
        backends = Backends([SampleBackend("first"), SampleBackend("second", port)])
        with pytest.raises(BackendError, match=rf"default/second.*127\.0\.0\.1:{port}.*free"):
            await backends.__aenter__()
    with pytest.raises(KeyError):
        backends.endpoint("first")


async def test_leaving_ends_idle_connections_streams_and_websockets() -> None:
    async with Backends([SampleBackend("web", answer=Answer.PAGE)]) as backends:
        endpoint = backends.endpoint("web")
        client = httpx.AsyncClient(verify=False)
        await client.get(f"http://{endpoint}/")
        echo = await websockets.connect(f"ws://{endpoint}/ws")
    with pytest.raises(websockets.ConnectionClosedOK) as closed:
        await echo.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    host, _, port = endpoint.rpartition(":")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(host, int(port))
    await client.aclose()
