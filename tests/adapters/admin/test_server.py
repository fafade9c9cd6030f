"""The admin endpoint and its client, over real sockets."""

import asyncio
import http.client
import json
import signal
import socket
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from portway.adapters.admin.client import AdminClient, NotRunningError, RefusedError
from portway.adapters.admin.metrics import Metrics
from portway.adapters.admin.server import (
    MAX_QUERY_BYTES,
    AdminAddressError,
    AdminServer,
    loopback,
)

KEY = "-----BEGIN PRIVATE KEY-----\nhunter2hunter2\n-----END PRIVATE KEY-----\n"


class Shown:
    def __init__(self) -> None:
        self.reasons: list[str] = []

    def ready(self) -> tuple[bool, list[str]]:
        return not self.reasons, self.reasons

    def status(self) -> Any:
        return [{"kind": "Gateway", "status": {"conditions": []}}]

    def config(self) -> Any:
        return {"secrets": [{"private_key": {"inline_string": KEY}}], "log": KEY}

    def objects(self) -> Any:
        raise RuntimeError("broken view " + KEY)

    async def explain(self, query: Mapping[str, str | list[str]]) -> Any:
        if "url" not in query:
            raise ValueError("give a url")
        return {"query": query}


class Asker:
    """The synchronous client, off the loop that serves it."""

    def __init__(self, path: Path) -> None:
        self._client = AdminClient(path)

    async def get(self, path: str, query: Mapping[str, str | list[str]] | None = None) -> Any:
        return await asyncio.to_thread(self._client.get, path, query)

    async def post(self, path: str, body: Any) -> Any:
        return await asyncio.to_thread(self._client.post, path, body)


@asynccontextmanager
async def serving(server: AdminServer) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(server.run())
        try:
            async with asyncio.timeout(10):
                await server.listening.wait()
            yield
        finally:
            task.cancel()


async def test_every_path(tmp_path: Path) -> None:
    view, metrics, path = Shown(), Metrics(), tmp_path / "admin.sock"
    async with serving(AdminServer(view, metrics, path=path)):
        ask = Asker(path)
        assert await ask.get("/healthz") == {"alive": True}
        assert await ask.get("/readyz") == {"ready": True, "reasons": []}
        assert "portway_turns_total" in await ask.get("/metrics")
        assert (await ask.get("/status"))[0]["kind"] == "Gateway"
        query: dict[str, str | list[str]] = {"url": "http://a/", "header": ["a: b", "c: d"]}
        assert await ask.get("/explain", query) == {"query": query}
        assert await ask.post("/explain", query) == {"query": query}


async def test_what_the_proxy_counts_stands_beside_our_own_numbers(tmp_path: Path) -> None:
    async def numbers() -> bytes:
        return b"tokens 7\n"

    path = tmp_path / "admin.sock"
    async with serving(AdminServer(Shown(), Metrics(), path=path, numbers=numbers)):
        told = await Asker(path).get("/metrics")
    assert "portway_turns_total" in told
    assert told.endswith("\ntokens 7\n")


async def test_not_ready_says_why(tmp_path: Path) -> None:
    view, path = Shown(), tmp_path / "admin.sock"
    view.reasons = ["the folder is not listed yet"]
    async with serving(AdminServer(view, Metrics(), path=path)):
        with pytest.raises(RefusedError) as caught:
            await Asker(path).get("/readyz")
    assert caught.value.status == 503
    assert caught.value.answer == {"ready": False, "reasons": view.reasons}


async def test_nothing_secret_comes_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "admin.sock"
    async with serving(AdminServer(Shown(), Metrics(), path=path)):
        assert "hunter2" not in json.dumps(await Asker(path).get("/config"))
        with pytest.raises(RefusedError, match="internal error: RuntimeError") as caught:
            await Asker(path).get("/objects")
        assert caught.value.status == 500
        assert "/objects failed" in caplog.text
        assert await Asker(path).get("/healthz") == {"alive": True}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", "/nothing", None, 404, "there is no /nothing"),
        ("POST", "/status", {}, 405, "does not take POST"),
        ("GET", "/explain", None, 400, "give a url"),
        ("POST", "/explain", ["x"], 400, "not a JSON object"),
        ("POST", "/explain", {"url": "x" * MAX_QUERY_BYTES}, 400, "larger than"),
    ],
)
async def test_wrong_questions(
    tmp_path: Path, method: str, path: str, body: Any, status: int, words: str
) -> None:
    sock = tmp_path / "admin.sock"
    async with serving(AdminServer(Shown(), Metrics(), path=sock)):
        ask = Asker(sock)
        with pytest.raises(RefusedError, match=words) as caught:
            await (ask.get(path) if method == "GET" else ask.post(path, body))
    assert caught.value.status == status


async def test_the_socket_is_its_owners_and_goes_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    async with serving(AdminServer(Shown(), Metrics(), path=path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


async def test_a_second_instance_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    async with serving(AdminServer(Shown(), Metrics(), path=path)):
        with pytest.raises(AdminAddressError, match="another instance is running"):
            await AdminServer(Shown(), Metrics(), path=path).run()
        assert await Asker(path).get("/healthz") == {"alive": True}


async def test_what_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    async with serving(AdminServer(Shown(), Metrics(), path=path)):
        assert await Asker(path).get("/healthz") == {"alive": True}


async def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    path.write_text("precious")
    with pytest.raises(AdminAddressError, match="not a socket"):
        await AdminServer(Shown(), Metrics(), path=path).run()
    assert path.read_text() == "precious"


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AdminAddressError, match="No such file"):
        await AdminServer(Shown(), Metrics(), path=tmp_path / "no" / "admin.sock").run()


def ask_port(port: int, host: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"host": host})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


async def test_a_loopback_port_answers_only_to_loopback_names(tmp_path: Path) -> None:
    server = AdminServer(Shown(), Metrics(), path=tmp_path / "s", port="127.0.0.1:0")
    async with serving(server):
        assert server.port
        for host in ("localhost", f"127.0.0.1:{server.port}", "[::1]:80"):
            assert (await asyncio.to_thread(ask_port, server.port, host))[0] == 200
        for host in ("evil.example", "localhost.evil.example", "10.0.0.1", "", "[::1"):
            status, body = await asyncio.to_thread(ask_port, server.port, host)
            assert status == 421, host
            assert b"not a loopback name" in body


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(AdminAddressError, match="in use"):
            await AdminServer(Shown(), Metrics(), path=tmp_path / "s", port=address).run()
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("address", "result"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("127.9.9.9:0", ("127.9.9.9", 0)),
        ("[::1]:80", ("::1", 80)),
        ("localhost:80", ("127.0.0.1", 80)),
        (":80", ("127.0.0.1", 80)),
    ],
)
def test_loopback_addresses(address: str, result: tuple[str, int]) -> None:
    assert loopback(address) == result


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0:80", "[::]:80", "10.0.0.1:80", "example.com:80", "127.0.0.1", "localhost:x"],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(AdminAddressError):
        loopback(address)


async def test_signals_stay_with_the_process(tmp_path: Path) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    async with serving(AdminServer(Shown(), Metrics(), path=tmp_path / "s")):
        assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


async def test_an_open_connection_does_not_hold_the_end_up(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with asyncio.timeout(10):
        async with serving(AdminServer(Shown(), Metrics(), path=path)):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()
        await writer.wait_closed()
    assert not path.exists()


async def test_when_nobody_listens_the_client_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError, match="no Portway is running here"):
        await Asker(tmp_path / "s").get("/status")
