"""union: whoever has a key, and the first one where several do."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core.graph import Change, Collection, Graph, Source


def union() -> tuple[Graph, list[Source[str, int]], Collection[str, int]]:
    graph = Graph(strict=True)
    sources: list[Source[str, int]] = [graph.source("first"), graph.source("second")]
    return graph, sources, graph.union("both", sources)


def test_a_key_of_either_is_there_and_the_first_value_counts() -> None:
    graph, (first, second), both = union()
    second.set("a", 2)
    second.set("b", 2)
    assert graph.settle().changed["both"] == {"a": Change(None, 2), "b": Change(None, 2)}
    first.set("a", 1)
    assert graph.settle().changed["both"] == {"a": Change(2, 1)}
    second.set("a", 3)
    assert "both" not in graph.settle().changed
    first.remove("a")
    assert graph.settle().changed["both"] == {"a": Change(1, 3)}
    for name in ("a", "b"):
        second.remove(name)
    graph.settle()
    assert (both.items(), graph.footprint()) == ((), 0)


def test_a_union_made_late_has_what_is_there() -> None:
    graph = Graph(strict=True)
    sources: list[Source[str, int]] = [graph.source("first"), graph.source("second")]
    sources[1].set("a", 1)
    graph.settle()
    both = graph.union("both", sources)
    graph.settle()
    assert both.items() == (("a", 1),)


def test_only_what_changed_is_run_again_by_who_follows() -> None:
    graph, (first, second), both = union()
    ran: list[str] = []
    graph.map("out", both, lambda ctx, key, value: ran.append(key))
    first.set("a", 1)
    second.set("b", 1)
    graph.settle()
    second.set("b", 2)
    graph.settle()
    assert ran == ["a", "b", "b"]


def test_the_picture_shows_all_inputs() -> None:
    graph, _, _ = union()
    assert "both: union over first, second" in graph.describe()
    assert '"first" -> "both";' in graph.dot()
    assert '"second" -> "both";' in graph.dot()


WRITES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from("abc"), st.one_of(st.none(), st.integers(0, 2)))
)


@given(st.lists(WRITES, max_size=6))
def test_it_is_what_a_dictionary_would_be(turns: list[list[tuple[int, str, int | None]]]) -> None:
    graph, sources, both = union()
    for turn in turns:
        for number, key, value in turn:
            if value is None:
                sources[number].remove(key)
            else:
                sources[number].set(key, value)
        graph.settle()
        wanted = {**dict(sources[1].items()), **dict(sources[0].items())}
        assert dict(both.items()) == wanted
