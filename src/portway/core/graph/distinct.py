"""Groups without their members: which there are, and nothing else.

Knows which groups a key belongs to and how many keys each has. Must not know the members' values:
a group does not change when a member does, so a follower runs when the group comes or goes.
"""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from portway.core.graph.collection import Collection, Run, compare, ordered
from portway.core.graph.result import Change

G = TypeVar("G")
K = TypeVar("K")
V = TypeVar("V")


class Distinct(Collection[G, bool], Generic[G, K, V]):
    """Rows: group -> True, as long as there is a member."""

    kind = "distinct"

    def __init__(
        self, name: str, rank: int, over: Collection[K, V], fn: Callable[[K, V], Iterable[G]]
    ) -> None:
        super().__init__(name, rank, over)
        self._input = over
        self._fn = fn
        self._groups: dict[K, tuple[G, ...]] = {}
        self._count: dict[G, int] = {}

    def _settle(self, run: Run) -> dict[G, Change[bool]]:
        before: dict[G, bool | None] = {}
        for key in ordered(self, self._dirty):
            groups = self._groups_of(self._fn, key, self._input._rows.get(key), run)
            if groups is not None:
                self._move(key, groups, before)
        self._dirty.clear()
        return compare(self, before)

    def _move(self, key: K, groups: tuple[G, ...], before: dict[G, bool | None]) -> None:
        old = self._groups.get(key, ())
        if old == groups:
            return
        for group in groups:
            before.setdefault(group, self._rows.get(group))
            self._count[group] = self._count.get(group, 0) + 1
            self._rows[group] = True
        for group in old:
            before.setdefault(group, self._rows.get(group))
            self._count[group] -= 1
            if not self._count[group]:
                del self._count[group]
                del self._rows[group]
        if groups:
            self._groups[key] = groups
        else:
            del self._groups[key]

    def _footprint(self) -> int:
        return super()._footprint() + len(self._groups) + len(self._count)
