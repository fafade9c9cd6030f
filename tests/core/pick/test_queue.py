"""Who waits, and whose turn it is."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from portway.core.pick import Ask
from portway.core.pick.queue import Bounds, Queue, Waiting


def one(priority: int = 0, tenant: str = "", size: int = 0) -> Waiting:
    return Waiting(Ask(priority=priority, tenant=tenant), size)


def test_a_higher_priority_comes_first() -> None:
    queue = Queue()
    low, high, negative = one(0), one(5), one(-1)
    for each in (low, negative, high):
        assert queue.put(each) is None
    assert queue.lengths() == {0: 1, -1: 1, 5: 1}
    assert (queue.ahead(5), queue.ahead(6)) == (True, False)
    assert [queue.take() for _ in range(4)] == [high, low, negative, None]


def test_tenants_take_turns_and_each_has_its_own_line() -> None:
    queue = Queue()
    greedy = [one(tenant="greedy") for _ in range(5)]
    modest = [one(tenant="modest") for _ in range(2)]
    for each in (*greedy, *modest):
        queue.put(each)
    taken = [queue.take() for _ in range(7)]
    assert taken == [greedy[0], modest[0], greedy[1], modest[1], *greedy[2:]]


def test_without_fairness_it_is_first_come_first_served() -> None:
    queue = Queue(Bounds(fair=False))
    all_ = [one(tenant=each) for each in "aab"]
    for each in all_:
        queue.put(each)
    assert [queue.take() for _ in range(3)] == all_


def test_bounds_of_a_priority_of_those_below_zero_and_of_all() -> None:
    queue = Queue(
        Bounds(most_requests=2),
        bands={9: Bounds(most_bytes=10)},
        below_zero=Bounds(most_requests=1),
        most_requests=4,
    )
    assert [queue.put(one()) is None for _ in range(3)] == [True, True, False]
    assert [queue.put(one(-1)) is None for _ in range(2)] == [True, False]
    refused = queue.put(one(9, size=11))
    assert refused is not None
    assert (refused.status, refused.reason) == (429, "rejected-capacity")
    assert queue.put(one(9, size=10)) is None
    assert queue.put(one(1)) is not None
    assert (len(queue), queue.size) == (4, 10)


def test_one_that_gives_up_is_gone_and_may_be_named_twice() -> None:
    queue = Queue()
    first, second = one(size=3), one()
    queue.put(first)
    queue.put(second)
    queue.remove(first)
    queue.remove(first)
    assert (len(queue), queue.size, queue.take()) == (1, 0, second)
    queue.remove(second)
    assert len(queue) == 0


@given(
    st.lists(
        st.tuples(st.sampled_from("ptr"), st.integers(-1, 1), st.sampled_from("abc")), max_size=60
    )
)
def test_nobody_is_lost_and_nobody_comes_twice(steps: list[tuple[str, int, str]]) -> None:
    queue = Queue(Bounds(most_requests=4))
    waiting: list[Waiting] = []
    for what, priority, tenant in steps:
        if what == "p":
            each = one(priority, tenant)
            if queue.put(each) is None:
                waiting.append(each)
        elif what == "t":
            taken = queue.take()
            assert (taken is None) == (not waiting)
            if taken is not None:
                assert taken.ask.priority == max(each.ask.priority for each in waiting)
                waiting.remove(taken)
        elif waiting:
            queue.remove(waiting.pop(0))
        assert queue.lengths() == Counter(each.ask.priority for each in waiting)
