"""Everybody agrees on an owner."""

from collections import Counter

from portway.core.pick.rendezvous import order

NAMES = [f"10.0.0.{each}:80" for each in range(8)]


def test_the_order_of_the_names_does_not_matter() -> None:
    assert order(5, NAMES) == order(5, reversed(NAMES))


def test_only_keys_of_an_endpoint_that_goes_move() -> None:
    for key in range(200):
        before, after = order(key, NAMES), order(key, NAMES[1:])
        assert [each for each in before if each != NAMES[0]] == after


def test_keys_are_spread() -> None:
    owners = Counter(order(key * 7919, NAMES)[0] for key in range(4_000))
    assert set(owners) == set(NAMES)
    assert all(350 < count < 650 for count in owners.values()), owners
