"""A running fold: contributions are added and removed one by one, never listed again.

Knows accumulators and how many contributions each has. The order of contributions is not
defined, so `add` and `remove` must undo each other and commute (up to ==), and must return new
values: an accumulator that was handed out may not change.
"""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from portway.core.graph.collection import Collection, Run, compare, ordered
from portway.core.graph.result import Change, Failure

A = TypeVar("A")
G = TypeVar("G")
K = TypeVar("K")
T = TypeVar("T")
V = TypeVar("V")

Parts = tuple[tuple[G, T], ...]


class Reduce(Collection[G, A], Generic[G, A, K, V, T]):
    """Rows: group -> accumulator, as long as there is at least one contribution."""

    kind = "reduce"

    def __init__(
        self,
        name: str,
        rank: int,
        over: Collection[K, V],
        key_fn: Callable[[K, V], Iterable[tuple[G, T]]],
        zero: A,
        add: Callable[[A, T], A],
        remove: Callable[[A, T], A],
    ) -> None:
        super().__init__(name, rank, over)
        self._input = over
        self._key_fn = key_fn
        self._zero = zero
        self._add = add
        self._subtract = remove
        self._parts: dict[K, Parts[G, T]] = {}
        self._count: dict[G, int] = {}

    def _settle(self, run: Run) -> dict[G, Change[A]]:
        before: dict[G, A | None] = {}
        for key in ordered(self, self._dirty):
            value = self._input._rows.get(key)
            if value is None:
                self._drop(key, before, run)
            else:
                self._run_one(key, value, before, run)
        self._dirty.clear()
        return compare(self, before)

    def _run_one(self, key: K, value: V, before: dict[G, A | None], run: Run) -> None:
        run.recomputed += 1
        try:
            parts = tuple(self._key_fn(key, value))
            old = self._parts.get(key, ())
            if parts != old:
                self._commit(key, parts, self._fold(old, parts), before)
        except Exception as error:
            self._fail(run, key, error)
        else:
            if self._broken:
                self._broken.pop(key, None)

    def _fold(self, old: Parts[G, T], new: Parts[G, T]) -> dict[G, tuple[A, int]]:
        """Accumulators and counts with `old` taken out and `new` put in; commits nothing, so
        that an exception half way leaves every group as it was."""
        staged: dict[G, tuple[A, int]] = {}
        for group, part in old:
            total, count = self._staged(staged, group)
            # From the last contribution on, start at zero: rounding or drift cannot pile up.
            total = self._subtract(total, part) if count > 1 else self._zero
            staged[group] = (total, count - 1)
        for group, part in new:
            total, count = self._staged(staged, group)
            staged[group] = (self._add(total, part), count + 1)
        return staged

    def _staged(self, staged: dict[G, tuple[A, int]], group: G) -> tuple[A, int]:
        known = staged.get(group)
        if known is not None:
            return known
        return self._rows.get(group, self._zero), self._count.get(group, 0)

    def _commit(
        self,
        key: K,
        parts: Parts[G, T],
        staged: dict[G, tuple[A, int]],
        before: dict[G, A | None],
    ) -> None:
        if parts:
            self._parts[key] = parts
        else:
            self._parts.pop(key, None)
        for group, (total, count) in staged.items():
            before.setdefault(group, self._rows.get(group))
            if count:
                self._rows[group] = total
                self._count[group] = count
            else:
                self._rows.pop(group, None)
                self._count.pop(group, None)

    def _drop(self, key: K, before: dict[G, A | None], run: Run) -> None:
        """The key is gone, so its contributions go too, even if `remove` fails."""
        self._broken.pop(key, None)
        old = self._parts.pop(key, ())
        try:
            staged = self._fold(old, ())
        except Exception as error:
            run.failures.append(Failure(self.name, key, error))
            staged = self._refold({group for group, _ in old}, run)
        self._commit(key, (), staged, before)

    def _refold(self, groups: set[G], run: Run) -> dict[G, tuple[A, int]]:
        """Build groups again from all that is left; only after `remove` failed."""
        staged = dict.fromkeys(groups, (self._zero, 0))
        for key in ordered(self, self._parts):
            for group, part in self._parts[key]:
                if group in groups:
                    total, count = staged[group]
                    try:
                        total = self._add(total, part)
                    except Exception as error:
                        run.failures.append(Failure(self.name, key, error))
                    staged[group] = (total, count + 1)
        return staged

    def _footprint(self) -> int:
        return super()._footprint() + len(self._parts) + len(self._count)
