"""Apps that come and go a little all the time: endpoints flip, paths change.

Knows the pace of route-scale tests as others publish them: one endpoint added or taken away every
two seconds, one route's path changed every second, with normal jitter of a fifth of the period.
Must not know who watches.
"""

import asyncio
import random
from pathlib import Path
from time import monotonic

from bench import folder

FLIP_SECONDS = 2.0
PATH_SECONDS = 1.0
_IDLE_SECONDS = 0.02


class Churn:
    """Changes random apps of a folder while `run` runs.

    `rate` multiplies the pace (0: nothing changes); `changes` counts the files that were replaced.
    """

    def __init__(self, where: Path, apps: int, port: int, seed: int = 1) -> None:
        self.rate = 0.0
        self.changes = 0
        self._where = where
        self._apps = apps
        self._port = port
        self._random = random.Random(seed)
        self._two: set[int] = set()
        self._paths: dict[int, int] = {}

    async def run(self) -> None:
        """Until cancelled."""
        flip = path = monotonic()
        while True:
            if not self.rate:
                await asyncio.sleep(_IDLE_SECONDS)
                flip = path = monotonic()
                continue
            await asyncio.sleep(max(0.0, min(flip, path) - monotonic()))
            if flip <= path:
                flip += self._pause(FLIP_SECONDS)
                self.flip()
            else:
                path += self._pause(PATH_SECONDS)
                self.change_path()

    def flip(self) -> None:
        """One endpoint more, or one less."""
        number = self._random.randrange(self._apps)
        self._two ^= {number}
        self._write(number)

    def change_path(self) -> None:
        """Another path for one app."""
        number = self._random.randrange(self._apps)
        self._paths[number] = self._paths.get(number, 0) + 1
        self._write(number)

    def _pause(self, period: float) -> float:
        period /= self.rate or 1.0
        return max(0.0, self._random.gauss(period, period / 5))

    def _write(self, number: int) -> None:
        version = self._paths.get(number, 0)
        text = folder.app(
            number,
            self._port,
            path=f"/v{version}" if version else "/",
            endpoints=2 if number in self._two else 1,
        )
        folder.put(folder.app_file(self._where, number), text)
        self.changes += 1
