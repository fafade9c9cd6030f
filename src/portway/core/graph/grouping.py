"""Members by group, kept sorted: `group` is a collection of it, `index` a way to look it up.

Knows which groups a key belongs to and the sorted members of each. A change costs a bisection
and, once per settle and touched group, one copy of the list of members; nothing is sorted again.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from portway.core.graph.collection import Collection, Node, Run, ordered
from portway.core.graph.result import Change

G = TypeVar("G")
K = TypeVar("K")
V = TypeVar("V")


class Grouping(Node[G, tuple[tuple[K, V], ...]], Generic[G, K, V]):
    """Rows: group -> ((key, value), ...) in key order. A group without members has no row."""

    def __init__(
        self, name: str, rank: int, over: Collection[K, V], fn: Callable[[K, V], Iterable[G]]
    ) -> None:
        super().__init__(name, rank, over)
        self._input = over
        self._fn = fn
        self._groups: dict[K, tuple[G, ...]] = {}
        # group -> (sorted keys, the pairs at the same places)
        self._members: dict[G, tuple[list[Any], list[tuple[K, V]]]] = {}

    def _settle(self, run: Run) -> dict[G, Change[tuple[tuple[K, V], ...]]]:
        touched: set[G] = set()
        for key in ordered(self, self._dirty):
            value = self._input._rows.get(key)
            if value is None:
                self._broken.pop(key, None)
                self._take_out(key, self._groups.pop(key, ()), touched)
                continue
            run.recomputed += 1
            try:
                groups = tuple(dict.fromkeys(self._fn(key, value)))
            except Exception as error:
                self._fail(run, key, error)
                continue
            if self._broken:
                self._broken.pop(key, None)
            self._put_in(key, value, groups, touched)
        self._dirty.clear()
        return self._publish(touched)

    def _put_in(self, key: K, value: V, groups: tuple[G, ...], touched: set[G]) -> None:
        old = self._groups.get(key, ())
        self._take_out(key, (group for group in old if group not in groups), touched)
        if groups:
            self._groups[key] = groups
        else:
            self._groups.pop(key, None)
        pair = (key, value)
        for group in groups:
            touched.add(group)
            keys, pairs = self._members.setdefault(group, ([], []))
            place = bisect_left(keys, key)
            if place < len(keys) and keys[place] == key:
                pairs[place] = pair
            else:
                keys.insert(place, key)
                pairs.insert(place, pair)

    def _take_out(self, key: K, groups: Iterable[G], touched: set[G]) -> None:
        for group in groups:
            touched.add(group)
            keys, pairs = self._members[group]
            place = bisect_left(keys, key)
            del keys[place]
            del pairs[place]
            if not keys:
                del self._members[group]

    def _publish(self, touched: set[G]) -> dict[G, Change[tuple[tuple[K, V], ...]]]:
        """One tuple per touched group. Touched means changed, save for a group that a failed or
        cured key left as it was."""
        changes: dict[G, Change[tuple[tuple[K, V], ...]]] = {}
        for group in ordered(self, touched):
            old = self._rows.pop(group, None)
            new = tuple(self._members[group][1]) if group in self._members else None
            if new is not None:
                self._rows[group] = new
            if old != new:
                changes[group] = Change(old, new)
        return changes

    def _footprint(self) -> int:
        return super()._footprint() + len(self._groups) + len(self._members)


class Group(Grouping[G, K, V], Collection[G, tuple[tuple[K, V], ...]]):
    """A collection of groups."""

    kind = "group"


class Index(Grouping[G, K, V]):
    """A way to find the members of a group; read it in a transformation with Context.by."""

    kind = "index"

    def get(self, group: G) -> tuple[tuple[K, V], ...]:
        """The members of `group` as of the last settle, in key order."""
        return self._rows.get(group, ())
