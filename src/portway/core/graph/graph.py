"""The graph: makes collections in order, and settles them in that order.

Knows ranks and who follows or reads whom. Must not know threads, time or values. Creation order
is a topological order because a collection can only name collections that exist already. So any
prefix of it can be settled alone, which is what the late part is for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any, TypeVar

from portway.core.graph import picture
from portway.core.graph.collection import Collection, Node, Run, Several, Source
from portway.core.graph.context import Context
from portway.core.graph.distinct import Distinct
from portway.core.graph.grouping import Group, Index
from portway.core.graph.reduce import Reduce
from portway.core.graph.result import NOTHING, Change, Failure, GraphError, Settled
from portway.core.graph.transform import Derive, Map
from portway.core.graph.union import Union

A = TypeVar("A")
G = TypeVar("G")
K = TypeVar("K")
V = TypeVar("V")
K2 = TypeVar("K2")
V2 = TypeVar("V2")
T = TypeVar("T")
N = TypeVar("N", bound=Node[Any, Any])

_NOBODY = object()


class Graph:
    """Collections and the function that brings them up to date.

    `strict` is for tests: a settle that had failures raises the first of them when it is done.
    """

    def __init__(self, strict: bool = False) -> None:
        self._strict = strict
        self._nodes: list[Node[Any, Any]] = []
        self._stale: list[int] = []  # heap of ranks
        self._queued: set[int] = set()
        self._settling = False
        self._late: int | None = None  # the first rank that `settle_early` leaves for later

    def source(self, name: str, heard: Callable[[K], None] | None = None) -> Source[K, V]:
        """A collection that is written from outside. Annotate the variable: Source[K, V].

        `heard` is called with the key after each write; it may write to other sources."""
        return self._add(Source(self._new(name), len(self._nodes), self._touch, heard))

    def derive(
        self,
        name: str,
        over: Collection[K, V],
        fn: Callable[[Context, K, V], Mapping[K2, V2]],
    ) -> Collection[K2, V2]:
        """Each key of `over` becomes any number of keys. An out-key has one in-key; a second one
        is refused with a DuplicateKeyError and the smaller in-key stands."""
        return self._add(Derive(self._new(name, over), over, fn, self._nodes))

    def map(
        self, name: str, over: Collection[K, V], fn: Callable[[Context, K, V], V2 | None]
    ) -> Collection[K, V2]:
        """Each key of `over` becomes the same key, or nothing when `fn` returns None."""
        return self._add(Map(self._new(name, over), over, fn, self._nodes))

    def index(
        self, name: str, over: Collection[K, V], fn: Callable[[K, V], Iterable[G]]
    ) -> Index[G, K, V]:
        """A look-up of `over` by group, for Context.by. An index with one constant group is the
        way to read all of a collection."""
        return self._add(Index(self._new(name, over), len(self._nodes), over, fn))

    def group(
        self, name: str, over: Collection[K, V], fn: Callable[[K, V], Iterable[G]]
    ) -> Collection[G, tuple[tuple[K, V], ...]]:
        """A collection of groups with their members in key order; empty groups disappear."""
        return self._add(Group(self._new(name, over), len(self._nodes), over, fn))

    def distinct(
        self, name: str, over: Collection[K, V], fn: Callable[[K, V], Iterable[G]]
    ) -> Collection[G, bool]:
        """The groups that have a member, without their members: nothing changes when one more
        joins, so it costs the same for a group of thousands."""
        return self._add(Distinct(self._new(name, over), len(self._nodes), over, fn))

    def reduce(
        self,
        name: str,
        over: Collection[K, V],
        key_fn: Callable[[K, V], Iterable[tuple[G, T]]],
        zero: A,
        add: Callable[[A, T], A],
        remove: Callable[[A, T], A],
    ) -> Collection[G, A]:
        """A collection of running folds. `add` and `remove` must commute, undo each other and
        return new values. A group without contributions disappears."""
        rank = len(self._nodes)
        return self._add(Reduce(self._new(name, over), rank, over, key_fn, zero, add, remove))

    def union(self, name: str, inputs: Sequence[Collection[K, V]]) -> Collection[K, V]:
        """All keys of several collections; where several have a key, the first one's value."""
        checked = self._new(name, *inputs)
        return self._add(Union(checked, len(self._nodes), inputs))

    def late_from_here(self) -> None:
        """Collections made from now on are left out by `settle_early`."""
        if self._late is not None:
            raise GraphError("late_from_here was called before; a graph has one late part")
        self._late = len(self._nodes)

    def settle(self) -> Settled:
        """Run what became stale, in creation order. O(1) when nothing was written.

        Raises GraphError when called from a transformation or when keys cannot be ordered, and,
        if strict, the first failure after everything else has been settled.
        """
        return self._settle(len(self._nodes))

    def settle_early(self) -> Settled:
        """The same without the late part, which stays stale until `settle`.

        Since nothing early reads anything late, early collections are as right as after a
        `settle`; late ones are as they were.
        """
        return self._settle(self._first_late)

    def settle_late(self, most: int | None = None) -> Settled:
        """The late part only; nothing is run while anything early is stale.

        With `most`, stop after about so many calls. The rest stays stale, and until it is settled
        each late key is as it was at some time since the last whole settle.
        """
        if self._stale and self._stale[0] < self._first_late:
            return NOTHING
        return self._settle(len(self._nodes), most)

    @property
    def stale(self) -> bool:
        """Whether `settle` has anything to do."""
        return bool(self._stale)

    @property
    def _first_late(self) -> int:
        return len(self._nodes) if self._late is None else self._late

    def _settle(self, end: int, most: int | None = None) -> Settled:
        if self._settling:
            raise GraphError("settle was called from inside a transformation")
        if not self._stale or self._stale[0] >= end:
            return NOTHING
        self._settling = True
        try:
            run = Run(most)
            changed = self._run(run, end)
        finally:
            self._settling = False
        if self._strict and run.failures:
            raise run.failures[0].exception
        return Settled(changed, tuple(run.failures), run.recomputed)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All failures that stand now, not only those of the last settle."""
        return tuple(failure for node in self._nodes for failure in node._standing())

    def footprint(self) -> int:
        """How many entries the graph holds, bookkeeping included. 0 when all sources are empty."""
        return len(self._stale) + sum(node._footprint() for node in self._nodes)

    def describe(self) -> str:
        """One line per collection: its name, kind, input and what it was seen to read."""
        return picture.text(self._nodes)

    def dot(self) -> str:
        """The same as `describe`, in the language of Graphviz."""
        return picture.dot(self._nodes)

    def _run(self, run: Run, end: int) -> dict[str, dict[Any, Change[Any]]]:
        changed: dict[str, dict[Any, Change[Any]]] = {}
        while self._stale and self._stale[0] < end and not run.spent:
            node = self._nodes[self._stale[0]]
            changes = node._settle(run)
            if not node._dirty:
                self._queued.discard(heappop(self._stale))
            if not changes:
                continue
            if not isinstance(node, Index):
                changed[node.name] = changes
            for follower in node._followers:
                follower._dirty |= dict.fromkeys(changes)
                self._queue(follower)
            for reader, read in node._readers.items():
                self._wake(reader, read, changes)
        return changed

    def _wake(self, reader: Node[Any, Any], read: dict[Any, Any], changes: Iterable[Any]) -> None:
        for key in changes:
            found = read.get(key, _NOBODY)
            if type(found) is Several:
                reader._dirty |= dict.fromkeys(found)
            elif found is not _NOBODY:
                reader._dirty[found] = None
        if reader._dirty:
            self._queue(reader)

    def _queue(self, node: Node[Any, Any]) -> None:
        if node._rank not in self._queued:
            self._queued.add(node._rank)
            heappush(self._stale, node._rank)

    def _touch(self, source: Node[Any, Any]) -> None:
        if self._settling:
            raise GraphError(f"source {source.name!r} was written from inside a transformation")
        self._queue(source)

    def _new(self, name: str, *over: Node[Any, Any]) -> str:
        """Check that a collection of this name may be created over those."""
        if self._settling:
            raise GraphError(f"collection {name!r} was created from inside a transformation")
        if any(node.name == name for node in self._nodes):
            raise GraphError(f"there is a collection {name!r} already; choose another name")
        for each in over:
            if each not in self._nodes:
                raise GraphError(f"collection {name!r}: {each.name!r} belongs to another graph")
        return name

    def _add(self, node: N) -> N:
        self._nodes.append(node)
        for each in node._over:
            if len(each):
                node._dirty |= dict.fromkeys(each._rows)
                self._queue(node)
        return node
