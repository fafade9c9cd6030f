"""Refusals of versions that were already acted on."""

from portway.core.stale import _MOST, Stale

KEY = ("routes", "web")
OTHER = ("routes", "other")


def test_what_is_refused_now_is_news_however_often() -> None:
    stale = Stale()
    for _ in range(3):
        assert stale.news({KEY: "1"}, {KEY: "1"}) == (KEY,)


def test_what_was_on_its_way_when_the_first_was_acted_on_is_none() -> None:
    stale = Stale()
    assert stale.news({KEY: "1"}, {KEY: "2"}) == (KEY,)
    # Since then there is a third, without those who are held.
    assert stale.news({KEY: "2"}, {KEY: "3"}) == ()
    assert stale.news({KEY: "1"}, {KEY: "3"}) == ()
    assert stale.news({KEY: "1"}, {KEY: None}) == ()
    assert stale.news({KEY: "3"}, {KEY: "3"}) == (KEY,)


def test_a_version_that_nobody_acted_on_is_news_though_another_edit_came() -> None:
    stale = Stale()
    assert stale.news({KEY: "1"}, {KEY: "1"}) == (KEY,)
    assert stale.news({KEY: "2"}, {KEY: "3"}) == (KEY,)


def test_what_is_written_again_as_it_was_refused_is_news() -> None:
    stale = Stale()
    assert stale.news({KEY: "1"}, {KEY: "1"}) == (KEY,)
    assert stale.news({KEY: "1"}, {KEY: "2"}) == ()
    assert stale.news({KEY: "1"}, {KEY: "1"}) == (KEY,)


def test_each_resource_is_by_itself() -> None:
    stale = Stale()
    assert stale.news({KEY: "1"}, {KEY: "2"}) == (KEY,)
    assert stale.news({KEY: "2", OTHER: "2"}, {KEY: "3", OTHER: "3"}) == (OTHER,)


def test_the_memory_has_a_bound_and_keeps_the_latest() -> None:
    stale = Stale()
    for number in range(2 * _MOST):
        stale.news({KEY: str(number)}, {KEY: str(number)})
    assert len(stale._known) == _MOST
    assert stale.news({KEY: str(2 * _MOST - 1)}, {KEY: "now"}) == ()
