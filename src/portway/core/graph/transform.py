"""Transformations of one key: `derive` (to many keys) and `map` (to the same key).

Knows the last good output of each in-key, what each in-key read, and who owns an out-key. Must
not know what the function means: it may be called at any time, and a failure costs one key.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any, Generic, TypeVar

from portway.core.graph.collection import Collection, Node, Run, Several, compare, ordered
from portway.core.graph.context import Context, Reads
from portway.core.graph.result import Change, DuplicateKeyError, Failure

K = TypeVar("K")
V = TypeVar("V")
K2 = TypeVar("K2")
V2 = TypeVar("V2")
R = TypeVar("R")

Kept = tuple[Any, ...]
"""Reads, flat, since there are several for each key of a graph: node, key, node, key, ..."""
_NONE: Reads = {}


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
        self._reads: dict[K, Kept] = {}

    def _settle(self, run: Run) -> dict[K2, Change[V2]]:
        before: dict[K2, V2 | None] = {}
        for key in ordered(self, run.share(self)):
            value = self._input._rows.get(key)
            if value is None:
                self._broken.pop(key, None)
                self._remember(key, _NONE)
                self._clear(key, before)
            else:
                self._run_one(key, value, before, run)
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
        old = self._reads.get(key)
        kept: list[Any] = []
        if old is None:  # a first run, as all are at a start
            if reads:
                for node, read in reads:
                    kept += (node, self._start_reading(node, read, key))
                self._reads[key] = tuple(kept)
            return
        if old == tuple(chain.from_iterable(reads)):
            return
        before = set(_pairs(old))
        for node, read in before.difference(reads):
            self._stop_reading(node, read, key)
        if not reads:
            del self._reads[key]
            return
        for node, read in reads:
            kept += (node, read if (node, read) in before else self._start_reading(node, read, key))
        self._reads[key] = tuple(kept)

    def _start_reading(self, node: Node[Any, Any], read: Any, key: K) -> Any:
        """Returns what was read, as one object for all who read it."""
        rows = node._readers.get(self)
        if rows is None:
            rows = node._readers[self] = {}
        found = rows.setdefault(read, key)
        if found is key:
            return read
        if type(found) is Several:
            found.add(key)
            return found.key
        rows[read] = Several(read, (found, key))
        return read

    def _stop_reading(self, node: Node[Any, Any], read: Any, key: K) -> None:
        rows = node._readers[self]
        found = rows[read]
        if type(found) is not Several:
            del rows[read]
            if not rows:
                del node._readers[self]
            return
        found.discard(key)
        if len(found) == 1:
            (rows[read],) = found

    def _store(self, key: K, result: R, before: dict[K2, V2 | None]) -> None:
        raise NotImplementedError

    def _clear(self, key: K, before: dict[K2, V2 | None]) -> None:
        raise NotImplementedError

    def _resolve(self, before: dict[K2, V2 | None], run: Run) -> None:
        """Settle what depends on more than one in-key."""

    def _footprint(self) -> int:
        return super()._footprint() + sum(len(reads) // 2 for reads in self._reads.values())


def _pairs(reads: Kept) -> Iterable[tuple[Node[Any, Any], Any]]:
    return zip(reads[::2], reads[1::2], strict=True)


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
        self._outputs: dict[K, tuple[K2, ...]] = {}
        self._owner: dict[K2, K] = {}
        # What each claimant emits, only where there is more than one; the rows have the rest.
        self._rivals: dict[K2, dict[K, V2]] = {}
        self._conflicts: dict[K2, tuple[Failure, ...]] = {}

    def _store(self, key: K, result: Mapping[K2, V2], before: dict[K2, V2 | None]) -> None:
        outputs = {out: value for out, value in result.items() if value is not None}
        for out in self._outputs.get(key, ()):
            if out not in outputs:
                self._release(key, out, before)
        for out, value in outputs.items():
            self._claim(key, out, value, before)
        if outputs:
            self._outputs[key] = tuple(outputs)
        else:
            self._outputs.pop(key, None)

    def _clear(self, key: K, before: dict[K2, V2 | None]) -> None:
        for out in self._outputs.pop(key, ()):
            self._release(key, out, before)

    def _claim(self, key: K, out: K2, value: V2, before: dict[K2, V2 | None]) -> None:
        before.setdefault(out, self._rows.get(out))
        rivals = self._rivals.get(out)
        if rivals is not None:
            rivals[key] = value
        elif self._owner.setdefault(out, key) == key:
            self._rows[out] = value
        else:
            self._rivals[out] = {self._owner[out]: self._rows[out], key: value}

    def _release(self, key: K, out: K2, before: dict[K2, V2 | None]) -> None:
        before.setdefault(out, self._rows.get(out))
        rivals = self._rivals.get(out)
        if rivals is None:
            del self._owner[out]
            del self._rows[out]
            return
        del rivals[key]
        if len(rivals) == 1:
            del self._rivals[out]
            ((self._owner[out], self._rows[out]),) = rivals.items()

    def _resolve(self, before: dict[K2, V2 | None], run: Run) -> None:
        if self._rivals or self._conflicts:
            for out in before:
                if out in self._rivals or out in self._conflicts:
                    self._judge(out, run)

    def _judge(self, out: K2, run: Run) -> None:
        """Name the owner of a contested key, and tell when the set of losers changed."""
        known = self._conflicts.pop(out, ())
        rivals = self._rivals.get(out, {})
        claimants = ordered(self, rivals)
        if not claimants:
            return
        winner = self._owner[out] = claimants[0]
        self._rows[out] = rivals[winner]
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
