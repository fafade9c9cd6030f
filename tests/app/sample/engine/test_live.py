"""An engine in real time: waits are right, nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from portway.app.sample.engine.job import Job
from portway.app.sample.engine.live import LiveEngine
from portway.app.sample.engine.profile import Profile

_PROFILE = Profile(
    prefill_tokens_per_second=100, prefill_seconds=0, token_seconds=0.1, load_factor=0
)
_SPEED = 20.0


@pytest.fixture
async def live() -> AsyncIterator[LiveEngine]:
    engine = LiveEngine(_PROFILE, _SPEED)
    yield engine
    engine.close()


def _job(number: int) -> Job:
    return Job(number, (), 100, 11)


async def test_answers_come_at_their_time_and_in_their_order(live: LiveEngine) -> None:
    first, second = live.submit(_job(1)), live.submit(_job(2))
    async with asyncio.timeout(10):
        started, ended = await first.started, await first.finished
        after = await second.started
    assert started is not None
    assert ended is not None
    assert after is not None
    assert ended.time - started.time == pytest.approx(1.0)
    assert after.time - started.time == pytest.approx(1.0)
    assert live.now >= after.time


async def test_thousands_wait_on_one_timer(live: LiveEngine) -> None:
    tickets = [live.submit(Job(number, (), 1, 1)) for number in range(3000)]
    tasks = len(asyncio.all_tasks())
    async with asyncio.timeout(20):
        await asyncio.gather(*(ticket.finished for ticket in tickets))
    assert tasks == 1
    assert live.queue.totals.finished == 3000


async def test_who_is_cancelled_is_told(live: LiveEngine) -> None:
    ticket = live.submit(_job(1))
    live.cancel(ticket)
    async with asyncio.timeout(5):
        assert await ticket.started is None
        assert await ticket.finished is None
    assert ticket.cancelled
    assert live.queue.totals.cancelled == 1


async def test_who_is_finished_cannot_be_cancelled(live: LiveEngine) -> None:
    ticket = live.submit(Job(1, (), 1, 1))
    async with asyncio.timeout(5):
        assert await ticket.finished is not None
    live.cancel(ticket)
    assert not ticket.cancelled
    assert live.queue.totals.cancelled == 0


async def test_waiting_for_a_time_ends_after_it(live: LiveEngine) -> None:
    async with asyncio.timeout(5):
        await live.until(2.0)
    assert live.now >= 2.0 - 0.001 * _SPEED


async def test_a_speed_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        LiveEngine(_PROFILE, 0)
