"""The words are those that the picker's side of the protocol uses."""

from portway.adapters.extproc import names
from portway.core.filters import pick


def test_both_sides_say_the_same() -> None:
    assert (pick.ASKED, pick.TOLD, pick.PICK) == (names.EXPLAIN, names.EXPLAINED, names.PICK)
