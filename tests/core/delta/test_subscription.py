"""The books of one type: what a version is worth in each state."""

from portway.core.delta import EDS, Resource
from portway.core.delta.subscription import Subscription


def books(*names: str) -> Subscription:
    subscription = Subscription(EDS)
    subscription.names = set(names)
    return subscription


def resource(version: str) -> Resource:
    return Resource(EDS, "a", version, b"")


def test_never_told() -> None:
    a = books("a")
    assert not a.up_to_date("a", "1")
    assert not a.up_to_date("a", None)
    assert a.up_to_date("not wanted", None)
    assert not a.settled("a", "1")
    assert not a.warm("a")


def test_in_flight_is_not_settled() -> None:
    a = books("a")
    a.send("1", {"a": resource("1")})
    assert not a.settled("a", "1")
    a.answer("1", refused=False)
    assert a.settled("a", "1")
    a.send("2", {"a": None})
    assert not a.settled("a", "1")
    assert not a.holds_exactly("a", "1")


def test_refused_is_settled_and_up_to_date_but_not_held() -> None:
    a = books("a")
    a.send("1", {"a": resource("1")})
    a.answer("1", refused=True)
    assert a.settled("a", "1")
    assert a.up_to_date("a", "1")
    assert not a.up_to_date("a", "2")
    assert not a.holds_exactly("a", "1")
    assert a.warm("a")
    assert a.acked == {}


def test_sent_again_is_cold_until_answered() -> None:
    a = books("a")
    a.acked["a"] = "1"
    assert a.warm("a")
    a.again.add("a")
    assert not a.warm("a")
    assert not a.up_to_date("a", "1")
    a.send("1", {"a": resource("1")})
    assert not a.warm("a")
    a.answer("1", refused=False)
    assert a.warm("a")
    assert a.up_to_date("a", "1")


def test_told_to_be_absent() -> None:
    a = books("a")
    a.send("1", {"a": None})
    a.answer("1", refused=False)
    assert a.acked == {"a": None}
    assert a.up_to_date("a", None)
    assert not a.warm("a")


def test_dropped_is_forgotten() -> None:
    a = books("a")
    a.acked["a"] = "1"
    a.nacked["a"] = "2"
    a.again.add("a")
    a.pending.add("a")
    a.drop("a")
    assert (a.acked, a.nacked, a.again, a.pending) == ({}, {}, set(), set())


def test_an_answer_for_what_was_left_meanwhile_books_nothing() -> None:
    a = books("a")
    a.send("1", {"a": resource("1")})
    a.names.clear()
    assert list(a.answer("1", refused=False)) == ["a"]
    assert a.acked == {}


def test_what_was_sent_last_is_on_its_way_until_its_own_answer() -> None:
    a = books("a")
    first, second = resource("1"), resource("2")
    a.send("1", {"a": first})
    a.send("2", {"a": second})
    assert a.on_its_way("a", "2")
    assert a.answer("1", refused=False) == {"a": first}
    assert a.acked == {"a": "1"}
    assert a.on_its_way("a", "2")
    assert not a.settled("a", "1")
    a.answer("2", refused=False)
    assert not a.on_its_way("a", "2")
    assert a.settled("a", "2")


def test_an_absence_on_its_way_ends_with_its_answer() -> None:
    a = books("a")
    a.send("1", {"a": resource("1")})
    a.send("2", {"a": None})
    a.answer("1", refused=False)
    assert a.on_its_way("a", None)
    a.answer("2", refused=False)
    assert not a.in_flight
    assert a.acked == {"a": None}
