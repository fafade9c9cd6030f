"""Chains of hashes."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core.pick.blocks import MOST_BLOCKS, chain


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_chains_agree_as_far_as_the_texts_do(one: bytes, two: bytes) -> None:
    same = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), None)
    same = min(len(one), len(two)) if same is None else same
    first, second = chain(one, "m", size=16), chain(two, "m", size=16)
    assert len(first) == len(one) // 16
    assert first[: same // 16] == second[: same // 16]
    assert not set(first[same // 16 :]) & set(second[same // 16 :])


def test_another_model_or_salt_shares_nothing() -> None:
    text = b"x" * 64
    chains = [chain(text, "a", size=16), chain(text, "b", size=16), chain(text, "a", "s", size=16)]
    assert len({each for one in chains for each in one}) == 12


def test_it_is_bounded() -> None:
    assert len(chain(b"x" * 16 * (MOST_BLOCKS + 5), "m", size=16)) == MOST_BLOCKS
