"""reduce: contributions come and go one by one; a failure leaves no group half changed."""

from portway.core.graph import Change, Collection, Graph, Source

Parts = tuple[tuple[str, int], ...]


def summed(strict: bool = True) -> tuple[Graph, Source[str, Parts], Collection[str, int]]:
    """Sums by name; adding 13 fails, and so does taking out 7."""
    graph = Graph(strict)
    source: Source[str, Parts] = graph.source("parts")

    def add(total: int, part: int) -> int:
        if part == 13:
            raise ValueError("13 is not added")
        return total + part

    def remove(total: int, part: int) -> int:
        if part == 7:
            raise ValueError("7 is not taken out")
        return total - part

    return graph, source, graph.reduce("sums", source, lambda key, value: value, 0, add, remove)


def test_a_fold_follows_its_contributions() -> None:
    graph, source, sums = summed()
    source.set("a", (("x", 1), ("y", 2)))
    source.set("b", (("x", 10), ("x", 20)))
    graph.settle()
    assert sums.items() == (("x", 31), ("y", 2))
    source.set("a", (("x", 5),))
    assert graph.settle().changed["sums"] == {"x": Change(31, 35), "y": Change(2, None)}
    source.remove("b")
    graph.settle()
    assert sums.items() == (("x", 5),)
    source.remove("a")
    graph.settle()
    assert sums.items() == ()
    assert graph.footprint() == 0


def test_zero_with_contributions_is_not_absent() -> None:
    graph, source, sums = summed()
    source.set("a", (("x", 0),))
    graph.settle()
    assert sums.items() == (("x", 0),)


def test_the_same_sum_is_no_change() -> None:
    graph, source, _ = summed()
    source.set("a", (("x", 1),))
    source.set("b", (("x", 2),))
    graph.settle()
    source.set("a", (("x", 2),))
    source.set("b", (("x", 1),))
    assert list(graph.settle().changed) == ["parts"]


def test_a_contribution_that_fails_half_way_changes_nothing() -> None:
    graph, source, sums = summed(strict=False)
    source.set("a", (("x", 1), ("y", 1)))
    source.set("b", (("x", 2),))
    graph.settle()
    source.set("a", (("x", 5), ("y", 13)))
    (failure,) = graph.settle().failures
    assert failure.key == "a"
    assert sums.items() == (("x", 3), ("y", 1))
    source.set("a", (("x", 5), ("y", 12)))
    graph.settle()
    assert graph.failures == ()
    assert sums.items() == (("x", 7), ("y", 12))


def test_a_contribution_that_cannot_be_taken_out_leaves_with_its_key() -> None:
    graph, source, sums = summed(strict=False)
    source.set("a", (("x", 7),))
    source.set("b", (("x", 2),))
    source.set("c", (("x", 3),))
    graph.settle()
    source.remove("a")
    (failure,) = graph.settle().failures
    assert failure.key == "a"
    assert sums.items() == (("x", 5),)
    source.remove("b")
    source.remove("c")
    graph.settle()
    assert graph.footprint() == 0
