"""The eyes of a transformation: what it reads is recorded, also when nothing was there.

Knows which node is running and what it read. Must not know why, nor what happens on a change.
"""

from typing import Any, TypeVar

from portway.core.graph.collection import Collection, Node
from portway.core.graph.grouping import Index
from portway.core.graph.result import GraphError

K = TypeVar("K")
V = TypeVar("V")
G = TypeVar("G")

Reads = dict[tuple[Node[Any, Any], Any], None]
"""What was read: nodes and keys, in the order of the reads."""


class Context:
    """Handed to a transformation for the length of one call."""

    __slots__ = ("_name", "_nodes", "_rank", "_reads")

    def __init__(self, name: str, rank: int, nodes: list[Node[Any, Any]]) -> None:
        self._name = name
        self._rank = rank
        self._nodes = nodes
        self._reads: Reads | None = None

    def get(self, collection: Collection[K, V], key: K) -> V | None:
        """The value at `key`, or None; the caller runs again when it changes or appears."""
        # Not a function of its own with `by`: there are ten reads for each object.
        rank = collection._rank
        if self._reads is None or rank >= self._rank or self._nodes[rank] is not collection:
            raise self._misuse(collection)
        self._reads[(collection, key)] = None
        return collection._rows.get(key)

    def by(self, index: Index[G, K, V], group: G) -> tuple[tuple[K, V], ...]:
        """The members of a group in key order; the caller runs again when any of it changes."""
        rank = index._rank
        if self._reads is None or rank >= self._rank or self._nodes[rank] is not index:
            raise self._misuse(index)
        self._reads[(index, group)] = None
        return index._rows.get(group, ())

    def _misuse(self, node: Node[Any, Any]) -> GraphError:
        if self._reads is None:
            return GraphError(
                f"collection {self._name!r}: its context was used outside of its transformation; "
                "read everything before returning"
            )
        return GraphError(
            f"collection {self._name!r} may not read {node.name!r}: "
            "only collections of the same graph that were created earlier can be read"
        )

    def _begin(self) -> None:
        self._reads = {}

    def _end(self) -> Reads:
        reads, self._reads = self._reads or {}, None
        return reads
