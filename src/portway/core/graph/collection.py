"""The base of everything in a graph, and the collection that is written from outside.

Knows rows, followers and recorded readers. Must not know how a row is computed: that is the
business of the stages. The modules of this package share the underscored attributes of Node; no
other package may touch them.
"""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Generic, TypeVar

from portway.core.graph.result import Change, Failure, GraphError

G = TypeVar("G")
K = TypeVar("K")
V = TypeVar("V")


class Several(set[Any]):
    """In-keys that read the same key, where there is more than one; `key` is what they read.

    Most keys have one reader, and a set for each of those would be most of the graph's memory.
    """

    __slots__ = ("key",)

    def __init__(self, key: Any, members: Iterable[Any]) -> None:
        super().__init__(members)
        self.key = key


class Run:
    """The books of one settle: how many calls were made, may be made, and which failed."""

    __slots__ = ("failures", "most", "recomputed", "taken")

    def __init__(self, most: int | None = None) -> None:
        self.most = most
        self.recomputed = 0
        self.taken = 0
        self.failures: list[Failure] = []

    @property
    def spent(self) -> bool:
        """Whether no more calls may be made."""
        return self.most is not None and max(self.taken, self.recomputed) >= self.most

    def share(self, node: "Node[Any, Any]") -> dict[Any, None]:
        """As many of the node's stale keys as may be run now; the node keeps the rest."""
        dirty = node._dirty
        left = len(dirty) if self.most is None else self.most - max(self.taken, self.recomputed)
        if left >= len(dirty):
            node._dirty = {}
        else:
            dirty = dict.fromkeys(dirty.popitem()[0] for _ in range(left))
        self.taken += len(dirty)
        return dirty


class Node(Generic[K, V]):
    """Rows that change during a settle, and who has to hear of it."""

    kind: ClassVar[str]

    def __init__(self, name: str, rank: int, *over: "Node[Any, Any]") -> None:
        self.name = name
        self._rank = rank
        self._over = over
        self._rows: dict[K, V] = {}
        # A set that keeps the order in which keys came, which is mostly their own: to sort
        # thousands that are in order already costs next to nothing.
        self._dirty: dict[Any, None] = {}
        self._broken: dict[Any, Failure] = {}
        self._followers: list[Node[Any, Any]] = []
        # reading node -> key that was read -> the in-key of the reading node that read it
        self._readers: dict[Node[Any, Any], dict[K, Any | Several]] = {}
        for each in over:
            each._followers.append(self)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name!r}: {len(self._rows)} keys>"

    def __len__(self) -> int:
        return len(self._rows)

    def _settle(self, run: Run) -> dict[K, Change[V]]:
        """Bring the rows up to date with `_dirty` and return the changes in key order."""
        raise NotImplementedError

    def _fail(self, run: Run, key: Any, exception: Exception) -> None:
        failure = Failure(self.name, key, exception)
        self._broken[key] = failure
        run.failures.append(failure)

    def _groups_of(
        self, fn: Callable[[Any, Any], Iterable[G]], key: Any, value: Any, run: Run
    ) -> tuple[G, ...] | None:
        """The groups of a key, none when it is gone; None when `fn` failed, so that the key stays
        where it was."""
        groups: tuple[G, ...] = ()
        if value is not None:
            run.recomputed += 1
            try:
                groups = tuple(dict.fromkeys(fn(key, value)))
            except Exception as error:
                self._fail(run, key, error)
                return None
        if self._broken:
            self._broken.pop(key, None)
        return groups

    def _standing(self) -> Iterable[Failure]:
        """Failures that have not been cured yet."""
        return self._broken.values()

    def _footprint(self) -> int:
        """How many entries this node keeps, bookkeeping included; 0 when all input is gone."""
        read = sum(
            len(keys) if type(keys) is Several else 1
            for rows in self._readers.values()
            for keys in rows.values()
        )
        return len(self._rows) + len(self._dirty) + len(self._broken) + len(self._readers) + read


class Collection(Node[K, V]):
    """Keys and values, readable by other transformations and, after a settle, from outside."""

    def get(self, key: K) -> V | None:
        """The value at `key` as of the last settle, or None."""
        return self._rows.get(key)

    def items(self) -> tuple[tuple[K, V], ...]:
        """All keys and values in key order. Sorts: for tests, dumps and first loads."""
        return tuple((key, self._rows[key]) for key in ordered(self, self._rows))

    def is_read(self, key: K) -> bool:
        """Whether anything that is computed depends on what is at the key, or on nothing there."""
        return any(key in rows for rows in self._readers.values())


class Source(Collection[K, V]):
    """The only kind of collection that is written from outside. Writes count at the next settle.

    `heard` is called with the key after each write, so that another source can follow.
    """

    kind = "source"

    def __init__(
        self,
        name: str,
        rank: int,
        touch: Callable[[Node[Any, Any]], None],
        heard: Callable[[K], None] | None = None,
    ) -> None:
        super().__init__(name, rank)
        self._touch = touch
        self._heard = heard
        self._before: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        """The value last set at `key`, settled or not; None when absent."""
        return self._rows.get(key)

    def set(self, key: K, value: V) -> None:
        """Write one value. Raises GraphError for None and inside a transformation."""
        if value is None:
            raise GraphError(f"source {self.name!r}: None at {key!r}; use remove to take it away")
        self._touch(self)
        self._before.setdefault(key, self._rows.get(key))
        self._rows[key] = value
        if self._heard is not None:
            self._heard(key)

    def remove(self, key: K) -> None:
        """Take one key away; nothing happens when it is absent."""
        self._touch(self)
        if key in self._rows:
            self._before.setdefault(key, self._rows[key])
            del self._rows[key]
            if self._heard is not None:
                self._heard(key)

    def _settle(self, run: Run) -> dict[K, Change[V]]:
        changes = compare(self, self._before)
        self._before.clear()
        return changes

    def _footprint(self) -> int:
        return super()._footprint() + len(self._before)


def ordered(node: Node[Any, Any], keys: Iterable[K]) -> list[K]:
    """Keys in their own order. Raises GraphError when they cannot be compared."""
    listed: list[Any] = list(keys)
    try:
        listed.sort()
    except TypeError as error:
        raise GraphError(
            f"collection {node.name!r}: its keys cannot be ordered ({error}); "
            "use strings, or tuples of one shape"
        ) from error
    return listed


def compare(node: Node[K, V], before: dict[K, V | None]) -> dict[K, Change[V]]:
    """What differs between the noted old values and the rows now, in key order."""
    changes: dict[K, Change[V]] = {}
    rows = node._rows
    for key in ordered(node, before) if len(before) > 1 else before:
        old, new = before[key], rows.get(key)
        if old is not new and (old is None or new is None or old != new):
            changes[key] = Change(old, new)
    return changes
