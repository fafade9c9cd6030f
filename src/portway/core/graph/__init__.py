"""Incremental collections: change one value and only what depends on it is computed again.

    source   keys and values from outside              derive   one key -> many keys
    map      one key -> the same key                    index    find members by a group
    group    a group -> its sorted members              reduce   a group -> a running fold
    distinct the groups that have members    union    several collections as one

A transformation is a pure function. It reads other collections only through its Context, which
records what was read, so there is no cache key to forget. `Graph.settle` runs everything that
became stale, in the order the collections were created, and returns what changed. It knows keys
and equality; it must not know what the values mean, and it does no input or output.

None is "absent" everywhere: no collection holds it. Keys of one collection must be orderable
among each other (strings, or tuples of one shape). Values must be immutable: they are shared, and
`==` decides whether a change goes on.
"""

from portway.core.graph.collection import Collection, Source
from portway.core.graph.context import Context
from portway.core.graph.graph import Graph
from portway.core.graph.grouping import Index
from portway.core.graph.result import (
    Change,
    DuplicateKeyError,
    Failure,
    GraphError,
    Settled,
)

__all__ = [
    "Change",
    "Collection",
    "Context",
    "DuplicateKeyError",
    "Failure",
    "Graph",
    "GraphError",
    "Index",
    "Settled",
    "Source",
]
