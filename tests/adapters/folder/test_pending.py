"""When to look: at once where nothing is gained by waiting."""

from portway.adapters.folder.pending import Due, Pending

NEVER = float("inf")
NOTHING = Due(frozenset(), False)


def files(*paths: str) -> Due:
    return Due(frozenset(paths), False)


def test_nothing_is_never_due() -> None:
    pending = Pending(1.0)
    assert pending.due == NEVER
    assert pending.take(1e9) == NOTHING


def test_a_complete_file_is_due_at_once_and_only_once() -> None:
    pending = Pending(1.0)
    pending.at_once("a")
    assert pending.due < 0
    assert pending.take(0.0) == files("a")
    assert pending.take(0.0) == NOTHING


def test_an_open_file_waits_until_it_is_closed() -> None:
    pending = Pending(1.0)
    pending.written("a", 100.0)
    assert pending.take(100.0) == NOTHING
    pending.at_once("a")
    assert pending.take(100.1) == files("a")
    assert pending.due == NEVER


def test_a_file_that_is_held_open_is_looked_at_once_it_is_quiet() -> None:
    pending = Pending(1.0)
    pending.written("a", 100.0)
    pending.written("a", 109.0)
    assert pending.due == 119.0
    assert pending.take(118.9) == NOTHING
    assert pending.take(119.0) == files("a")


def test_a_file_that_is_written_again_before_it_was_looked_at_waits_again() -> None:
    pending = Pending(1.0)
    pending.at_once("a")
    pending.written("a", 100.0)
    assert pending.take(100.0) == NOTHING
    assert pending.take(110.0) == files("a")


def test_an_unsure_file_waits_for_quiet_but_not_for_ever() -> None:
    pending = Pending(1.0)
    for moment in (100.0, 100.9, 101.8, 102.7, 103.6):
        assert pending.take(moment) == NOTHING
        pending.unsure("a", moment)
    assert pending.due == 104.0
    assert pending.take(104.0) == files("a")


def test_an_old_wait_that_was_cut_short_does_not_shorten_the_next() -> None:
    pending = Pending(1.0)
    pending.unsure("a", 100.0)
    pending.at_once("a")
    assert pending.take(100.1) == files("a")
    pending.unsure("b", 200.0)
    assert pending.due == 201.0


def test_who_waits_is_known() -> None:
    pending = Pending(1.0)
    pending.at_once("a")
    pending.written("b", 0.0)
    pending.unsure("c", 0.0)
    assert [pending.waits(path) for path in "abcd"] == [True, True, True, False]


def test_the_tree_waits_for_quiet_and_an_overflow_does_not() -> None:
    pending = Pending(1.0)
    pending.tree(100.0)
    pending.tree(100.5)
    assert pending.due == 101.5
    assert pending.take(101.0) == NOTHING
    assert pending.take(101.5) == Due(frozenset(), True)
    pending.everything()
    assert pending.take(0.0) == Due(frozenset(), True)
    assert pending.due == NEVER
