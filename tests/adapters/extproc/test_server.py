"""The server, asked by an independent gRPC client."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme

from portway.adapters.extproc.desk import Picked, Refused, Request
from portway.adapters.extproc.health import Health
from portway.adapters.extproc.messages import Messages
from portway.adapters.extproc.server import SERVICE, PickerAddressError, PickerServer
from portway.core.schema import Schema
from tests.adapters.extproc.talk import DUPLEX, Desk, Talk

Pair = tuple[bytes, bytes]


@asynccontextmanager
async def serving(
    schema: Schema,
    desk: Any,
    address: str = "127.0.0.1:0",
    certificate: Callable[[], Pair] | None = None,
) -> AsyncIterator[PickerServer]:
    health = Health(schema, lambda: True)
    server = PickerServer(address, desk, Messages(schema), health, certificate)
    await server.start()
    try:
        yield server
    finally:
        await server.stop(0)


async def one(channel: Any, talk: Talk) -> dict[str, Any]:
    call = channel.stream_stream(f"/{SERVICE}/Process")()
    await call.write(talk.headers(end=True, config=DUPLEX))
    reply = talk.read(await call.read())
    await call.done_writing()
    assert await call.read() is grpc.aio.EOF
    return reply


async def test_a_request_is_decided_and_told_to_be_over(schema: Schema) -> None:
    desk = Desk()
    async with (
        serving(schema, desk) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        reply = await one(channel, Talk(schema))
        assert "dynamic_metadata" in reply
    assert desk.held.status == [0]


async def test_a_client_that_goes_gives_its_place_back(schema: Schema) -> None:
    desk, talk = Desk(), Talk(schema)
    async with (
        serving(schema, desk) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        call = channel.stream_stream(f"/{SERVICE}/Process")()
        await call.write(talk.headers(end=True, config=DUPLEX))
        await call.read()
        call.cancel()
        await one(channel, talk)
    assert desk.held.status == [0, 0]


async def test_an_error_ends_one_conversation_and_no_other(schema: Schema) -> None:
    class Broken(Desk):
        async def decide(self, request: Request) -> Picked | Refused:
            if "bad" in request.headers:
                raise RuntimeError("broken")
            return await Desk.decide(self, request)

    talk = Talk(schema)
    async with (
        serving(schema, Broken()) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        call = channel.stream_stream(f"/{SERVICE}/Process")()
        await call.write(talk.headers(end=True, bad="1"))
        with pytest.raises(grpc.aio.AioRpcError):
            await call.read()
        assert "dynamic_metadata" in await one(channel, talk)


async def test_a_unix_socket(schema: Schema, tmp_path: Path) -> None:
    address = f"unix:{tmp_path / 'p.sock'}"
    async with serving(schema, Desk(), address), grpc.aio.insecure_channel(address) as channel:
        assert "dynamic_metadata" in await one(channel, Talk(schema))


async def test_a_certificate_that_changes(schema: Schema) -> None:
    authority = trustme.CA()

    def made() -> Pair:
        found = authority.issue_cert("picker.test", not_after=datetime.now(UTC) + timedelta(1))
        return found.cert_chain_pems[0].bytes(), found.private_key_pem.bytes()

    shown = [made()]
    trust = grpc.ssl_channel_credentials(authority.cert_pem.bytes())
    options = (("grpc.ssl_target_name_override", "picker.test"),)
    async with serving(schema, Desk(), certificate=lambda: shown[-1]) as server:
        for _ in range(2):
            where = f"127.0.0.1:{server.port}"
            async with grpc.aio.secure_channel(where, trust, options) as channel:
                assert "dynamic_metadata" in await one(channel, Talk(schema))
            shown.append(made())


async def test_an_address_that_cannot_be_had(schema: Schema) -> None:
    async with serving(schema, Desk()) as server:
        with pytest.raises(PickerAddressError, match=str(server.port)):
            async with serving(schema, Desk(), f"127.0.0.1:{server.port}"):
                pass
