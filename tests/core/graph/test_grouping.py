"""group and index: sorted members, groups that come and go, failures."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core.graph import Change, Collection, Graph, Source

Members = tuple[tuple[str, str], ...]


def grouped(strict: bool = True) -> tuple[Graph, Source[str, str], Collection[str, Members]]:
    """Members by the letters of their value; a '!' in the value makes the function fail."""
    graph = Graph(strict)
    source: Source[str, str] = graph.source("words")

    def letters(key: str, value: str) -> list[str]:
        if "!" in value:
            raise ValueError(value)
        return list(value)

    return graph, source, graph.group("by letter", source, letters)


def test_members_are_sorted_by_key() -> None:
    graph, source, groups = grouped()
    for key in ("k3", "k1", "k2"):
        source.set(key, "x")
        graph.settle()
    assert groups.get("x") == (("k1", "x"), ("k2", "x"), ("k3", "x"))


def test_a_member_joins_leaves_and_changes() -> None:
    graph, source, groups = grouped()
    source.set("k1", "xy")
    source.set("k2", "y")
    graph.settle()
    source.set("k1", "yz")
    assert graph.settle().changed["by letter"] == {
        "x": Change((("k1", "xy"),), None),
        "y": Change((("k1", "xy"), ("k2", "y")), (("k1", "yz"), ("k2", "y"))),
        "z": Change(None, (("k1", "yz"),)),
    }
    source.remove("k1")
    source.remove("k2")
    graph.settle()
    assert groups.items() == ()
    assert graph.footprint() == 0


def test_the_same_group_twice_is_once() -> None:
    graph, source, groups = grouped()
    source.set("k", "xx")
    graph.settle()
    assert groups.get("x") == (("k", "xx"),)


def test_a_failed_member_stays_where_it_was() -> None:
    graph, source, groups = grouped(strict=False)
    source.set("k1", "x")
    graph.settle()
    source.set("k1", "y!")
    source.set("k2", "x")
    (failure,) = graph.settle().failures
    assert (failure.collection, failure.key) == ("by letter", "k1")
    assert groups.items() == (("x", (("k1", "x"), ("k2", "x"))),)
    source.set("k1", "y")
    graph.settle()
    assert graph.failures == ()
    assert groups.items() == (("x", (("k2", "x"),)), ("y", (("k1", "y"),)))


def test_a_failed_member_that_is_removed_leaves_nothing() -> None:
    graph, source, _ = grouped(strict=False)
    source.set("k1", "x")
    graph.settle()
    source.set("k1", "!")
    graph.settle()
    source.remove("k1")
    graph.settle()
    assert graph.footprint() == 0


# Long enough for groups to become large and small again.
MANY = st.lists(
    st.tuples(st.integers(0, 80), st.sampled_from([None, "x", "xy", "y"]), st.booleans()),
    min_size=60,
    max_size=300,
)


@given(MANY, st.booleans())
def test_any_history_gives_the_members_in_order(
    history: list[tuple[int, str | None, bool]], full: bool
) -> None:
    graph, source, groups = grouped()
    if full:
        for number in range(81):
            source.set(f"k{number:02}", "x")
        graph.settle()
    for number, word, settle in history:
        key = f"k{number:02}"
        if word is None:
            source.remove(key)
        else:
            source.set(key, word)
        if settle:
            before = dict(groups.items())
            changes = graph.settle().changed.get("by letter", {})
            assert {k: change.old for k, change in changes.items()} == {
                k: before.get(k) for k in changes
            }
    graph.settle()
    for letter in "xy":
        members = tuple(item for item in source.items() if letter in item[1])
        assert (groups.get(letter) or ()) == members
    for key, _ in source.items():
        source.remove(key)
    graph.settle()
    assert graph.footprint() == 0
