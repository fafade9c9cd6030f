"""Everything but: held against what the expression is for, text by text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core.filters.other_than import other_than

WORDS = st.lists(st.text("ab-.", min_size=1, max_size=5), max_size=6)


@given(WORDS, WORDS, st.text("ab-.c", min_size=1, max_size=6))
def test_it_matches_what_is_not_left_out(out: list[str], begins: list[str], text: str) -> None:
    left_out = text in out or text.startswith(tuple(begins))
    assert (re.fullmatch(other_than(out, begins), text) is None) == left_out


@pytest.mark.parametrize("text", ["host", "content-length", "content-", "x-envoy-a", ":status"])
def test_what_is_left_out(text: str) -> None:
    assert not re.fullmatch(other_than(["host"], ["content-", "x-envoy-", ":"]), text)
