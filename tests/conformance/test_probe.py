"""Readiness probes."""

import grpc
import pytest

from tests.conformance.harness.probe import Probe, probe_of

SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"


def test_how_a_probe_is_written() -> None:
    assert probe_of({}) is None
    assert probe_of({"readinessProbe": {"exec": {"command": ["true"]}}}) is None
    http = {"httpGet": {"path": "/ready", "port": 3000}, "periodSeconds": 5}
    assert probe_of({"readinessProbe": http}) == Probe(3000, path="/ready")
    assert probe_of({"readinessProbe": {"httpGet": {"port": 3000}}}) == Probe(3000, path="/")
    rpc = {"grpc": {"port": 9003, "service": "inference-extension"}}
    assert probe_of({"readinessProbe": rpc}) == Probe(9003, service="inference-extension")


@pytest.mark.parametrize(("said", "ready"), [(SERVING, True), (NOT_SERVING, False)])
async def test_health_over_grpc(said: bytes, ready: bool) -> None:
    asked = []

    async def check(request: bytes, _: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        asked.append(request)
        return said

    server = grpc.aio.server()
    handler = {"Check": grpc.unary_unary_rpc_method_handler(check)}
    name = "grpc.health.v1.Health"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handler),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        assert await Probe(port, service="one").passes("127.0.0.1") is ready
        assert asked == [b"\x0a\x03one"]
    finally:
        await server.stop(0)
    assert not await Probe(port, service="one").passes("127.0.0.1")
