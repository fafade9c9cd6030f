"""Waits that double, within bounds."""

import asyncio

import pytest

from portway.adapters.kube.rhythm import Backoff, Pace, Rhythm

RHYTHM = Rhythm(first=1.0, longest=8.0)


def waits(chance: float, count: int) -> list[float]:
    backoff = Backoff(RHYTHM, lambda: chance)
    return [backoff.next() for _ in range(count)]


def test_they_double_up_to_the_longest_and_come_apart() -> None:
    assert waits(0.0, 6) == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    assert waits(1.0, 6) == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_after_a_success_the_next_is_a_first_one() -> None:
    backoff = Backoff(RHYTHM, lambda: 1.0)
    assert [backoff.next() for _ in range(3)][-1] == 4.0
    backoff.reset()
    assert backoff.next() == 1.0


@pytest.mark.parametrize(("asked", "waited"), [(None, 1.0), (0.1, 1.0), (60.0, 60.0), (1e9, 300.0)])
def test_what_the_server_asks_for_counts_within_reason(asked: float | None, waited: float) -> None:
    assert Backoff(RHYTHM, lambda: 1.0).next(asked) == waited


def test_a_thousand_failures_are_no_overflow() -> None:
    assert waits(1.0, 2000)[-1] == 8.0


async def test_a_pace_is_kept_by_many_together_and_what_was_not_used_is_lost() -> None:
    loop = asyncio.get_running_loop()
    pace = Pace(200)
    started = loop.time()
    await asyncio.gather(*(pace.turn() for _ in range(21)))
    assert loop.time() - started >= 0.099
    await asyncio.sleep(0.1)
    started = loop.time()
    await asyncio.gather(*(pace.turn() for _ in range(11)))
    assert loop.time() - started >= 0.049
