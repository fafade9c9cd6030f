"""distinct: which groups there are, and that nothing changes when one more joins."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core.graph import Change, Collection, Graph, Source


def distinct(strict: bool = True) -> tuple[Graph, Source[str, str], Collection[str, bool]]:
    """The letters of all words; a '!' makes the function fail."""
    graph = Graph(strict)
    source: Source[str, str] = graph.source("words")

    def letters(key: str, value: str) -> list[str]:
        if "!" in value:
            raise ValueError(value)
        return list(value)

    return graph, source, graph.distinct("letters", source, letters)


def test_a_group_comes_with_its_first_member_and_goes_with_its_last() -> None:
    graph, source, _ = distinct()
    source.set("a", "xy")
    assert graph.settle().changed["letters"] == {"x": Change(None, True), "y": Change(None, True)}
    source.set("b", "xx")
    assert "letters" not in graph.settle().changed
    source.set("a", "y")
    assert "letters" not in graph.settle().changed
    source.remove("b")
    assert graph.settle().changed["letters"] == {"x": Change(True, None)}
    source.remove("a")
    graph.settle()
    assert graph.footprint() == 0


def test_a_follower_does_not_run_when_one_more_joins() -> None:
    graph, source, letters = distinct()
    ran: list[str] = []
    graph.map("out", letters, lambda ctx, key, value: ran.append(key))
    for number in range(3):
        source.set(f"w{number}", "x")
        graph.settle()
    assert ran == ["x"]


def test_a_failed_member_stays_where_it_was() -> None:
    graph, source, letters = distinct(strict=False)
    source.set("a", "x")
    graph.settle()
    source.set("a", "y!")
    assert [failure.key for failure in graph.settle().failures] == ["a"]
    assert letters.items() == (("x", True),)
    source.set("a", "y")
    graph.settle()
    assert (letters.items(), graph.failures) == ((("y", True),), ())


WORDS = st.text("xyz", max_size=3)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.none() | WORDS, st.booleans())))
def test_any_history_gives_the_letters_there_are(
    history: list[tuple[str, str | None, bool]],
) -> None:
    graph, source, letters = distinct()
    for key, word, settle in history:
        if word is None:
            source.remove(key)
        else:
            source.set(key, word)
        if settle:
            graph.settle()
    graph.settle()
    assert {key for key, _ in letters.items()} == {x for _, word in source.items() for x in word}
