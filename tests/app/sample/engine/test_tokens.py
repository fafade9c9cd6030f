"""Names of blocks: equal names mean equal beginnings, and nothing else does."""

from hypothesis import given
from hypothesis import strategies as st

from portway.app.sample.engine import tokens

_TEXTS = st.binary(max_size=60)


@given(_TEXTS, _TEXTS, _TEXTS)
def test_names_are_equal_exactly_as_far_as_the_texts(
    head: bytes, left: bytes, right: bytes
) -> None:
    one, other = head + left, head + right
    names = zip(tokens.chain(one, 1), tokens.chain(other, 1), strict=False)
    for number, (mine, theirs) in enumerate(names, start=1):
        assert (mine == theirs) == (one[: number * 4] == other[: number * 4])


@given(_TEXTS, st.integers(1, 4))
def test_only_full_blocks_have_names(text: bytes, size: int) -> None:
    assert len(tokens.chain(text, size)) == len(text) // (4 * size)


def test_another_beginning_shares_nothing() -> None:
    text = b"the same text for both adapters."
    assert not set(tokens.chain(text, 1)) & set(tokens.chain(text, 1, "adapter"))


def test_a_text_has_as_many_tokens_as_it_was_written_with() -> None:
    assert [tokens.count(tokens.write(number).encode()) for number in (0, 1, 7)] == [0, 1, 7]
    assert tokens.count(b"tok t") == 2
