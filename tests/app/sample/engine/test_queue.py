"""The queue, by hand and for any order of what can happen to it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portway.app.sample.engine.job import Event, Finished, Job, Started
from portway.app.sample.engine.profile import Profile
from portway.app.sample.engine.queue import Queue

_PLAIN = Profile(
    prefill_tokens_per_second=100,
    prefill_seconds=0,
    token_seconds=0.1,
    load_factor=0,
    slots=4,
    block_tokens=10,
    cache_blocks=100,
    adapters=1,
    longest=1000,
)


def _job(number: int, head: str = "", tokens: int = 100, out: int = 11, adapter: str = "") -> Job:
    """A prompt that shares its blocks with those of the same `head`."""
    chain = tuple((head or number, block) for block in range(tokens // 10))
    return Job(number, chain, tokens, out, adapter)


def test_prompts_are_prefilled_one_after_the_other() -> None:
    queue = Queue(_PLAIN)
    queue.submit(0, _job(1))
    queue.submit(0, _job(2))
    assert queue.advance(10) == [
        Started(1, 1.0, 2.0, 0),
        Started(2, 2.0, 3.0, 0),
        Finished(1, 2.0),
        Finished(2, 3.0),
    ]


def test_asking_late_changes_nothing() -> None:
    late, steady = Queue(_PLAIN), Queue(_PLAIN)
    for queue in (late, steady):
        queue.submit(0, _job(1))
        queue.submit(0.5, _job(2))
    seen = [event for tenth in range(60) for event in steady.advance(tenth / 10)]
    assert late.advance(6) == seen


def test_what_is_in_the_cache_is_not_prefilled_again() -> None:
    queue = Queue(_PLAIN)
    queue.submit(0, _job(1, "same"))
    queue.submit(5, _job(2, "same", tokens=150))
    assert _starts(queue.advance(9)) == {1: (1.0, 0), 2: (5.5, 100)}


def test_the_last_token_of_a_prompt_is_always_computed() -> None:
    queue = Queue(_PLAIN)
    queue.submit(0, _job(1, "same"))
    queue.submit(5, _job(2, "same"))
    time, cached = _starts(queue.advance(9))[2]
    assert (time, cached) == (5.0 + 1 / 100, 99)


def test_slots_bound_what_runs() -> None:
    queue = Queue(_PLAIN)
    for number in range(6):
        queue.submit(0, _job(number, tokens=1, out=101))
    queue.advance(1)
    assert (queue.running, queue.waiting) == (4, 2)


def test_the_head_waits_for_room_and_everybody_behind_it() -> None:
    queue = Queue(_PLAIN)
    queue.submit(0, _job(1, tokens=600, out=200))
    queue.submit(0, _job(2, tokens=300, out=10))
    queue.submit(0, _job(3, tokens=10, out=10))
    queue.advance(7)
    assert (queue.running, queue.waiting, queue.usage) == (1, 2, 0.8)
    order = [event.number for event in queue.advance(60) if isinstance(event, Started)]
    assert order == [2, 3]


def test_an_adapter_without_a_place_lets_others_by() -> None:
    queue = Queue(_PLAIN)
    queue.submit(0, _job(1, out=101, adapter="a"))
    queue.submit(0, _job(2, adapter="b"))
    queue.submit(0, _job(3, adapter="a"))
    queue.submit(0, _job(4))
    queue.advance(3.5)
    assert (queue.running_adapters, queue.waiting_adapters) == (["a"], ["b"])
    assert 2 in _starts(queue.advance(60))
    assert (queue.running_adapters, queue.waiting_adapters) == ([], [])


def test_what_never_fits_is_refused() -> None:
    queue = Queue(_PLAIN)
    with pytest.raises(ValueError, match="do not fit"):
        queue.submit(0, _job(1, tokens=990, out=11))


@pytest.mark.parametrize("when", [0.0, 0.5, 1.5])
def test_who_is_cancelled_makes_room(when: float) -> None:
    queue = Queue(replace(_PLAIN, slots=1))
    queue.submit(0, _job(1))
    queue.submit(0, _job(2))
    queue.cancel(when, 1)
    assert _starts(queue.advance(9))[2][0] == pytest.approx(when + 1)
    assert (queue.totals.cancelled, queue.totals.finished, queue.cache.used) == (1, 1, 0)


def test_who_waits_is_cancelled_without_a_trace() -> None:
    queue = Queue(_PLAIN)
    queue.submit(0, _job(1))
    queue.submit(0, _job(2))
    queue.cancel(0.5, 2)
    queue.cancel(0.5, 7)
    assert [event.number for event in queue.advance(9)] == [1, 1]
    assert queue.totals.cancelled == 1


def test_a_broken_prefill_leaves_nothing_in_the_cache() -> None:
    queue = Queue(_PLAIN)
    queue.submit(0, _job(1, "same"))
    queue.cancel(0.9, 1)
    queue.submit(1, _job(2, "same"))
    assert _starts(queue.advance(9))[2] == (2.0, 0)


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "submit", "cancel", "wait"]),
        st.floats(0, 3),
        st.integers(0, 5),
        st.integers(1, 300),
        st.integers(1, 50),
        st.sampled_from(["", "a", "b"]),
    ),
    max_size=25,
)


@given(_STEPS)
@settings(max_examples=150, deadline=None)
def test_nothing_is_lost_and_who_comes_first_is_served_first(
    steps: list[tuple[str, float, int, int, int, str]],
) -> None:
    queue, now, submitted = Queue(_PLAIN), 0.0, dict[int, Job]()
    events: list[Event] = []
    for kind, pause, which, tokens, out, adapter in steps:
        now += pause
        if kind == "submit":
            job = _job(len(submitted), f"head-{which}", tokens, out, adapter)
            submitted[job.number] = job
            queue.submit(now, job)
        elif kind == "cancel":
            queue.cancel(now, which)
        events += queue.advance(now)
        assert queue.running <= _PLAIN.slots
        assert queue.cache.kept <= _PLAIN.cache_blocks
        assert len(queue.running_adapters) <= _PLAIN.adapters
        done = queue.totals.finished + queue.totals.cancelled
        assert queue.running + queue.waiting + done == len(submitted)
    events += queue.advance(now + 10_000)
    assert queue.next_time() is None
    assert (queue.running, queue.waiting, queue.cache.used) == (0, 0, 0)
    assert queue.totals.finished + queue.totals.cancelled == len(submitted)
    assert [event.time for event in events] == sorted(event.time for event in events)
    for adapter in ("", "a", "b"):
        order = [
            event.number
            for event in events
            if isinstance(event, Started) and submitted[event.number].adapter == adapter
        ]
        assert order == sorted(order)


def _starts(events: list[Event]) -> dict[int, tuple[float, int]]:
    return {
        event.number: (event.time, event.cached_tokens)
        for event in events
        if isinstance(event, Started)
    }
