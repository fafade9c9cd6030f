"""The own generator against answers that are right, wrong and broken."""

import pytest

from bench.generator import generate
from tests.wire.harness.origin import Origin


async def shoot(origin: Origin, seconds: float) -> dict[str, float]:
    address, _, port = origin.endpoint.rpartition(":")
    return await generate(address, int(port), "a.example", "/", 3, seconds)


async def test_every_answer_is_counted_once() -> None:
    async with Origin() as origin:
        told = await shoot(origin, 0.2)
        assert told["requests"] == len(origin.requests) > 0
        assert told["errors"] == 0
        assert len(origin.bytes_received) == 3


async def test_a_wrong_answer_is_an_answer_and_an_error() -> None:
    async with Origin() as origin:
        address, _, port = origin.endpoint.rpartition(":")
        told = await generate(address, int(port), "a.example", "/status/404", 1, 0.1)
    assert told["requests"] == told["errors"] > 0


async def test_nobody_there_is_an_error() -> None:
    async with Origin() as origin:
        pass
    with pytest.raises(OSError, match=r"Connect call failed|refused"):
        await generate("127.0.0.1", 1, "a.example", "/", 1, 0.1)
    assert origin.requests == []
