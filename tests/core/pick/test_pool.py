"""A pool over time: what one pick changes for the next."""

import random
from collections import Counter, OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from portway.core.pick import Ask, Decision, Pool, Refusal, Signals, Target, Ticket
from portway.core.pick.pool import STALE_SECONDS, everybody

NAMES = [f"10.0.0.{each}:80" for each in range(8)]


def pool(count: int = 4) -> Pool:
    made = Pool()
    made.update(Target(each) for each in NAMES[:count])
    return made


def prompt(group: int, blocks: int = 16) -> Ask:
    return Ask(chain=tuple(hash((group, n)) for n in range(blocks)), size=blocks * 256)


def picked(of: Pool, ask: Ask, now: float = 0.0) -> tuple[str, Ticket]:
    found = of.pick(ask, now)
    assert not isinstance(found, Refusal)
    return found[0].first, found[1]


def refused(of: Pool, ask: Ask) -> Refusal:
    found = of.pick(ask, 0.0)
    assert isinstance(found, Refusal)
    return found


def test_equal_beginnings_stay_together_from_the_very_first() -> None:
    made = pool()
    for group in range(30):
        found = set()
        for turn in range(4):
            address, ticket = picked(made, prompt(group, 16 + turn), group * 60.0)
            made.end(ticket, group * 60.0 + 1)
            found.add(address)
        assert len(found) == 1


def test_pickers_that_do_not_know_of_each_other_agree() -> None:
    one, two = pool(), pool()
    for _ in range(7):
        one.pick(Ask(), 0.0)
    for group in range(50):
        assert (
            picked(one, prompt(group), group * 9.0)[0] == picked(two, prompt(group), group * 9.0)[0]
        )


def test_a_crowd_spreads() -> None:
    made = pool()
    count = Counter(picked(made, prompt(1))[0] for _ in range(200))
    assert set(count) == set(NAMES[:4])
    assert max(count.values()) < 110


def test_requests_without_a_prompt_are_spread_evenly() -> None:
    made = pool()
    count = Counter(picked(made, Ask())[0] for _ in range(400))
    assert all(each == 100 for each in count.values())


def test_an_empty_pool_and_an_empty_offer_are_503() -> None:
    assert refused(pool(0), Ask()).words == "the pool has no ready endpoint"
    strangers = Ask(subset=frozenset({"10.9.9.9:80"}))
    found = refused(pool(), strangers)
    assert (found.status, found.reason) == (503, "rejected-no-endpoint")
    assert refused(pool(), Ask(subset=frozenset())).status == 503


def test_only_what_is_offered_is_picked() -> None:
    made = pool()
    subset = frozenset({NAMES[2], "10.9.9.9:80"})
    assert {picked(made, Ask(subset=subset))[0] for _ in range(20)} == {NAMES[2]}


def test_an_endpoint_that_went_and_came_back_has_nothing_cached() -> None:
    made = pool(1)
    picked(made, prompt(1))
    assert made.candidates(prompt(1), 0.0)[0].cached == 16
    made.update([])
    made.update([Target(NAMES[0])])
    seen = made.candidates(prompt(1), 0.0)[0]
    assert (seen.cached, seen.own) == (0, 0)


def test_who_served_in_the_end_is_who_has_it() -> None:
    made = pool(2)
    first, ticket = picked(made, prompt(1))
    other = next(each for each in NAMES[:2] if each != first)
    made.served(ticket, other, 0.0)
    made.served(ticket, "10.9.9.9:80", 0.0)
    seen = {each.address: each for each in made.candidates(prompt(1), 0.0)}
    assert (seen[first].own, seen[other].own, seen[other].cached) == (0, 1, 16)
    made.end(ticket, 0.0)
    made.end(ticket, 0.0)
    made.served(ticket, first, 0.0)
    assert [each.own for each in everybody(made, 0.0)] == [0, 0]


def test_what_an_engine_says_counts_until_it_is_stale() -> None:
    made = pool(2)
    made.heard(NAMES[0], Signals(waiting=50, running=100), 10.0)
    made.heard("10.9.9.9:80", Signals(waiting=50), 10.0)
    assert {picked(made, Ask(), 11.0)[0] for _ in range(5)} == {NAMES[1]}
    late = 10.0 + STALE_SECONDS + 1
    assert {picked(made, Ask(), late)[0] for _ in range(20)} == set(NAMES[:2])


def test_the_index_is_as_large_as_the_engine_says_its_cache_is() -> None:
    made = pool(1)
    made.heard(NAMES[0], Signals(block=16, blocks=40), 0.0)
    for group in range(9):
        picked(made, prompt(group, 16))
    # 640 tokens are 2,560 bytes or 10 blocks.
    assert made.index.size(NAMES[0]) == 10


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.floats(0, 9)), max_size=60))
def test_what_was_begun_and_ended_adds_up(steps: list[tuple[int, int, float]]) -> None:
    made, open_ = pool(3), list[Ticket]()
    now = 0.0
    for what, number, later in steps:
        now += later
        if what == 0:
            found = made.pick(prompt(number), now)
            if not isinstance(found, Refusal):
                open_.append(found[1])
        elif what == 1 and open_:
            made.end(open_.pop(number % len(open_)), now)
        elif what == 2 and open_:
            made.served(open_[number % len(open_)], NAMES[number % 3], now)
        elif what == 3:
            made.heard(NAMES[number % 3], Signals(waiting=number, running=number), now)
        counted = Counter(each.address for each in open_)
        assert {each.address: each.own for each in everybody(made, now) if each.own} == counted


def test_it_keeps_caches_warm_where_others_do_not() -> None:
    """Sixty groups of long prompts over eight engines that can cache ten groups each."""
    shares = {}
    for name in ("picker", "random"):
        made, chance = pool(8), random.Random(3)
        caches: dict[str, OrderedDict[int, None]] = {each: OrderedDict() for each in NAMES}
        for each in NAMES:
            made.heard(each, Signals(block=16, blocks=10 * 64 * 64 // 16), 0.0)
        hits = 0
        for turn in range(2_000):
            group = chance.randrange(60)
            if name == "picker":
                address, ticket = picked(made, prompt(group, 64), turn * 0.05)
                made.end(ticket, turn * 0.05 + 0.04)
            else:
                address = chance.choice(NAMES)
            cache = caches[address]
            hits += group in cache
            cache[group] = None
            cache.move_to_end(group)
            while len(cache) > 10:
                cache.popitem(last=False)
        shares[name] = hits / 2_000
    assert shares["random"] < 0.25
    assert shares["picker"] > 0.9


def test_a_decision_names_where_to_go_on() -> None:
    found = pool().pick(prompt(1), 0.0)
    assert not isinstance(found, Refusal)
    decision: Decision = found[0]
    assert len(set(decision.order)) == 3
    assert decision.first == decision.order[0] == found[1].address


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=30))
def test_what_is_foreseen_is_what_comes_and_looking_changes_nothing(
    steps: list[tuple[int, bool]],
) -> None:
    """A pool that is asked about each request first goes on like one that never is."""
    watched, other = pool(), pool()
    for turn, (group, ends) in enumerate(steps):
        ask, now = prompt(group), turn * 0.1
        foreseen = [watched.foreseen(each, now) for each in (ask, prompt(9), Ask(), ask)]
        one, two = watched.pick(ask, now), other.pick(ask, now)
        assert not isinstance(one, Refusal)
        assert not isinstance(two, Refusal)
        assert foreseen[0] == foreseen[3] == one[0] == two[0]
        if ends:
            watched.end(one[1], now)
            other.end(two[1], now)
    assert everybody(watched, 9.0) == everybody(other, 9.0)
