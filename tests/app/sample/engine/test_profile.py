"""A profile's arithmetic, by hand."""

import pytest

from portway.app.sample.engine.profile import Profile


def test_a_prefill_takes_its_tokens_and_its_own_time() -> None:
    assert Profile(prefill_tokens_per_second=1000, prefill_seconds=0.5).prefill(2000) == 2.5


def test_decoding_is_slower_on_a_full_engine() -> None:
    profile = Profile(token_seconds=0.01, load_factor=1.0, slots=10)
    assert profile.decode(101, 0) == pytest.approx(1.0)
    assert profile.decode(101, 5) == pytest.approx(1.5)
    assert profile.decode(101, 50) == pytest.approx(2.0)
    assert profile.decode(1, 5) == 0.0


def test_the_last_block_counts_whole() -> None:
    assert [Profile(block_tokens=16).blocks(tokens) for tokens in (0, 1, 16, 17)] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    "wrong", [{"slots": 0}, {"cache_blocks": 0}, {"prefill_tokens_per_second": 0}]
)
def test_an_engine_without_room_or_speed_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="above zero"):
        Profile(**wrong)


def test_negative_times_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Profile(prefill_seconds=-1)
