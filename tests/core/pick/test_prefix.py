"""The index against a model that keeps everything it should in a list."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core.pick.prefix import LARGEST_CAPACITY, PrefixIndex

# Chains as they come from prompts: each hash stands for all before it.
CHAINS = st.lists(st.integers(0, 2), max_size=6).map(
    lambda steps: [hash((*steps[: n + 1], n)) for n in range(len(steps))]
)


class Naive:
    """One endpoint: hashes, the oldest first."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.kept: list[int] = []

    def add(self, chain: list[int]) -> None:
        for each in reversed(chain[: self.capacity]):
            if each in self.kept:
                self.kept.remove(each)
            self.kept.append(each)
        self.kept = self.kept[-self.capacity :]

    def match(self, chain: list[int]) -> int:
        for number, each in enumerate(chain):
            if each not in self.kept:
                return number
        return len(chain)


@given(st.integers(1, 8), st.lists(st.tuples(st.booleans(), CHAINS), max_size=30))
def test_it_agrees_with_a_naive_model_and_stays_within_its_bounds(
    capacity: int, steps: list[tuple[bool, list[int]]]
) -> None:
    index, naive = PrefixIndex(), Naive(capacity)
    index.resize("a", capacity)
    for adds, chain in steps:
        if adds:
            index.add("a", chain)
            naive.add(chain)
        assert index.match("a", chain) == naive.match(chain)
        assert index.size("a") == len(naive.kept) <= capacity


def test_endpoints_have_their_own_and_lose_it_when_they_go() -> None:
    index = PrefixIndex()
    index.add("a", [1, 2, 3])
    index.add("b", [1])
    assert (index.match("a", [1, 2, 9]), index.match("b", [1, 2]), index.match("c", [1])) == (
        2,
        1,
        0,
    )
    assert len(index) == 4
    index.forget("a")
    assert (index.match("a", [1]), len(index)) == (0, 1)


def test_a_smaller_cache_forgets_the_oldest_and_a_lie_about_its_size_is_bounded() -> None:
    index = PrefixIndex()
    index.add("a", [1, 2, 3])
    index.add("a", [7, 8])
    index.resize("a", 3)
    assert (index.match("a", [7, 8]), index.match("a", [1, 2])) == (2, 1)
    index.resize("a", 0)
    assert index.size("a") == 1
    index.resize("a", 10**12)
    index.add("a", list(range(LARGEST_CAPACITY + 10)))
    assert index.size("a") == LARGEST_CAPACITY
