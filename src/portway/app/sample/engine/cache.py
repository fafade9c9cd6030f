"""The blocks of an engine's memory: in use, remembered, or free.

Knows names and counts. Must not know requests or time. A block is in use while a request holds it,
several may hold the same one; nobody's blocks are remembered until the room is needed, the one used
longest ago goes first. A request's blocks are let go last block first, as in vLLM, so that what
several prompts share (their beginning) is remembered longest.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence


class BlockCache:
    """At most `capacity` blocks."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._holders: dict[Hashable, int] = {}
        self._remembered: OrderedDict[Hashable, None] = OrderedDict()
        self._private = 0

    @property
    def used(self) -> int:
        """Blocks in use."""
        return len(self._holders) + self._private

    @property
    def kept(self) -> int:
        """Blocks in use or remembered."""
        return self.used + len(self._remembered)

    def cached(self, chain: Sequence[Hashable]) -> int:
        """How many blocks from the beginning of `chain` are here."""
        for number, block in enumerate(chain):
            if block not in self._holders and block not in self._remembered:
                return number
        return len(chain)

    def hold(self, chain: Sequence[Hashable], private: int = 0) -> int | None:
        """Takes the blocks of `chain` (no block twice) and `private` ones that nobody can share.

        Returns how many from the beginning were here already, or None, with nothing changed, when
        what others hold leaves too little room.
        """
        fresh = sum(block not in self._holders for block in chain)
        if self.used + fresh + private > self.capacity:
            return None
        found = self.cached(chain)
        for block in chain:
            self._remembered.pop(block, None)
            self._holders[block] = self._holders.get(block, 0) + 1
        self._private += private
        while self.kept > self.capacity:
            self._remembered.popitem(last=False)
        return found

    def release(
        self, chain: Sequence[Hashable], private: int = 0, *, computed: int | None = None
    ) -> None:
        """Lets go of what `hold` took. Of `chain` the first `computed` blocks hold something, all
        of them by default; the others are not remembered."""
        known = len(chain) if computed is None else computed
        for number, block in reversed(list(enumerate(chain))):
            holders = self._holders.pop(block) - 1
            if holders:
                self._holders[block] = holders
            elif number < known:
                self._remembered[block] = None
        self._private -= private
