"""Several collections as one: a key has the value that the first of them has for it.

Knows the order of its inputs. Must not know where the values come from, nor make any: it is there
so that what follows need not care how many kinds of things feed it.
"""

from collections.abc import Sequence
from typing import TypeVar

from portway.core.graph.collection import Collection, Run, compare
from portway.core.graph.result import Change

K = TypeVar("K")
V = TypeVar("V")


class Union(Collection[K, V]):
    """Rows: key -> the value in the first input that has the key."""

    kind = "union"

    def __init__(self, name: str, rank: int, inputs: Sequence[Collection[K, V]]) -> None:
        super().__init__(name, rank, *inputs)
        self._inputs = tuple(inputs)

    def _settle(self, run: Run) -> dict[K, Change[V]]:
        before: dict[K, V | None] = {}
        for key in self._dirty:
            before[key] = self._rows.pop(key, None)
            for each in self._inputs:
                value = each._rows.get(key)
                if value is not None:
                    self._rows[key] = value
                    break
        self._dirty.clear()
        return compare(self, before)
