"""A change is live when twenty answers in a row say so, and every other answer is an error."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from bench import prober
from bench.prober import Connection, ProbeError, Seen, probe


@asynccontextmanager
async def answers(statuses: Sequence[int]) -> AsyncIterator[int]:
    """A server that answers with these statuses, the last one for ever; 0 ends the connection."""
    left = list(statuses)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                status = left.pop(0) if len(left) > 1 else left[0]
                if not status:
                    break
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\nok".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def ask(statuses: Sequence[int], confirming: int = 3) -> tuple[Seen, int]:
    """What the probe saw, and how many changes it made."""
    changes = []
    async with answers(statuses) as port:
        connection = Connection("127.0.0.1", port)
        try:
            seen = await asyncio.to_thread(
                lambda: probe(
                    connection,
                    "a.example",
                    "/",
                    lambda: changes.append(1),
                    confirming=confirming,
                )
            )
        finally:
            connection.close()
    return seen, len(changes)


async def test_the_first_of_a_row_is_what_counts() -> None:
    seen, changes = await ask([404, 404, 404, 200])
    assert changes == 1
    assert seen.errors == 0
    assert seen.first > 2 * prober.POLL_SECONDS
    assert seen.first + 2 * prober.POLL_SECONDS < seen.last < 5


@pytest.mark.parametrize(
    ("statuses", "errors"),
    [
        ([404, 503, 404, 200], 1),
        ([404, 200, 404, 200], 1),  # The old state after the new one.
        ([404, 200, 200, 500, 200], 1),
        ([404, 0, 200], 1),
        ([404, 404, 200], 0),
    ],
)
async def test_wrong_answers_and_lost_connections_are_errors(
    statuses: list[int], errors: int
) -> None:
    seen, _ = await ask(statuses)
    assert seen.errors == errors


async def test_a_broken_row_starts_again() -> None:
    steady, _ = await ask([404, 200], confirming=20)
    broken, _ = await ask([404, *[200] * 10, 503, 200], confirming=20)
    assert broken.first > steady.first + 9 * prober.POLL_SECONDS


async def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prober, "_PATIENCE_SECONDS", 0.05)
    with pytest.raises(ProbeError, match="last 404"):
        await ask([404])


async def test_nobody_there_is_no_answer() -> None:
    async with answers([200]) as port:
        pass
    connection = Connection("127.0.0.1", port)
    assert await asyncio.to_thread(connection.ask, "a.example", "/") == 0
    assert connection.lost == 1
