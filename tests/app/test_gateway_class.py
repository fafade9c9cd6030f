"""A class that an installation brings: made where it is missing, and nowhere else."""

import ssl
from collections.abc import Callable

import httpx
import msgspec
import pytest

from portway.adapters.kube.access import Access
from portway.adapters.kube.client import Client
from portway.app.gateway_class import GatewayClassKeeper
from portway.core import model
from portway.core.wiring.core import CONTROLLER

PATH = "/apis/gateway.networking.k8s.io/v1/gatewayclasses"


class Server(httpx.AsyncBaseTransport):
    """Holds classes by name."""

    def __init__(self) -> None:
        self.classes: dict[str, str] = {}
        self.asked: list[str] = []
        self.answer = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if self.answer:
            return httpx.Response(self.answer, json={"message": "because"})
        name = request.url.path.removeprefix(PATH).removeprefix("/")
        if request.method == "POST":
            document = msgspec.json.decode(await request.aread())
            assert document["apiVersion"] == "gateway.networking.k8s.io/v1"
            assert document["kind"] == "GatewayClass"
            self.classes[document["metadata"]["name"]] = document["spec"]["controllerName"]
            return httpx.Response(201, json={})
        if name not in self.classes:
            return httpx.Response(404, json={})
        return httpx.Response(200, json={"spec": {"controllerName": self.classes[name]}})


class Ended(Exception):
    """The looks a test asked for are over."""


async def looked(
    server: Server,
    *,
    looks: int = 1,
    served: Callable[[], bool] = lambda: True,
    leads: Callable[[], bool] = lambda: True,
) -> list[float]:
    """The waits after so many looks."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == looks:
            raise Ended

    def path(key: model.ObjectKey) -> str | None:
        return f"{PATH}/{key.name}" if served() else None

    client = Client(Access("http://server", ssl.create_default_context()), transport=server)
    keeper = GatewayClassKeeper(client, "portway", path, leads, sleep=sleep)
    with pytest.raises(Ended):
        await keeper.run()
    await client.close()
    return waits


async def test_it_is_made_once_and_again_when_somebody_deletes_it() -> None:
    server = Server()
    await looked(server, looks=2)
    assert server.classes == {"portway": CONTROLLER}
    assert [each.split()[0] for each in server.asked] == ["GET", "POST", "GET"]
    server.classes.clear()
    await looked(server)
    assert server.classes == {"portway": CONTROLLER}


async def test_nothing_is_asked_while_its_kind_is_not_there_or_another_one_leads() -> None:
    server = Server()
    assert await looked(server, served=lambda: False) == [1.0]
    assert await looked(server, leads=lambda: False) == [1.0]
    assert server.asked == []


async def test_what_belongs_to_others_stays_and_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server()
    server.classes["portway"] = "example.com/other"
    await looked(server, looks=3)
    assert server.classes == {"portway": "example.com/other"}
    assert len(caplog.messages) == 1
    assert "belongs to example.com/other" in caplog.messages[0]


async def test_who_may_not_make_it_says_so_and_looks_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server()
    server.answer = 403
    assert await looked(server, looks=2) == [30.0, 30.0]
    assert [each for each in caplog.messages if "cannot be made: 403" in each] == caplog.messages
    assert len(caplog.messages) == 1


async def test_somebody_who_was_faster_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    server = Server()
    server.answer = 409
    await looked(server)
    assert caplog.messages == []
