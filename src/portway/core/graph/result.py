"""What a settle tells: changes, failures and the errors of the graph itself.

Plain frozen values; they know names and keys, never how a collection works inside.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

V = TypeVar("V")


class GraphError(Exception):
    """The graph is wired or used in a way that cannot work; the message says how to cure it."""


class DuplicateKeyError(GraphError):
    """Two in-keys of one derived collection emit the same out-key; `winner` stands."""

    def __init__(self, collection: str, out_key: object, winner: object, loser: object) -> None:
        super().__init__(
            f"collection {collection!r}: {winner!r} and {loser!r} both emit the key {out_key!r}; "
            f"the value of {winner!r} stands; emit the key from one of them, or fold with reduce"
        )
        self.out_key = out_key
        self.winner = winner
        self.loser = loser


class Change(msgspec.Struct, Generic[V], frozen=True, gc=False):
    """A value before and after; None is absent. Never both None, never equal.

    Not a NamedTuple, which takes several times as long to make: at a start there is one for each
    key of each collection.
    """

    old: V | None
    new: V | None


@dataclass(frozen=True, slots=True)
class Failure:
    """One key of one collection could not be computed: its last good output stands."""

    collection: str
    key: Hashable
    exception: Exception


@dataclass(frozen=True, slots=True)
class Settled:
    """The outcome of one settle.

    `changed` maps collection names to their changed keys, in key order; collections without a
    change are left out. `failures` are those that arose in this settle. `recomputed` counts calls
    of transformations.
    """

    changed: dict[str, dict[Any, Change[Any]]]
    failures: tuple[Failure, ...]
    recomputed: int

    def __bool__(self) -> bool:
        """Whether anything happened that a reader may care about."""
        return bool(self.changed or self.failures)


NOTHING = Settled({}, (), 0)
