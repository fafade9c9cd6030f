"""How good an endpoint is."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from portway.core.pick import Ask, Candidate, Signals, Target, scorers
from portway.core.pick.catalog import SCORERS

ASK = Ask(chain=tuple(range(40)), size=40 * 256, model="lora", session="b")
"""2,560 tokens."""


def at(name: str = "a", cached: int = 0, work: float = 0.0, own: int = 0, **said: Any) -> Candidate:
    return Candidate(Target(name), cached, (40 - cached) * 64.0, work, own, Signals(**said))


def best(*all_: Candidate) -> set[str]:
    scores = scorers.LeastWork()(ASK, all_)
    return {each.address for each, score in zip(all_, scores, strict=True) if score == 1}


def test_it_stays_where_the_prompt_is_cached() -> None:
    assert best(at("a", 40), at("b")) == {"a"}
    assert best(at("a", 30), at("b", 40), at("c")) == {"b"}


def test_until_what_waits_there_costs_more_than_computing_elsewhere() -> None:
    assert best(at("a", 40, 2_400), at("b")) == {"a"}
    assert best(at("a", 40, 3_800), at("b")) == {"a"}  # not by much
    assert best(at("a", 40, 3_900), at("b")) == {"b"}
    # Sixty requests under way are worth so many tokens.
    assert best(at("a", 40, own=59), at("b")) == {"a"}
    assert best(at("a", 40, own=61), at("b")) == {"b"}


def test_of_cold_endpoints_those_with_not_much_more_to_do_are_equals() -> None:
    assert best(at("a", 0, 1_000), at("b"), at("c", 0, 1_400)) == {"a", "b"}


def test_a_warm_one_is_never_equal_to_a_cold_one() -> None:
    assert best(at("a", 2), at("b")) == {"a"}


def test_what_an_engine_says_counts() -> None:
    assert best(at("a", 40, waiting=20), at("b", waiting=0)) == {"b"}


def test_an_adapter_that_is_loaded_is_worth_going_to() -> None:
    loaded: dict[str, Any] = {"adapters": frozenset({"lora"}), "most_adapters": 1}
    other: dict[str, Any] = {"adapters": frozenset({"x"}), "most_adapters": 1}
    assert best(at("a", **loaded), at("b", 20, **other)) == {"a"}
    assert best(at("a", 0, 9_000, **loaded), at("b", 0, **other)) == {"b"}


def test_the_others() -> None:
    two = [at("a", 10, 5, 1, waiting=3, running=9, usage=0.25), at("b", 0, 0, 3, waiting=1)]
    found = {name: list(make({})(ASK, two)) for name, make in SCORERS.items()}
    assert found["queue-scorer"] == [0, 1]
    assert found["running-requests-size-scorer"] == [0, 1]
    assert found["kv-cache-utilization-scorer"] == [0.75, 1]
    assert found["prefix-cache-scorer"] == [0.25, 0]
    assert found["active-request-scorer"] == [1, 0]
    assert found["token-load-scorer"] == [1, 0]
    assert found["session-affinity-scorer"] == [0, 1]
    assert found["lora-affinity-scorer"] == [0, 0]


def test_lora_affinity_has_steps() -> None:
    all_ = [
        at(adapters=frozenset({"lora"})),
        at(most_adapters=2),
        at(queued_adapters=frozenset({"lora"}), most_adapters=1),
        at(),
    ]
    assert list(scorers.lora_affinity(ASK, all_)) == [1.0, 0.8, 0.6, 0.0]


CANDIDATES = st.lists(
    st.builds(
        at,
        st.text("ab", max_size=3),
        st.integers(0, 40),
        st.floats(0, 1e9),
        st.integers(0, 10**6),
        waiting=st.none() | st.integers(0, 10**9),
        running=st.none() | st.integers(0, 10**9),
        usage=st.none() | st.floats(0, 1),
    ),
    min_size=1,
    max_size=6,
)


@given(CANDIDATES, st.sampled_from(sorted(SCORERS)))
def test_every_score_is_from_0_to_1(all_: list[Candidate], name: str) -> None:
    scores = SCORERS[name]({})(ASK, all_)
    assert len(scores) == len(all_)
    assert all(0 <= each <= 1 for each in scores)


@given(CANDIDATES)
def test_the_best_is_never_worse_than_the_least_work_by_more_than_half_the_prompt(
    all_: list[Candidate],
) -> None:
    rule = scorers.LeastWork()
    costs = [rule.cost(each) for each in all_]
    best = [cost for cost, score in zip(costs, rule(ASK, all_), strict=True) if score == 1]
    assert best
    assert max(best) <= min(costs) + max(64, ASK.tokens / 2)
