"""Processes of a test: started in a group of their own, and gone when the test is.

Knows /proc and signals. Must not know what the processes do. Envoy outlives the control plane by
design, so a test ends everything that names its private folder on its command line, and nothing
else.
"""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


async def start(command: Sequence[str], log: Path) -> asyncio.subprocess.Process:
    """Starts a command in a session of its own; both outputs go to `log`."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )


async def end(process: asyncio.subprocess.Process, *, seconds: float = 10.0) -> int:
    """Asks a process to end (SIGTERM), insists after `seconds`; returns its exit code."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
    try:
        async with asyncio.timeout(seconds):
            return await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        return await process.wait()


def naming(folder: Path) -> list[int]:
    """The processes, this one left out, whose command line names a path in `folder`."""
    mark = str(folder.resolve()).encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                if _names(entry.joinpath("cmdline").read_bytes(), mark):
                    found.append(int(entry.name))
    return sorted(found)


def kill_naming(folder: Path) -> list[int]:
    """Kills what `naming` finds and returns it."""
    found = naming(folder)
    for process_id in found:
        with suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)
    return found


def _names(command_line: bytes, mark: bytes) -> bool:
    """Whether an argument holds the folder as a whole path, not as the start of a longer name."""
    for argument in command_line.split(b"\0"):
        _, found, behind = argument.partition(mark)
        if found and behind[:1] in (b"", b"/", b"'", b'"', b" ", b",", b"}"):
            return True
    return False
