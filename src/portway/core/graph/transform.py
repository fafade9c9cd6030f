"""Transformations of one key: `derive` (to many keys) and `map` (to the same key).

Knows the last good output of each in-key, what each in-key read, and who owns an out-key. Must
not know what the function means: it may be called at any time, and a failure costs one key.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from portway.core.graph.collection import Collection, Node, Run, compare, ordered
from portway.core.graph.context import Context, Reads
from portway.core.graph.result import Change, DuplicateKeyError, Failure

K = TypeVar("K")
V = TypeVar("V")
K2 = TypeVar("K2")
V2 = TypeVar("V2")
R = TypeVar("R")


class Transform(Collection[K2, V2], Generic[K, V, K2, V2, R]):
    """What `derive` and `map` share: running one key and remembering what it read."""

    def __init__(
        self,
        name: str,
        over: Collection[K, V],
        fn: Callable[[Context, K, V], R],
        nodes: list[Node[Any, Any]],
    ) -> None:
        super().__init__(name, len(nodes), over)
        self._input = over
        self._fn = fn
        self._context = Context(name, self._rank, nodes)
        self._reads: dict[K, Reads] = {}

    def _settle(self, run: Run) -> dict[K2, Change[V2]]:
        before: dict[K2, V2 | None] = {}
        for key in ordered(self, self._dirty):
            value = self._input._rows.get(key)
            if value is None:
                self._broken.pop(key, None)
                self._remember(key, ())
                self._clear(key, before)
            else:
                self._run_one(key, value, before, run)
        self._dirty.clear()
        self._resolve(before, run)
        return compare(self, before)

    def _run_one(self, key: K, value: V, before: dict[K2, V2 | None], run: Run) -> None:
        run.recomputed += 1
        self._context._begin()
        try:
            result = self._fn(self._context, key, value)
            self._store(key, result, before)
        except Exception as error:
            self._fail(run, key, error)
        else:
            if self._broken:
                self._broken.pop(key, None)
        finally:
            # What was read before an exception counts: a change there is what may cure it.
            self._remember(key, self._context._end())

    def _remember(self, key: K, reads: Reads) -> None:
        old = self._reads.get(key, ())
        if old == reads:
            return
        for node, read in set(old).difference(reads):
            rows = node._readers[self]
            rows[read].discard(key)
            if not rows[read]:
                del rows[read]
                if not rows:
                    del node._readers[self]
        for node, read in set(reads).difference(old):
            node._readers.setdefault(self, {}).setdefault(read, set()).add(key)
        if reads:
            self._reads[key] = reads
        else:
            self._reads.pop(key, None)

    def _store(self, key: K, result: R, before: dict[K2, V2 | None]) -> None:
        raise NotImplementedError

    def _clear(self, key: K, before: dict[K2, V2 | None]) -> None:
        raise NotImplementedError

    def _resolve(self, before: dict[K2, V2 | None], run: Run) -> None:
        """Settle what depends on more than one in-key."""

    def _footprint(self) -> int:
        return super()._footprint() + sum(len(reads) for reads in self._reads.values())


class Map(Transform[K, V, K, V2, V2 | None]):
    """One key to the same key; None is no output."""

    kind = "map"

    def _store(self, key: K, result: V2 | None, before: dict[K, V2 | None]) -> None:
        before[key] = self._rows.get(key)
        if result is not None:
            self._rows[key] = result
        else:
            self._rows.pop(key, None)

    def _clear(self, key: K, before: dict[K, V2 | None]) -> None:
        before[key] = self._rows.pop(key, None)


class Derive(Transform[K, V, K2, V2, Mapping[K2, V2]]):
    """One key to many. An out-key has one owner: the smallest in-key that emits it."""

    kind = "derive"

    def __init__(
        self,
        name: str,
        over: Collection[K, V],
        fn: Callable[[Context, K, V], Mapping[K2, V2]],
        nodes: list[Node[Any, Any]],
    ) -> None:
        super().__init__(name, over, fn, nodes)
        self._outputs: dict[K, dict[K2, V2]] = {}
        self._owner: dict[K2, K] = {}
        self._rivals: dict[K2, set[K]] = {}  # all claimants, only where there is more than one
        self._conflicts: dict[K2, tuple[Failure, ...]] = {}

    def _store(self, key: K, result: Mapping[K2, V2], before: dict[K2, V2 | None]) -> None:
        outputs = {out: value for out, value in result.items() if value is not None}
        old = self._outputs.get(key, {})
        for out in old:
            if out not in outputs:
                self._release(key, out, before)
        for out in outputs:
            before.setdefault(out, self._rows.get(out))
            if out not in old:
                self._claim(key, out)
        if outputs:
            self._outputs[key] = outputs
        else:
            self._outputs.pop(key, None)

    def _clear(self, key: K, before: dict[K2, V2 | None]) -> None:
        for out in self._outputs.pop(key, {}):
            self._release(key, out, before)

    def _claim(self, key: K, out: K2) -> None:
        if out not in self._owner:
            self._owner[out] = key
        else:
            self._rivals.setdefault(out, {self._owner[out]}).add(key)

    def _release(self, key: K, out: K2, before: dict[K2, V2 | None]) -> None:
        before.setdefault(out, self._rows.get(out))
        rivals = self._rivals.get(out)
        if rivals is None:
            del self._owner[out]
            return
        rivals.discard(key)
        if len(rivals) == 1:
            del self._rivals[out]
            (self._owner[out],) = rivals

    def _resolve(self, before: dict[K2, V2 | None], run: Run) -> None:
        for out in before:
            if out in self._rivals or out in self._conflicts:
                self._judge(out, run)
            if out in self._owner:
                self._rows[out] = self._outputs[self._owner[out]][out]
            else:
                self._rows.pop(out, None)

    def _judge(self, out: K2, run: Run) -> None:
        """Name the owner of a contested key, and tell when the set of losers changed."""
        known = self._conflicts.pop(out, ())
        claimants = ordered(self, self._rivals.get(out, ()))
        if not claimants:
            return
        winner = self._owner[out] = claimants[0]
        failures = tuple(
            Failure(self.name, loser, DuplicateKeyError(self.name, out, winner, loser))
            for loser in claimants[1:]
        )
        if [str(f.exception) for f in failures] != [str(f.exception) for f in known]:
            run.failures.extend(failures)
        self._conflicts[out] = failures

    def _standing(self) -> Iterable[Failure]:
        yield from super()._standing()
        for failures in self._conflicts.values():
            yield from failures

    def _footprint(self) -> int:
        books = len(self._outputs) + len(self._owner) + len(self._rivals) + len(self._conflicts)
        return super()._footprint() + books
