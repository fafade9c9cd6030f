"""What several proxies of one owner have acknowledged together."""

from portway.core.delta import LDS, Ack, Fleet

WEB = (LDS, "shop/web/80")


def ack(version: str, name: str = "shop/web/80") -> Ack:
    return Ack(LDS, {name: version})


def fleet(*streams: int, complete: bool = True, version: str = "1") -> Fleet:
    made = Fleet()
    for stream in streams:
        made.opened(stream, "shop/web")
    for stream in streams:
        made.acknowledged(stream, ack(version))
        if complete:
            made.complete(stream)
    return made


def test_one_proxy_is_followed_answer_by_answer() -> None:
    one = Fleet()
    one.opened(1, "shop/web")
    assert one.acknowledged(1, ack("1")) == {WEB: "1"}
    assert one.acknowledged(1, ack("1")) == {}
    assert one.acknowledged(1, ack("2")) == {WEB: "2"}
    assert one.acknowledged(1, Ack(LDS, {}, ("shop/web/80",))) == {WEB: None}
    assert one.proxies("shop/web") == 1


def test_a_change_counts_when_the_last_has_taken_it() -> None:
    two = fleet(1, 2)
    assert two.acknowledged(1, ack("2")) == {}
    assert two.acknowledged(2, ack("2")) == {WEB: "2"}


def test_while_they_differ_what_all_had_stands() -> None:
    two = fleet(1, 2)
    two.acknowledged(1, ack("2"))
    assert two.acknowledged(2, ack("3")) == {}
    assert two.acknowledged(1, ack("3")) == {WEB: "3"}


def test_something_new_counts_when_all_have_it() -> None:
    two = fleet(1, 2)
    other = (LDS, "shop/web/81")
    assert two.acknowledged(1, ack("1", other[1])) == {}
    assert two.acknowledged(2, ack("1", other[1])) == {other: "1"}
    assert two.acknowledged(1, Ack(LDS, {}, (other[1],))) == {other: None}
    assert two.acknowledged(2, Ack(LDS, {}, (other[1],))) == {}


def test_one_that_has_just_begun_takes_nothing_back() -> None:
    one = fleet(1)
    one.opened(2, "shop/web")
    assert one.acknowledged(2, ack("1")) == {}
    assert one.acknowledged(1, ack("2")) == {WEB: "2"}
    # It has everything, but not in the version that the other has: then the other is waited for.
    assert one.complete(2) == {}
    assert one.acknowledged(2, ack("2")) == {}
    assert one.acknowledged(2, ack("3")) == {}
    assert one.acknowledged(1, ack("3")) == {WEB: "3"}
    assert one.complete(2) == {}


def test_two_that_begin_together_and_differ_say_nothing() -> None:
    two = Fleet()
    two.opened(1, "shop/web")
    two.opened(2, "shop/web")
    two.acknowledged(1, ack("1"))
    assert two.acknowledged(2, ack("2")) == {}
    assert two.acknowledged(1, ack("2")) == {WEB: "2"}


def test_the_last_one_to_leave_takes_it_all_along() -> None:
    two = fleet(1, 2)
    assert two.closed(1) == {}
    assert two.closed(2) == {WEB: None}
    assert two.closed(2) == {}
    assert two.proxies("shop/web") == 0


def test_one_that_lagged_behind_and_left_is_not_waited_for() -> None:
    two = fleet(1, 2)
    two.acknowledged(1, ack("2"))
    assert two.closed(2) == {WEB: "2"}


def test_when_the_complete_one_leaves_the_others_progress_counts() -> None:
    one = fleet(1)
    one.opened(2, "shop/web")
    assert one.closed(1) == {WEB: None}
    assert one.acknowledged(2, ack("1")) == {WEB: "1"}


def test_owners_have_nothing_to_do_with_each_other() -> None:
    both = fleet(1)
    both.opened(2, "shop/other")
    assert both.acknowledged(1, ack("2")) == {WEB: "2"}
    assert both.closed(2) == {}


def test_streams_that_are_not_known_say_nothing() -> None:
    nobody = Fleet()
    assert nobody.acknowledged(1, ack("1")) == {}
    assert nobody.complete(1) == {}


def test_books_that_somebody_else_keeps_count_as_one_proxy() -> None:
    both = fleet(1)
    both.opened("elsewhere", "shop/web")
    assert both.holds("elsewhere", {WEB: "1"}, complete=True) == {}
    assert both.acknowledged(1, ack("2")) == {}
    assert both.holds("elsewhere", {WEB: "2"}, complete=True) == {WEB: "2"}
    assert both.together("shop/web") == ({WEB: "2"}, True)
    assert both.holds("elsewhere", {}, complete=True) == {WEB: None}
    assert both.holds("elsewhere", {}, complete=False) == {WEB: "2"}
    assert both.closed(1) == {WEB: None}
    assert list(both.owners()) == ["shop/web"]
    assert both.together("shop/web") == ({}, False)
    both.closed("elsewhere")
    assert list(both.owners()) == []
    assert both.together("shop/web") == ({}, False)
    assert both.holds("elsewhere", {}, complete=True) == {}
    assert both.owner("elsewhere") is None
