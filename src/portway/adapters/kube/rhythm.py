"""How often and how long: every time the cluster path waits for something.

Knows seconds and sizes. Must not know what is waited for.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_LONGEST_ASKED: Final = 300.0
"""Of what a server asks to wait; nobody means more."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """All in seconds, but ``page``.

    Attributes:
        page: objects in one piece of a list.
        reach: for a connection to come about: where packets arrive it takes milliseconds, and where
            they vanish (nobody refuses) each try costs all of it.
        piece: for each piece of an answer.
        silence: after which a watch counts as broken: the server sends a bookmark each minute.
        lifetime: of a watch at least; the server ends it between this and twice this, so that
            watches do not end all at once.
        first: the wait after a first failure; it doubles with each further one.
        longest: of those waits.
        scout: of the one that looks whether a server which was away is back.
        settled: a watch that lasted so long is a success.
        poll: between looks at which kinds there are, when nobody tells of a change.
        looks: after a change of a CRD, since the server serves it only a little later.
        forbidden: how long a kind we may not read is waited for before all else begins without it.
    """

    page: int = 500
    reach: float = 5.0
    piece: float = 15.0
    silence: float = 150.0
    lifetime: float = 300.0
    first: float = 0.25
    longest: float = 30.0
    scout: float = 2.0
    settled: float = 5.0
    poll: float = 30.0
    looks: tuple[float, ...] = (0.1, 1.0, 4.0)
    forbidden: float = 30.0


class Backoff:
    """Waits that double, each somewhere in its upper half so that clients come apart."""

    def __init__(self, rhythm: Rhythm, chance: Callable[[], float] = random.random) -> None:
        """``chance`` gives a number from 0 up to 1."""
        self._rhythm = rhythm
        self._chance = chance
        self.tries = 0
        """How often it failed in a row."""

    def next(self, at_least: float | None = None) -> float:
        """Seconds until the next try; not before the server wants it."""
        whole = min(self._rhythm.longest, self._rhythm.first * (1 << min(self.tries, 30)))
        self.tries += 1
        return max(whole * (1 + self._chance()) / 2, min(at_least or 0.0, _LONGEST_ASKED))

    def reset(self) -> None:
        """It worked: the next failure is a first one again."""
        self.tries = 0


class Pace:
    """So many a second and no more, however many ask."""

    def __init__(self, each_second: float) -> None:
        self._pause = 1.0 / each_second
        self._free_at = 0.0

    async def turn(self) -> None:
        """Wait for one's turn."""
        loop = asyncio.get_running_loop()
        self._free_at = max(self._free_at + self._pause, loop.time())
        await asyncio.sleep(self._free_at - loop.time())
