"""The load counts what happens, and notices what goes wrong."""

from pathlib import Path

import pytest

from tests.wire.harness.certificates import Authority
from tests.wire.harness.load import Load, Result
from tests.wire.harness.origin import Origin


def where(endpoint: str) -> tuple[str, int]:
    address, _, port = endpoint.rpartition(":")
    return address, int(port)


async def test_keep_alive_clients_use_one_connection_each() -> None:
    async with Origin() as origin:
        async with Load(*where(origin.endpoint), host="a", clients=3) as load:
            await load.more(60)
        assert load.result.failures == 0
        assert load.result.requests == len(origin.requests) >= 60
        assert len(origin.bytes_received) == 3
        assert {request.header("host") for request in origin.requests} == {("a",)}


async def test_without_keep_alive_each_request_has_a_connection() -> None:
    async with Origin() as origin:
        async with Load(*where(origin.endpoint), host="a", keep_alive=False) as load:
            await load.more(20)
        assert load.result.failures == 0
        assert len(origin.bytes_received) == len(origin.requests) == load.result.requests


async def test_tls_verifies_the_host(authority: Authority, tmp_path: Path) -> None:
    context = authority.certificate("a.example").server_context(tmp_path)
    trust = authority.client_context()
    async with Origin(tls=context) as origin:
        async with Load(*where(origin.endpoint), host="a.example", tls=trust) as load:
            await load.more(10)
        assert load.result.failures == 0
        async with Load(*where(origin.endpoint), host="b.example", tls=trust) as load:
            await load.more(2)
        assert load.result.statuses[200] == 0


async def test_other_statuses_and_resets_are_failures() -> None:
    async with Origin() as origin:
        async with Load(*where(origin.endpoint), host="a", path="/status/503") as load:
            await load.more(10)
        assert load.result.statuses[503] == load.result.failures >= 10
        async with Load(*where(origin.endpoint), host="a", path="/reset") as load:
            await load.more(10)
        assert len(load.result.breaks) == load.result.failures >= 10


async def test_it_ends_when_the_most_is_reached() -> None:
    async with Origin() as origin:
        async with Load(*where(origin.endpoint), host="a", clients=1, most=15) as load:
            await load.more(15)
            with pytest.raises(TimeoutError):
                await load.more(1, seconds=0.05)
        assert len(origin.requests) == 15


async def test_a_refused_connection_is_counted() -> None:
    async with Origin() as origin:
        gone = where(origin.endpoint)
    async with Load(*gone, host="a", clients=1) as load:
        await load.more(3)
    assert load.result.breaks[0].startswith("connect:")


def test_percentiles_are_values_that_happened() -> None:
    result = Result(seconds=[0.5, 0.1, 0.2, 0.4, 0.3])
    assert [result.percentile(share) for share in (0.0, 0.5, 0.99, 1.0)] == [0.1, 0.3, 0.5, 0.5]
