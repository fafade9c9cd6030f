"""When the collector of garbage looks at what."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from portway.app import garbage


class Cycle:
    """Refers to itself, so only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


def lost() -> "weakref.ref[Cycle]":
    return weakref.ref(Cycle())


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    gc.collect()
    yield
    gc.set_threshold(*thresholds)
    gc.enable()
    gc.unfreeze()
    gc.collect()


def middle(times: int) -> None:
    """So many collections of the middle generation."""
    for _ in range(times):
        gc.collect(1)


def test_the_oldest_generation_is_never_collected_by_itself() -> None:
    garbage.begin()
    garbage.set_aside()
    gone = lost()
    middle(2)  # survives nothing: a young cycle is found at once
    assert gone() is None
    old = Cycle()
    gone = weakref.ref(old)
    middle(2)
    del old
    made: list[list[int]] = [[] for _ in range(500_000)]
    assert gone() is not None
    assert gc.get_count()[2] >= 2
    del made


def test_nothing_is_collected_before_what_was_read_is_set_aside() -> None:
    garbage.begin()
    gone = lost()
    made: list[list[int]] = [[] for _ in range(50_000)]
    assert gone() is not None
    garbage.set_aside()
    assert gone() is None
    assert gc.isenabled()
    del made


def test_a_pause_frees_cycles_when_it_is_worth_it() -> None:
    old = Cycle()
    gone = weakref.ref(old)
    middle(4)
    del old
    assert not garbage.pause(idle=True)
    assert gone() is not None
    middle(1)
    assert not garbage.pause(idle=False)
    assert garbage.pause(idle=True)
    assert gone() is None


def test_a_pause_that_never_comes_is_made() -> None:
    middle(49)
    assert not garbage.pause(idle=False)
    middle(1)
    assert garbage.pause(idle=False)


def test_what_is_set_aside_is_not_looked_at_again() -> None:
    kept = Cycle()
    garbage.set_aside()
    assert gc.get_freeze_count() > 0
    assert not any(each is kept for each in gc.get_objects())
