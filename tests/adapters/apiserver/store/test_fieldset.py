"""Sets of field paths: the operations agree with sets of paths."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.apiserver.store.fieldset import common, member, minus, paths, union

NAMES = st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', 'v:"y"'])
PATHS = st.frozensets(st.lists(NAMES, min_size=1, max_size=3).map(tuple), max_size=6)


def tree(found: frozenset[tuple[str, ...]]) -> dict[str, Any]:
    """The set as a tree."""
    out: dict[str, Any] = {}
    for path in sorted(found):
        node = out
        for step in path[:-1]:
            node = node.setdefault(step, {})
        node.setdefault(path[-1], {})[""] = True
    return _marked(out)


def _marked(node: dict[str, Any]) -> dict[str, Any]:
    out = {key: _marked(below) for key, below in node.items() if key != ""}
    return {".": {}, **out} if "" in node and out else out


def flat(node: dict[str, Any], prefix: tuple[str, ...] = ()) -> frozenset[tuple[str, ...]]:
    """The tree as a set."""
    found: set[tuple[str, ...]] = set()
    for key, below in node.items():
        if key == ".":
            continue
        if member(below):
            found.add((*prefix, key))
        found |= flat(below, (*prefix, key))
    return frozenset(found)


@given(PATHS, PATHS)
def test_operations_are_those_of_sets(a: frozenset[Any], b: frozenset[Any]) -> None:
    assert flat(tree(a)) == a
    assert flat(union(tree(a), tree(b))) == a | b
    assert flat(minus(tree(a), tree(b))) == a - b
    assert flat(common(tree(a), tree(b))) == a & b


@given(PATHS, PATHS)
def test_nothing_changes_in_place(a: frozenset[Any], b: frozenset[Any]) -> None:
    left, right = tree(a), tree(b)
    for operation in (union, minus, common):
        operation(left, right)
    assert (left, right) == (tree(a), tree(b))


def test_paths_are_written_as_messages_have_them() -> None:
    fields = {
        "f:spec": {
            "f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:name": {}}},
            "f:set": {'v:"a"': {}},
        }
    }
    assert list(paths(fields)) == [
        '.spec.ports[port=80,protocol="TCP"]',
        '.spec.ports[port=80,protocol="TCP"].name',
        '.spec.set[="a"]',
    ]
