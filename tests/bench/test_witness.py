"""Clients write down everything: good answers, bad ones, and none."""

import asyncio
from collections import Counter
from pathlib import Path

from bench.witness import FRESH, KEPT, Order, Witness
from tests.wire.harness.certificates import Authority
from tests.wire.harness.origin import Origin
from tests.wire.harness.ports import free_port


def order(origin: Origin, out: Path, **changes: object) -> Order:
    address, _, port = origin.endpoint.rpartition(":")
    words = {"hosts": ["a.example", "b.example"], "out": str(out), "pace": 0.01, **changes}
    return Order(address, int(port), **words)  # type: ignore[arg-type]


async def reached(origin: Origin, requests: int) -> None:
    """Waits until so many have come."""
    async with asyncio.timeout(20):
        while True:
            if len(origin.requests) >= requests:
                return
            await asyncio.sleep(0.01)


async def test_every_answer_is_written_down_once(tmp_path: Path) -> None:
    async with Origin() as origin:
        async with Witness(order(origin, tmp_path / "out", kept=3, fresh=2)) as witness:
            await reached(origin, 60)
        asked = len(origin.requests)
        connections = {request.connection for request in origin.requests}
        hosts = Counter(request.header("host")[0] for request in origin.requests)
    # What was under way at the end has no answer.
    assert asked - 5 <= len(witness.answers) <= asked
    assert {each.status for each in witness.answers} == {200}
    fresh = sum(each.kind == FRESH for each in witness.answers)
    assert fresh <= len(connections) - 3 <= fresh + 2
    assert set(hosts) == {"a.example", "b.example"}
    assert all(each.sent < each.received for each in witness.answers)
    assert witness.closed == 0


async def test_versions_statuses_and_ends_are_told_apart(tmp_path: Path) -> None:
    async with Origin() as origin:
        path = "/status/503"
        asking = order(origin, tmp_path / "out", path=path, kept=1, fresh=0)
        async with Witness(asking) as witness:
            await reached(origin, 3)
    assert {(each.status, each.version) for each in witness.answers} == {(503, -1)}


async def serve_versions(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Version 7, then a connection that ends in good order, then one that does not."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nX-Version: 7\r\nContent-Length: 0\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    await reader.read(1)
    writer.close()


async def test_a_connection_that_ends_as_announced_is_not_a_reset(tmp_path: Path) -> None:
    server = await asyncio.start_server(serve_versions, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        out = str(tmp_path / "out")
        asking = Order("127.0.0.1", port, ["a.example"], out, kept=1, fresh=0, pace=0.005)
        async with Witness(asking) as witness:
            await asyncio.sleep(1.0)
    assert [each.version for each in witness.answers[:4]] == [7, -1, 7, -1]
    assert {each.status for each in witness.answers} == {200}
    assert witness.closed == len(witness.answers) // 2 > 0


async def test_nobody_there_is_status_0(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    asking = Order("127.0.0.1", free_port(), ["a.example"], out, kept=1, fresh=1)
    async with Witness(asking) as witness:
        await asyncio.sleep(1.0)
    assert {(each.status, each.kind) for each in witness.answers} == {(0, KEPT), (0, FRESH)}


async def test_tls_clients_take_any_certificate(tmp_path: Path) -> None:
    context = Authority().certificate("a.example").server_context(tmp_path)
    async with Origin(tls=context) as origin:
        asking = order(
            origin,
            tmp_path / "out",
            kept=0,
            fresh=0,
            kept_tls=1,
            fresh_tls=1,
            tls_port=int(origin.endpoint.rpartition(":")[2]),
        )
        async with Witness(asking) as witness:
            await reached(origin, 4)
    assert {each.status for each in witness.answers} == {200}
    assert {each.kind for each in witness.answers} == {KEPT, FRESH}
