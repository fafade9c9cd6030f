"""One operating-system process: started on its own, recognised again, waited for, signalled.

Knows sessions, /proc and process file descriptors. A process file descriptor names one process for
as long as it is held, so no signal ever reaches a stranger that got the same number, and waiting
works for a child and for a process an earlier control plane started alike.

Must not know that the process is an Envoy.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

# What a child gets of our environment: tokens and keys of the control plane are none of it.
_PASSED_ON = ("PATH", "TZ", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


class ProcessError(Exception):
    """A process could not be started. The message names the executable and the reason."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which process, and what it was started with.

    Attributes:
        pid: the process number, which the system may give away again.
        start_ticks: when it started, in clock ticks since boot; with the pid it is unique.
        digest: hexadecimal digest of the executable, arguments and configuration.
    """

    pid: int
    start_ticks: int
    digest: str


def write_identity(file: Path, identity: Identity) -> None:
    """Writes the pid file whole or not at all, readable by the owner only."""
    replace_file(file, json.dumps(asdict(identity)).encode())


def read_identity(file: Path) -> Identity | None:
    """What a pid file says; None when there is none or it is damaged."""
    try:
        content = json.loads(file.read_bytes())
        return Identity(int(content["pid"]), int(content["start_ticks"]), str(content["digest"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def replace_file(file: Path, content: bytes) -> None:
    """Atomically writes a file of mode 0600."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}.new")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
    os.replace(temporary, file)


def start_ticks(pid: int) -> int | None:
    """When the process started; None when there is no such process or it has already ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (OSError, UnicodeDecodeError):
        return None
    # The second field is the program's name in parentheses and may hold anything.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else int(fields[19])


class Process:
    """A running process held by its file descriptor. Closing it does not end the process."""

    def __init__(self, pid: int) -> None:
        """Takes hold of a process.

        Raises:
            ProcessLookupError: there is none of that number.
        """
        self.pid = pid
        self._fd = os.pidfd_open(pid)
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int | None] = self._loop.create_future()
        self._loop.add_reader(self._fd, self._on_end)

    async def ended(self) -> int | None:
        """Waits for the end: the exit status, negative for a signal; None where it is unknown,
        because another process was the parent."""
        return await asyncio.shield(self._ended)

    def has_ended(self) -> bool:
        """Whether the end was seen."""
        return self._ended.done()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal; nothing happens when the process has ended."""
        if self._fd >= 0 and not self.has_ended():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._fd, number)

    def close(self) -> None:
        """Lets go of the process, which lives on; whoever still waits for its end is told None."""
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1
        if not self._ended.done():
            self._ended.set_result(None)

    def _on_end(self) -> None:
        self._loop.remove_reader(self._fd)
        status: int | None = None
        # Not our child when an earlier control plane started it: then init reaps it.
        with contextlib.suppress(ChildProcessError):
            pid, raw = os.waitpid(self.pid, os.WNOHANG)
            status = os.waitstatus_to_exitcode(raw) if pid else None
        if not self._ended.done():
            self._ended.set_result(status)


def spawn(
    executable: Path, arguments: Sequence[str], log: Path, *, own_output: bool = False
) -> Process:
    """Starts a process in a session of its own, so that neither a closed terminal nor the end of
    the control plane reaches it. Its output is appended to `log`; with `own_output` only what it
    says of itself is (standard error), and the rest goes where ours goes.

    Raises:
        ProcessError: it could not be started.
    """
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    said = (os.POSIX_SPAWN_OPEN, 2, str(log), append, 0o600)
    output = () if own_output else ((os.POSIX_SPAWN_DUP2, 2, 1),)
    try:
        # Not subprocess: its objects insist on outliving or ending their child.
        pid = os.posix_spawn(
            executable,
            [str(executable), *arguments],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                said,
                *output,
            ],
            setsid=True,
            setsigdef=[signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
            setsigmask=[],
        )
    except OSError as error:
        raise ProcessError(f"{executable} did not start: {error}") from error
    return Process(pid)


def recognise(identity: Identity) -> Process | None:
    """Takes hold of the process an identity names, or None when it is gone."""
    try:
        process = Process(identity.pid)
    except (ProcessLookupError, PermissionError):
        return None
    # Checked after taking hold: from here on the number cannot change its meaning.
    if start_ticks(identity.pid) != identity.start_ticks:
        process.close()
        return None
    return process
