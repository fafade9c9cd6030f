"""Sources: what a write means, and what is refused."""

import pytest

from portway.core.graph import Change, Collection, Graph, GraphError, Source


def test_a_write_counts_at_the_next_settle() -> None:
    graph = Graph(strict=True)
    source: Source[str, int] = graph.source("numbers")
    double: Collection[str, int] = graph.map("double", source, lambda ctx, key, value: 2 * value)
    source.set("a", 1)
    assert source.get("a") == 1
    assert double.get("a") is None
    settled = graph.settle()
    assert double.get("a") == 2
    assert settled.changed == {
        "numbers": {"a": Change(None, 1)},
        "double": {"a": Change(None, 2)},
    }


def test_a_key_is_read_while_something_depends_on_it_there_or_not() -> None:
    graph = Graph(strict=True)
    names: Source[str, str] = graph.source("names")
    values: Source[str, int] = graph.source("values")
    graph.map("found", names, lambda ctx, _, name: ctx.get(values, name))
    names.set("a", "one")
    graph.settle()
    assert values.is_read("one")
    assert not values.is_read("two")
    values.set("two", 2)
    names.set("a", "two")
    graph.settle()
    assert not values.is_read("one")
    assert values.is_read("two")
    names.remove("a")
    graph.settle()
    assert not values.is_read("two")


def test_there_and_back_is_no_change() -> None:
    graph = Graph(strict=True)
    source: Source[str, int] = graph.source("numbers")
    source.set("a", 1)
    graph.settle()
    source.set("a", 2)
    source.set("a", 1)
    source.set("b", 1)
    source.remove("b")
    source.remove("never there")
    settled = graph.settle()
    assert not settled
    assert settled.changed == {}


def test_remove_and_set_again_keeps_the_old_value_in_the_change() -> None:
    graph = Graph(strict=True)
    source: Source[str, int] = graph.source("numbers")
    source.set("a", 1)
    graph.settle()
    source.remove("a")
    source.set("a", 3)
    assert graph.settle().changed == {"numbers": {"a": Change(1, 3)}}


def test_none_is_refused_because_it_means_absent() -> None:
    source: Source[str, int | None] = Graph().source("numbers")
    with pytest.raises(GraphError, match="use remove"):
        source.set("a", None)


def test_items_and_changes_come_in_key_order() -> None:
    graph = Graph(strict=True)
    source: Source[tuple[str, int], int] = graph.source("numbers")
    for key in (("b", 1), ("a", 2), ("a", 1)):
        source.set(key, 0)
    assert list(graph.settle().changed["numbers"]) == [("a", 1), ("a", 2), ("b", 1)]
    assert [key for key, _ in source.items()] == [("a", 1), ("a", 2), ("b", 1)]
    assert len(source) == 3


def test_keys_that_cannot_be_ordered_are_named() -> None:
    graph = Graph()
    source: Source[str | int, int] = graph.source("mixed")
    source.set("a", 1)
    source.set(1, 1)
    with pytest.raises(GraphError, match=r"'mixed'.*cannot be ordered"):
        graph.settle()
