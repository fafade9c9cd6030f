"""Somebody who follows a folder and only hears its batches.

What the tests of `watch` share; every wait is for an event, with a deadline.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from portway.adapters.folder.watch import Batch, FolderSource

DEADLINE = 10.0
DONE = Counter[str]()
"""What the source that is followed now has done, for those who count it."""


async def until(wanted: Callable[[], bool]) -> None:
    """For what nobody tells of: asks again and again."""
    async with asyncio.timeout(DEADLINE):
        while not wanted():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


def config_map(name: str, value: str = "1") -> str:
    head = "---\napiVersion: v1\nkind: ConfigMap\n"
    return f"{head}metadata: {{name: {name}}}\ndata: {{k: '{value}'}}\n"


class Mirror:
    """What someone who only hears the batches believes."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}
        self.batches: list[Batch] = []
        self._news = asyncio.Event()

    def take(self, batch: Batch) -> None:
        self.batches.append(batch)
        for event in batch.events:
            if event.object is None:
                del self.objects[event.name]
            else:
                self.objects[event.name] = getattr(event.object, "data", {}).get("k", "")
        self._news.set()

    async def until(self, wanted: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not wanted():
                self._news.clear()
                await self._news.wait()

    async def has(self, **objects: str) -> None:
        await self.until(lambda: self.objects == objects)

    async def settled(self) -> None:
        """Until nothing of the start is under way: the second look, which makes up for what
        happened before the watches were set."""
        await until(lambda: DONE["looked"] >= 2)

    @property
    def problems(self) -> list[str]:
        return [problem.message for problem in self.batches[-1].problems]


@asynccontextmanager
async def following(
    *paths: Path | str, debounce: float = 0.02, **options: Any
) -> AsyncIterator[Mirror]:
    DONE.clear()
    mirror = Mirror()
    source = FolderSource(paths, debounce=debounce, **options)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(source.run(mirror.take))
        try:
            await mirror.until(lambda: bool(mirror.batches))
            assert mirror.batches[0].listed
            yield mirror
            assert not any(batch.listed for batch in mirror.batches[1:])
        finally:
            task.cancel()
