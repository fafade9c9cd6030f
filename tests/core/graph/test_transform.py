"""derive and map: many keys from one, duplicates, and failures that cost one key."""

import itertools
from collections.abc import Mapping

import pytest

from portway.core.graph import (
    Change,
    Collection,
    Context,
    DuplicateKeyError,
    Graph,
    Settled,
    Source,
)

Emit = Mapping[str, int]


def emitting(strict: bool = False) -> tuple[Graph, Source[str, Emit], Collection[str, int]]:
    graph = Graph(strict)
    source: Source[str, Emit] = graph.source("in")
    return graph, source, graph.derive("out", source, lambda ctx, key, value: value)


def test_one_key_becomes_many_and_they_leave_with_it() -> None:
    graph, source, out = emitting(strict=True)
    source.set("a", {"x": 1, "y": 2})
    graph.settle()
    assert out.items() == (("x", 1), ("y", 2))
    source.set("a", {"y": 3, "z": 4})
    assert graph.settle().changed["out"] == {
        "x": Change(1, None),
        "y": Change(2, 3),
        "z": Change(None, 4),
    }
    source.remove("a")
    graph.settle()
    assert out.items() == ()
    assert graph.footprint() == 0


def test_a_key_moves_from_one_in_key_to_another_within_a_settle() -> None:
    graph, source, out = emitting(strict=True)
    source.set("a", {"x": 1})
    source.set("b", {})
    graph.settle()
    source.set("a", {})
    source.set("b", {"x": 1})
    assert "out" not in graph.settle().changed
    source.set("a", {"x": 2})
    source.set("b", {})
    graph.settle()
    assert out.get("x") == 2


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_of_rivals_the_smallest_in_key_stands_in_any_order(order: tuple[str, ...]) -> None:
    graph, source, out = emitting()
    for name in order:
        source.set(name, {"x": ord(name)})
        graph.settle()
    assert out.get("x") == ord("a")
    assert [failure.key for failure in graph.failures] == ["b", "c"]
    source.remove("a")
    graph.settle()
    assert out.get("x") == ord("b")
    source.remove("c")
    graph.settle()
    assert graph.failures == ()
    assert out.get("x") == ord("b")


def test_a_duplicate_names_both_and_is_told_once() -> None:
    graph, source, _ = emitting()
    source.set("b", {"x": 1})
    source.set("a", {"x": 2})
    (failure,) = graph.settle().failures
    assert failure.key == "b"
    assert isinstance(failure.exception, DuplicateKeyError)
    assert (failure.exception.winner, failure.exception.loser) == ("a", "b")
    assert "'a' and 'b' both emit the key 'x'" in str(failure.exception)
    source.set("a", {"x": 3})
    assert graph.settle().failures == ()
    assert len(graph.failures) == 1


def test_strict_raises_a_duplicate_after_settling_the_rest() -> None:
    graph, source, out = emitting(strict=True)
    source.set("a", {"x": 1})
    source.set("b", {"x": 2, "y": 2})
    with pytest.raises(DuplicateKeyError):
        graph.settle()
    assert out.items() == (("x", 1), ("y", 2))


def halving(strict: bool = False) -> tuple[Graph, Source[str, int], Source[str, int]]:
    """`out` divides a number by the divisor of the same name."""
    graph = Graph(strict)
    numbers: Source[str, int] = graph.source("numbers")
    divisors: Source[str, int] = graph.source("divisors")

    def divide(ctx: Context, key: str, value: int) -> int:
        divisor = ctx.get(divisors, key)
        return value // (1 if divisor is None else divisor)

    graph.map("out", numbers, divide)
    return graph, numbers, divisors


def out_changes(settled: Settled) -> dict[str, Change[int]]:
    return settled.changed.get("out", {})


def test_a_failure_costs_one_key_and_its_last_good_output_stays() -> None:
    graph, numbers, divisors = halving()
    numbers.set("a", 4)
    numbers.set("b", 4)
    graph.settle()
    divisors.set("a", 0)
    divisors.set("b", 2)
    settled = graph.settle()
    assert out_changes(settled) == {"b": Change(4, 2)}
    (failure,) = settled.failures
    assert (failure.collection, failure.key) == ("out", "a")
    assert isinstance(failure.exception, ZeroDivisionError)
    assert graph.failures == (failure,)


def test_a_failed_key_is_tried_again_when_what_it_read_changes() -> None:
    graph, numbers, divisors = halving()
    numbers.set("a", 4)
    divisors.set("a", 0)
    graph.settle()
    numbers.set("other", 1)
    assert graph.settle().failures == ()
    divisors.set("a", 4)
    assert out_changes(graph.settle()) == {"a": Change(None, 1)}
    assert graph.failures == ()


def test_a_failed_key_that_is_removed_leaves_nothing() -> None:
    graph, numbers, divisors = halving()
    numbers.set("a", 4)
    graph.settle()
    divisors.set("a", 0)
    graph.settle()
    numbers.remove("a")
    divisors.remove("a")
    assert out_changes(graph.settle()) == {"a": Change(4, None)}
    assert graph.failures == ()
    assert graph.footprint() == 0


def test_strict_raises_the_failure() -> None:
    graph, numbers, divisors = halving(strict=True)
    numbers.set("a", 4)
    divisors.set("a", 0)
    with pytest.raises(ZeroDivisionError):
        graph.settle()


def test_map_without_output() -> None:
    graph = Graph(strict=True)
    source: Source[str, int] = graph.source("numbers")
    even: Collection[str, int] = graph.map(
        "even", source, lambda ctx, key, value: None if value % 2 else value
    )
    source.set("a", 2)
    source.set("b", 1)
    graph.settle()
    assert even.items() == (("a", 2),)
    source.set("a", 1)
    assert graph.settle().changed["even"] == {"a": Change(2, None)}


def test_one_key_may_have_many_readers_and_lose_them() -> None:
    graph = Graph(strict=True)
    rates: Source[str, int] = graph.source("rates")
    amounts: Source[str, str] = graph.source("amounts")
    out: Collection[str, int] = graph.map(
        "out", amounts, lambda ctx, key, rate: ctx.get(rates, rate)
    )
    rates.set("r", 1)
    for name in "abc":
        amounts.set(name, "r")
    graph.settle()
    rates.set("r", 2)
    assert list(graph.settle().changed["out"]) == ["a", "b", "c"]
    amounts.set("a", "other")
    amounts.remove("b")
    graph.settle()
    rates.set("r", 3)
    rates.set("other", 4)
    graph.settle()
    assert out.items() == (("a", 4), ("c", 3))
    amounts.remove("a")
    amounts.remove("c")
    rates.remove("r")
    rates.remove("other")
    graph.settle()
    assert graph.footprint() == 0


def test_an_out_key_that_rivals_leave_has_the_value_of_who_is_left() -> None:
    graph, source, out = emitting()
    for name in "abc":
        source.set(name, {"x": ord(name)})
    graph.settle()
    source.remove("a")
    source.set("c", {"x": 7})
    source.set("b", {})
    assert graph.settle().changed["out"] == {"x": Change(ord("a"), 7)}
    assert out.get("x") == 7
    assert graph.failures == ()
