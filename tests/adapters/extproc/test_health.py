"""Health, asked by an independent gRPC client."""

from typing import Any

import grpc
import pytest

from portway.adapters.extproc.health import LIVE, READY, Health, HealthAddressError
from portway.core.schema import Schema

SERVING, NOT_SERVING, UNKNOWN = 1, 2, 3


class Asked:
    """A server with a health service, and a client."""

    def __init__(self, schema: Schema) -> None:
        self.ready = False
        self._request: Any = schema.message_class("grpc.health.v1.HealthCheckRequest")
        self._response: Any = schema.message_class("grpc.health.v1.HealthCheckResponse")
        self._health = Health(schema, lambda: self.ready)

    async def __aenter__(self) -> "Asked":
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers((self._health.handler(),))
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        self._channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()
        await self._server.stop(0)

    def body(self, service: str) -> bytes:
        return bytes(self._request(service=service).SerializeToString())

    async def check(self, service: str) -> int:
        ask = self._channel.unary_unary("/grpc.health.v1.Health/Check")
        return int(self._response.FromString(await ask(self.body(service), timeout=5)).status)

    def watch(self, service: str) -> Any:
        return self._channel.unary_stream("/grpc.health.v1.Health/Watch")(self.body(service))

    def status(self, answer: bytes) -> int:
        return int(self._response.FromString(answer).status)


async def test_it_lives_before_it_is_ready(schema: Schema) -> None:
    async with Asked(schema) as asked:
        for ready in (False, True):
            asked.ready = ready
            assert {await asked.check(each) for each in LIVE} == {SERVING}
            expected = SERVING if ready else NOT_SERVING
            assert {await asked.check(each) for each in READY} == {expected}
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await asked.check("nonsense")
        assert raised.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_watch_tells_changes(schema: Schema) -> None:
    async with Asked(schema) as asked:
        call = asked.watch("readiness")
        assert asked.status(await call.read()) == NOT_SERVING
        asked.ready = True
        assert asked.status(await call.read()) == SERVING
        call.cancel()
        call = asked.watch("nonsense")
        assert asked.status(await call.read()) == UNKNOWN
        call.cancel()


async def test_it_may_have_an_address_of_its_own(schema: Schema) -> None:
    asked = Asked(schema)
    async with asked._health.serving("127.0.0.1:0") as port:
        asked._channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
        assert await asked.check("liveness") == SERVING
        await asked._channel.close()
        with pytest.raises(HealthAddressError, match=str(port)):
            async with asked._health.serving(f"127.0.0.1:{port}"):
                pass
