"""Filters of equal content are different filters, and each comes back from its text."""

import msgspec
import pytest

from portway.core import model
from tests.core.model.values import EDIT, FILTERS


def test_request_and_response_edits_are_not_the_same() -> None:
    found: set[model.Filter] = {model.RequestHeaders(EDIT), model.ResponseHeaders(EDIT)}
    assert len(found) == 2


@pytest.mark.parametrize("value", FILTERS, ids=lambda value: type(value).__name__)
def test_a_filter_says_which_one_it_is(value: model.Filter) -> None:
    """A dump of the model must be readable back into the very same filter."""
    text = msgspec.json.encode(value)
    assert msgspec.json.decode(text, type=model.Filter) == value


def test_a_mirror_copies_everything_unless_told_otherwise() -> None:
    key = model.ClusterKey("Service", "shop", "cart", 80, "http")
    mirror = model.Mirror(key)
    assert mirror.numerator == mirror.denominator
