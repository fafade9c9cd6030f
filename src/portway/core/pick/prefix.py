"""Which endpoint has seen which prompts: an approximation of what engines have in their caches.

Knows chains of hashes (see `blocks`) and how many of them an engine can keep. Must not know what
they are hashes of. Each endpoint has its own list of recently used hashes. Those of a chain are
always renewed from the last to the first, so a block is never older than what follows on it: if an
endpoint has a block it has all before it. That is what engines do too, and it makes the longest
match a search by halves, without a table of who has what.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

DEFAULT_CAPACITY: Final = 8192
"""Blocks of an endpoint whose engine does not say how much it can cache."""
LARGEST_CAPACITY: Final = 131_072
"""Whatever an engine says; with this an endpoint costs some 20 MB at most."""


class PrefixIndex:
    """The recently used blocks of each endpoint."""

    def __init__(self) -> None:
        self._used: dict[str, OrderedDict[int, None]] = {}
        self._capacity: dict[str, int] = {}

    def __len__(self) -> int:
        """Blocks of all endpoints together."""
        return sum(map(len, self._used.values()))

    def size(self, endpoint: str) -> int:
        """Blocks of one endpoint."""
        return len(self._used.get(endpoint, ()))

    def resize(self, endpoint: str, capacity: int) -> None:
        """How many blocks the endpoint can keep; what is over that is forgotten, oldest first."""
        self._capacity[endpoint] = max(1, min(capacity, LARGEST_CAPACITY))
        self._trim(endpoint)

    def add(self, endpoint: str, chain: Sequence[int]) -> None:
        """The endpoint gets a prompt of this chain."""
        if not chain:
            return
        used = self._used.setdefault(endpoint, OrderedDict())
        # What cannot be kept would push out its own beginning.
        for each in reversed(chain[: self._room(endpoint)]):
            used[each] = None
            used.move_to_end(each)
        self._trim(endpoint)

    def match(self, endpoint: str, chain: Sequence[int]) -> int:
        """How many blocks of the chain, from its start, the endpoint has."""
        used = self._used.get(endpoint)
        if not used or not chain or chain[0] not in used:
            return 0
        least, most = 1, len(chain)
        while least < most:
            middle = (least + most + 1) // 2
            if chain[middle - 1] in used:
                least = middle
            else:
                most = middle - 1
        return least

    def forget(self, endpoint: str) -> None:
        """The endpoint is gone, and its cache with it."""
        self._used.pop(endpoint, None)
        self._capacity.pop(endpoint, None)

    def _room(self, endpoint: str) -> int:
        return self._capacity.get(endpoint, DEFAULT_CAPACITY)

    def _trim(self, endpoint: str) -> None:
        used = self._used.get(endpoint)
        if used is not None:
            for _ in range(len(used) - self._room(endpoint)):
                used.popitem(last=False)
