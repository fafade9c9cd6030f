"""A picker from its start to its end, asked by an independent gRPC client."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from portway.adapters.admin.server import AdminAddressError
from portway.adapters.extproc.server import SERVICE
from portway.app.picker import process
from portway.app.picker.process import PickerSettings, Process
from portway.app.picker.question import Question, ask
from portway.core.schema import Schema
from tests.adapters.extproc.talk import DUPLEX, Talk
from tests.wire.harness.model_server import ModelServer
from tests.wire.harness.ports import free_port

ALONE = ("", "endpoints")
POOL = ("default", "llama")
BODY = b'{"model": "m", "prompt": "%b"}' % (b"x" * 900)


@asynccontextmanager
async def running(**given: Any) -> AsyncIterator[Process]:
    made = Process(PickerSettings({ALONE: "127.0.0.1:0"}, plaintext=True, **given))
    async with asyncio.TaskGroup() as group:
        group.create_task(made.run())
        async with asyncio.timeout(10):
            while not made.servers[0][1].port:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        try:
            yield made
        finally:
            made.stop()


async def picked(made: Process, schema: Schema, body: bytes = b"") -> dict[str, Any]:
    talk = Talk(schema)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{made.servers[0][1].port}") as channel:
        call = channel.stream_stream(f"/{SERVICE}/Process")()
        await call.write(talk.headers(end=not body, config=DUPLEX))
        if body:
            await call.write(talk.body(body, end=True))
        reply = talk.read(await call.read())
        call.cancel()
        return reply


def where(reply: dict[str, Any]) -> set[str]:
    told: str = reply["dynamic_metadata"]["envoy.lb"]["x-gateway-destination-endpoint"]
    return set(told.split(","))


async def test_endpoints_by_name_are_asked_for_their_numbers(schema: Schema) -> None:
    async with ModelServer("a") as a:
        a.page = b"vllm:num_requests_waiting 3\n"
        async with running(endpoints=f"{a.endpoint}\n127.0.0.1:1", scrape_seconds=0.05) as made:
            assert where(await picked(made, schema, b'{"prompt": "x"}')) == {
                a.endpoint,
                "127.0.0.1:1",
            }
            async with asyncio.timeout(10):
                while f'"{a.endpoint}",name="endpoints",namespace=""}} 3.0' not in (  # noqa: ASYNC110
                    made.numbers.exposition().decode()
                ):
                    await asyncio.sleep(0.02)


async def test_endpoints_of_a_file(schema: Schema, tmp_path: Path) -> None:
    path = tmp_path / "endpoints"
    path.write_text("10.0.0.1:80\n")
    async with running(endpoints_file=path) as made:
        assert where(await picked(made, schema)) == {"10.0.0.1:80"}


async def test_it_is_not_ready_once_it_begins_to_end() -> None:
    async with running(endpoints="10.0.0.1:80") as made:
        assert made.ready
        made.stop()
        assert not made.ready


async def test_nobody_listens_before_endpoints_are_known(tmp_path: Path) -> None:
    """A pool that fails open would obey a picker that has nothing to pick from."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        api = f"http://127.0.0.1:{silent.getsockname()[1]}"
        port = free_port()
        settings = PickerSettings({POOL: f"127.0.0.1:{port}"}, kubeconfig=kubeconfig(tmp_path, api))
        made = Process(settings)
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(made.run())
            await asyncio.sleep(0.3)
            assert not made.ready
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
            made.stop()


def kubeconfig(folder: Path, server: str) -> Path:
    made = folder / "kubeconfig"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    made.write_text(json.dumps(document))
    return made


def test_what_it_cannot_run_with_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = (tmp_path / "a.crt", tmp_path / "a.key")
    for given, words in (
        ({"endpoints": "10.0.0.1:80", "certificate": absent}, "a.crt"),
        ({"endpoints": "10.0.0.1:80", "plaintext": True}, "cannot listen there"),
        ({"kubeconfig": tmp_path / "none"}, "none"),
    ):
        settings = PickerSettings({ALONE: "203.0.113.1:9"}, **given)
        assert process.run(settings) == 2
        assert words in capsys.readouterr().err


async def test_it_tells_what_it_would_do_and_then_does_it(schema: Schema) -> None:
    given = "127.0.0.1:1\n127.0.0.1:2\n127.0.0.1:3"
    async with running(endpoints=given, questions="127.0.0.1:0") as made:
        assert made.questions is not None
        await made.questions.listening.wait()
        address = f"127.0.0.1:{made.questions.port}"
        first = await asyncio.to_thread(ask, address, Question("any/name", {}, BODY))
        again = await asyncio.to_thread(ask, address, Question("any/name", {}, BODY))
        assert first == again
        assert "has nothing of the prompt" in first.reason
        assert len(first.candidates) == 3
        reply = await picked(made, schema, BODY)
        told: str = reply["dynamic_metadata"]["envoy.lb"]["x-gateway-destination-endpoint"]
        assert told == ",".join(first.order)
        warm = await asyncio.to_thread(ask, address, Question("", {}, BODY))
        assert warm.order[0] == first.order[0]
        assert "has 3 of 3 blocks" in warm.reason


async def test_questions_are_asked_on_loopback_and_of_pools_that_are_here() -> None:
    with pytest.raises(AdminAddressError, match="not a loopback address"):
        Process(PickerSettings({ALONE: "127.0.0.1:0"}, endpoints="a:1", questions="0.0.0.0:1"))
