"""Members by group, kept sorted: `group` is a collection of it, `index` a way to look it up.

Knows which groups a key belongs to and the sorted members of each. Nothing is sorted again: a
change costs a bisection and, once per settle and touched group, one copy of the members. Who only
asks whether a group has members uses `distinct`, which copies nothing.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any, Generic, TypeVar

from portway.core.graph.collection import Collection, Node, Run, ordered
from portway.core.graph.result import Change

G = TypeVar("G")
K = TypeVar("K")
V = TypeVar("V")

Row = tuple[tuple[K, V], ...]
"""The members of a group in key order."""

# Up to so many members a group is its row and nothing else; most groups have one.
_SMALL = 32
_KEY = itemgetter(0)


class Grouping(Node[G, Row[K, V]], Generic[G, K, V]):
    """Rows: group -> ((key, value), ...) in key order. A group without members has no row."""

    def __init__(
        self, name: str, rank: int, over: Collection[K, V], fn: Callable[[K, V], Iterable[G]]
    ) -> None:
        super().__init__(name, rank, over)
        self._input = over
        self._fn = fn
        self._groups: dict[K, tuple[G, ...]] = {}
        # The same members where they are many: group -> pairs in key order, to be edited in place
        self._large: dict[G, list[tuple[K, V]]] = {}

    def _settle(self, run: Run) -> dict[G, Change[Row[K, V]]]:
        before: dict[G, Row[K, V]] = {}
        for key in ordered(self, self._dirty):
            value = self._input._rows.get(key)
            groups = self._groups_of(self._fn, key, value, run)
            if groups is not None:
                self._put_in(key, value, groups, before)
        self._dirty.clear()
        return self._publish(before)

    def _put_in(
        self, key: K, value: Any, groups: tuple[G, ...], before: dict[G, Row[K, V]]
    ) -> None:
        old = self._groups.get(key, ())
        if old != groups:
            self._take_out(key, (group for group in old if group not in groups), before)
            if groups:
                self._groups[key] = groups
            else:
                del self._groups[key]
        pair = (key, value)
        for group in groups:
            members = self._touched(group, before)
            place = _place(members, key)
            there = place < len(members) and members[place][0] == key
            self._edit(group, members, place, place + there, (pair,))

    def _take_out(self, key: K, groups: Iterable[G], before: dict[G, Row[K, V]]) -> None:
        for group in groups:
            members = self._touched(group, before)
            place = _place(members, key)
            self._edit(group, members, place, place + 1, ())

    def _touched(self, group: G, before: dict[G, Row[K, V]]) -> Row[K, V] | list[tuple[K, V]]:
        """The members as they are now; the row is noted as it was before this settle."""
        row = self._rows.get(group, ())
        before.setdefault(group, row)
        return self._large.get(group, row)

    def _edit(
        self,
        group: G,
        members: Row[K, V] | list[tuple[K, V]],
        first: int,
        end: int,
        pairs: Row[K, V],
    ) -> None:
        """Put `pairs` in the place of the members from `first` to before `end`."""
        if isinstance(members, list):
            members[first:end] = pairs
        elif len(members) < _SMALL:
            self._rows[group] = members[:first] + pairs + members[end:]
        else:
            many = self._large[group] = list(members)
            many[first:end] = pairs

    def _publish(self, before: dict[G, Row[K, V]]) -> dict[G, Change[Row[K, V]]]:
        """One tuple per touched group. Touched means changed, save for a group that a failed or
        cured key left as it was."""
        changes: dict[G, Change[Row[K, V]]] = {}
        for group in ordered(self, before) if len(before) > 1 else before:
            many = self._large.get(group)
            if many is not None:
                self._rows[group] = tuple(many)
                if len(many) <= _SMALL:
                    del self._large[group]
            old, new = before[group] or None, self._rows[group] or None
            if new is None:
                del self._rows[group]
            if old != new:
                changes[group] = Change(old, new)
        return changes

    def _footprint(self) -> int:
        return super()._footprint() + len(self._groups) + len(self._large)


def _place(members: Row[Any, Any] | list[tuple[Any, Any]], key: Any) -> int:
    return bisect_left(members, key, key=_KEY)


class Group(Grouping[G, K, V], Collection[G, Row[K, V]]):
    """A collection of groups."""

    kind = "group"


class Index(Grouping[G, K, V]):
    """A way to find the members of a group; read it in a transformation with Context.by."""

    kind = "index"

    def get(self, group: G) -> Row[K, V]:
        """The members of `group` as of the last settle, in key order."""
        return self._rows.get(group, ())
