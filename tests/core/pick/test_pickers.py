"""From scores to an order."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from portway.core.pick import Ask, Candidate, Target, pickers
from portway.core.pick.rendezvous import order, weight

NAMES = [f"10.0.0.{each}:80" for each in range(6)]


def scored(*scores: float, own: int = 0) -> list[pickers.Scored]:
    return [
        (Candidate(Target(name), own=own * number), score)
        for number, (name, score) in enumerate(zip(NAMES, scores, strict=False))
    ]


def names(order_: list[pickers.Scored]) -> list[str]:
    return [each.address for each, _ in order_]


def test_the_best_comes_first_and_all_come() -> None:
    found = pickers.max_score(Ask(), scored(0.1, 0.9, 0.5), 1)
    assert names(found) == [NAMES[1], NAMES[2], NAMES[0]]


def test_equals_with_a_prompt_go_to_its_owner_whoever_asks() -> None:
    for key in range(50):
        for chance in range(3):
            found = pickers.max_score(Ask(chain=(key,)), scored(1, 1, 1, 1, own=chance), chance)
            assert names(found) == order(key, NAMES[:4])


def test_equals_without_a_prompt_go_to_the_one_with_the_fewest_requests_then_to_any() -> None:
    assert names(pickers.max_score(Ask(), scored(1, 1, 1, own=1), 7))[0] == NAMES[0]
    first = Counter(names(pickers.max_score(Ask(), scored(1, 1, 1), n))[0] for n in range(3_000))
    assert all(800 < first[name] < 1_200 for name in NAMES[:3])


def test_chance_alone() -> None:
    first = Counter(names(pickers.random(Ask(), scored(0, 1, 0), n))[0] for n in range(3_000))
    assert all(800 < first[name] < 1_200 for name in NAMES[:3])


def test_chance_by_score() -> None:
    first = Counter(
        names(pickers.weighted_random(Ask(), scored(3, 1, 0), n))[0] for n in range(4_000)
    )
    assert 2_800 < first[NAMES[0]] < 3_200
    assert first[NAMES[2]] == 0
    assert len(pickers.weighted_random(Ask(), scored(0, 0), 1)) == 2


@given(
    st.lists(st.tuples(st.sampled_from((0.0, 0.25, 0.1 + 0.2, 0.3, 1.0)), st.integers(0, 2))),
    st.none() | st.integers(0, 9),
    st.integers(0, 9),
)
def test_the_order_is_as_if_lots_were_drawn_for_all(
    given_: list[tuple[float, int]], key: int | None, chance: int
) -> None:
    all_ = [
        (Candidate(Target(f"10.0.0.{at}:80"), own=own), score)
        for at, (score, own) in enumerate(given_)
    ]

    def place(each: pickers.Scored) -> tuple[float, int, int]:
        candidate, score = each
        lot = weight(chance if key is None else key, candidate.address)
        return -round(score, 9), candidate.own if key is None else 0, -lot

    ask = Ask() if key is None else Ask(chain=(key,))
    assert pickers.max_score(ask, all_, chance) == sorted(all_, key=place)
