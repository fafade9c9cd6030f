"""Asks every engine for its numbers, about once a second.

Knows the rhythm: each engine at its own moment, few at once, longer and longer after failures, and
slower while nobody asks for picks. Must not know what the numbers mean. What hangs holds one of a
few places for two seconds, and after that comes rarely.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from portway.adapters.engines.page import NoPage, Page

_log = logging.getLogger(__name__)

_JITTER: Final = 0.2


@dataclass(frozen=True, slots=True)
class Rhythm:
    """In seconds, but ``at_once``.

    Attributes:
        busy: between looks at an engine while requests come.
        idle: the same while none come.
        patience: for one answer.
        longest: between looks at an engine that does not answer.
        at_once: engines that are asked at the same time.
    """

    busy: float = 1.0
    idle: float = 5.0
    patience: float = 2.0
    longest: float = 30.0
    at_once: int = 16


class Scraper:
    """Asks until cancelled."""

    def __init__(
        self,
        tell: Callable[[str, bytes], None],
        *,
        failed: Callable[[str], None] = lambda _: None,
        busy: Callable[[], bool] = lambda: True,
        path: str = "/metrics",
        rhythm: Rhythm | None = None,
    ) -> None:
        """``tell`` gets an endpoint's name and its page; ``failed`` the name of one that gave none.
        ``busy``: whether requests come."""
        self._tell = tell
        self._failed = failed
        self._busy = busy
        self._path = path
        self._rhythm = rhythm or Rhythm()
        self._woken = asyncio.Event()
        self._places = asyncio.Semaphore(self._rhythm.at_once)
        self._wanted: dict[str, str] = {}
        self._asked: dict[str, tuple[str, asyncio.Task[None]]] = {}
        self._group: asyncio.TaskGroup | None = None

    def update(self, places: Iterable[tuple[str, str]]) -> None:
        """Names of endpoints, and the `ip:port` where each tells its numbers."""
        self._wanted = dict(places)
        self._adjust()

    def wake(self) -> None:
        """Requests come again: ask everybody soon, not when the idle time is over."""
        woken, self._woken = self._woken, asyncio.Event()
        woken.set()

    async def run(self) -> None:
        """Ask until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            self._adjust()
            await asyncio.Event().wait()

    def _adjust(self) -> None:
        if self._group is None:
            return
        for name, (where, task) in list(self._asked.items()):
            if self._wanted.get(name) != where:
                task.cancel()
                del self._asked[name]
        for name, where in self._wanted.items():
            if name not in self._asked:
                self._asked[name] = (where, self._group.create_task(self._ask(name, where)))

    async def _ask(self, name: str, where: str) -> None:
        page = Page(where, self._path)
        failures = 0
        # The first look is soon, but a hundred engines are not asked in one moment.
        wait = random.uniform(0, self._rhythm.busy)
        try:
            while True:
                if await self._rest(wait, failures):
                    wait = random.uniform(0, self._rhythm.busy)
                    continue
                async with self._places:
                    failures = 0 if await self._one(name, page, failures) else failures + 1
                wait = self._wait(failures)
        finally:
            page.close()

    async def _rest(self, seconds: float, failures: int) -> bool:
        """Whether it was cut short; those that do not answer are left alone."""
        if failures or seconds <= self._rhythm.busy * (1 + _JITTER):
            await asyncio.sleep(seconds)
            return False
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        return True

    async def _one(self, name: str, page: Page, failures: int) -> bool:
        try:
            text = await page.get(self._rhythm.patience)
        except NoPage as why:
            # The first in a row, since a silent engine is asked again and again.
            level = logging.DEBUG if failures else logging.INFO
            _log.log(level, "%s tells no numbers: %s", name, why)
            self._failed(name)
            return False
        self._tell(name, text)
        return True

    def _wait(self, failures: int) -> float:
        """Seconds until the next look, somewhere around the rhythm so that they stay apart."""
        base = self._rhythm.busy if self._busy() else self._rhythm.idle
        whole = min(base * (1 << min(failures, 10)), max(base, self._rhythm.longest))
        return whole * random.uniform(1 - _JITTER, 1 + _JITTER)
