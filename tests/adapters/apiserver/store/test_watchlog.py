"""The log of changes."""

import asyncio

from portway.adapters.apiserver.store.stored import Stored
from portway.adapters.apiserver.store.watchlog import CAPACITY, Change, WatchLog


def change(revision: int) -> Change:
    stored = Stored({"metadata": {"name": "x"}}, revision)
    return Change(revision, stored, None, stored)


def log(*revisions: int) -> WatchLog:
    made = WatchLog(1)
    made.kept = True
    for each in revisions:
        made.append(change(each))
    return made


def revisions(found: list[Change]) -> list[int]:
    return [each.revision for each in found]


def test_a_position_is_after_a_revision() -> None:
    made = log(3, 5, 9)
    for since, wanted in ((1, [3, 5, 9]), (3, [5, 9]), (4, [5, 9]), (9, []), (20, [])):
        batch = made.since(made.position(since))
        assert revisions(batch.changes) == wanted
        assert not batch.gap


def test_old_changes_go_and_who_needs_them_is_told() -> None:
    made = log(2)
    start = made.position(1)
    for each in range(3, CAPACITY * 2):
        made.append(change(each))
    assert made.since(start).gap
    assert made.oldest > 2
    kept = made.since(made.position(made.oldest))
    assert not kept.gap
    assert kept.changes[0].revision == made.oldest + 1


async def test_waiting_ends_with_a_change_or_with_the_time() -> None:
    made = log(2)
    assert await made.wait(0, 0.01)
    end = made.since(0).position
    assert not await made.wait(end, 0.01)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(made.wait(end, 5))
        await asyncio.sleep(0)
        made.append(change(3))
    assert waiting.result()


async def test_who_stops_waiting_is_forgotten() -> None:
    made = log()
    for _ in range(5):
        await made.wait(0, 0.001)
    assert made._woken == []


def test_nothing_is_kept_that_nobody_ever_asked_for() -> None:
    made = WatchLog(1)
    for each in (3, 5):
        made.append(change(each))
    assert made.oldest == 5
    made.kept = True
    made.append(change(9))
    assert revisions(made.since(made.position(5)).changes) == [9]
