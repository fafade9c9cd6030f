"""The eyes of a transformation: what it reads is recorded, also when nothing was there.

Knows which node is running and what it read. Must not know why, nor what happens on a change.
"""

from itertools import chain
from typing import Any, TypeVar

from portway.core.graph.collection import Collection, Node
from portway.core.graph.grouping import Index
from portway.core.graph.result import GraphError

K = TypeVar("K")
V = TypeVar("V")
G = TypeVar("G")

Reads = tuple[Any, ...]
"""Flat, since there are several for each key of a graph: node, key, node, key, ..."""


class Context:
    """Handed to a transformation for the length of one call."""

    __slots__ = ("_name", "_nodes", "_rank", "_reads")

    def __init__(self, name: str, rank: int, nodes: list[Node[Any, Any]]) -> None:
        self._name = name
        self._rank = rank
        self._nodes = nodes
        self._reads: dict[tuple[Node[Any, Any], Any], None] | None = None

    def get(self, collection: Collection[K, V], key: K) -> V | None:
        """The value at `key`, or None; the caller runs again when it changes or appears."""
        self._record(collection, key)
        return collection._rows.get(key)

    def by(self, index: Index[G, K, V], group: G) -> tuple[tuple[K, V], ...]:
        """The members of a group in key order; the caller runs again when any of it changes."""
        self._record(index, group)
        return index._rows.get(group, ())

    def _record(self, node: Node[Any, Any], key: Any) -> None:
        if self._reads is None:
            raise GraphError(
                f"collection {self._name!r}: its context was used outside of its transformation; "
                "read everything before returning"
            )
        rank = node._rank
        if rank >= self._rank or self._nodes[rank] is not node:
            raise GraphError(
                f"collection {self._name!r} may not read {node.name!r}: "
                "only collections of the same graph that were created earlier can be read"
            )
        self._reads[(node, key)] = None

    def _begin(self) -> None:
        self._reads = {}

    def _end(self) -> Reads:
        reads = tuple(chain.from_iterable(self._reads or ()))
        self._reads = None
        return reads
