"""The cache against a naive model: a list in the order of use, searched every time."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from portway.app.sample.engine.cache import BlockCache

_CAPACITY = 6
_Chain = tuple[tuple[int, ...], ...]


class _Naive:
    """Remembered blocks in a list, oldest first; holders as a plain list of chains."""

    def __init__(self) -> None:
        self.held: list[tuple[_Chain, int]] = []
        self.remembered: list[tuple[int, ...]] = []

    @property
    def in_use(self) -> set[tuple[int, ...]]:
        return {block for chain, _ in self.held for block in chain}

    @property
    def used(self) -> int:
        return len(self.in_use) + sum(private for _, private in self.held)

    def cached(self, chain: _Chain) -> int:
        here = [block in self.in_use or block in self.remembered for block in chain]
        return here.index(False) if False in here else len(here)

    def hold(self, chain: _Chain, private: int) -> int | None:
        if self.used + len(set(chain) - self.in_use) + private > _CAPACITY:
            return None
        found = self.cached(chain)
        self.held.append((chain, private))
        self.remembered = [block for block in self.remembered if block not in chain]
        excess = self.used + len(self.remembered) - _CAPACITY
        self.remembered = self.remembered[max(0, excess) :]
        return found

    def release(self, chain: _Chain, private: int, computed: int) -> None:
        self.held.remove((chain, private))
        for block in reversed(chain):
            if block not in self.in_use and chain.index(block) < computed:
                self.remembered.append(block)


class CacheMachine(RuleBasedStateMachine):
    """Prompts come and go."""

    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.real = BlockCache(_CAPACITY)
        self.naive = _Naive()

    @rule(
        target=held,
        words=st.lists(st.integers(0, 2), max_size=5),
        private=st.integers(0, 2),
    )
    def hold(self, words: list[int], private: int) -> tuple[_Chain, int] | None:
        chain = tuple(tuple(words[: end + 1]) for end in range(len(words)))
        assert self.real.cached(chain) == self.naive.cached(chain)
        found = self.naive.hold(chain, private)
        assert self.real.hold(chain, private) == found
        return None if found is None else (chain, private)

    @rule(taken=consumes(held), computed=st.integers(0, 5))
    def release(self, taken: tuple[_Chain, int] | None, computed: int) -> None:
        if taken is not None:
            self.naive.release(*taken, computed)
            self.real.release(*taken, computed=computed)

    @invariant()
    def it_is_bounded_and_as_the_model_says(self) -> None:
        assert self.real.used == self.naive.used
        assert self.real.kept == self.naive.used + len(self.naive.remembered) <= _CAPACITY


CacheMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestCacheMachine = CacheMachine.TestCase


def test_the_end_of_a_prompt_is_forgotten_before_its_beginning() -> None:
    cache = BlockCache(3)
    cache.hold("abc")
    cache.release("abc")
    cache.hold("x")
    assert cache.cached("abc") == 2


def test_what_somebody_holds_is_never_forgotten() -> None:
    cache = BlockCache(3)
    cache.hold("ab")
    assert cache.hold("xy") is None
    assert cache.cached("ab") == 2
    assert cache.hold("x") == 0


def test_what_was_not_computed_is_not_remembered() -> None:
    cache = BlockCache(4)
    cache.hold("a")
    cache.release("a")
    found = cache.hold("abc")
    cache.release("abc", computed=found)
    assert (found, cache.cached("abc"), cache.kept) == (1, 1, 1)
