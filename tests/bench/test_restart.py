"""What control planes spent is known, though they are gone."""

import asyncio
from pathlib import Path

from bench.restart import Killed
from tests.wire.harness import processes

BUSY = ["python3", "-c", "import time\nt = time.time()\nwhile time.time() < t + 0.3: pass\ninput()"]


class Instance:
    """Something that can be killed and started again."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self.process_id = 0

    async def launch(self) -> None:
        self._process = await asyncio.create_subprocess_exec(*BUSY, stdin=asyncio.subprocess.PIPE)
        self.process_id = self._process.pid
        await asyncio.sleep(0.8)

    async def kill(self) -> None:
        await processes.end(self._process)


async def test_the_cpu_time_of_the_killed_is_counted(tmp_path: Path) -> None:
    instance = Instance(tmp_path / "log")
    await instance.launch()
    killed = Killed(instance)  # type: ignore[arg-type]
    try:
        # What the first one spent was before anybody watched.
        assert killed.cpu() < 0.1
        await killed.kill()
        await instance.launch()
        once = killed.cpu()
        assert once > 0.05
        await killed.kill()
        await instance.launch()
        assert killed.cpu() > once + 0.05
    finally:
        await instance.kill()
