"""What a request is about."""

from portway.core.pick import Ask


def test_prompts_with_the_same_beginning_have_the_same_key() -> None:
    assert Ask(chain=(1, 2, 3, 4, 5)).key == Ask(chain=(1, 2, 3, 4, 9)).key == 4
    assert Ask(chain=(1, 2)).key == 2
    assert Ask().key is None


def test_tokens_are_about_a_quarter_of_the_bytes() -> None:
    assert Ask(size=1_000).tokens == 250
