"""Keeps one Envoy running: started or adopted, watched, restarted, ended without cutting requests.

Knows the process around the proxy: its folder, its flags, its log, when it is ready and when it
died. Must not know what it serves. The proxy outlives its supervisor on purpose: a supervisor that
is cancelled lets go, and the next one with the same configuration adopts the proxy it finds.

The run folder, which must be private (mode 0700), holds `bootstrap.json`, `envoy.pid`,
`envoy.log`, `envoy.log.1` and `lock`; only one supervisor at a time holds the lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import random
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portway.adapters.envoy import log_file
from portway.adapters.envoy.admin_client import AdminClient, AdminError
from portway.adapters.envoy.binary import Binary
from portway.adapters.envoy.drain import DrainTimes, end
from portway.adapters.envoy.process import (
    Identity,
    Process,
    read_identity,
    recognise,
    replace_file,
    spawn,
    start_ticks,
    write_identity,
)

_READY_POLL_SECONDS = 0.05
_LOG_POLL_SECONDS = 10.0
_LAST_LINES = 20
_STRANGER_SECONDS = 10.0


class SupervisorError(Exception):
    """The proxy cannot be supervised here. The message says why and the cure."""


@dataclass(frozen=True, slots=True)
class SupervisorSettings:
    """How one proxy is run.

    Attributes:
        binary: the executable.
        run_dir: a folder of the proxy's own.
        admin_socket: where its bootstrap puts the admin socket.
        concurrency: worker threads.
        times: how patient the end is.
        first_backoff_seconds: the wait before the first restart; it doubles with every further.
        longest_backoff_seconds: where the doubling stops.
        stable_seconds: a proxy that was ready for so long starts the counting anew.
        crash_loop_after: deaths in a row that make a crash loop.
        log_bytes: the size at which the log file is rotated.
        flags: more of Envoy's flags, each `--name` or `--name=value`; one of ours that is among
            them is as it is said there.
        own_output: whether access logs on its standard output go to ours, and not to the log file.
    """

    binary: Binary
    run_dir: Path
    admin_socket: Path
    concurrency: int = 2
    times: DrainTimes = field(default_factory=DrainTimes)
    first_backoff_seconds: float = 0.1
    longest_backoff_seconds: float = 30.0
    stable_seconds: float = 30.0
    crash_loop_after: int = 5
    log_bytes: int = 16 * 1024 * 1024
    flags: tuple[str, ...] = ()
    own_output: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A new process runs; it is not ready yet."""

    pid: int


@dataclass(frozen=True, slots=True)
class Adopted:
    """A process an earlier supervisor started with the same configuration goes on."""

    pid: int


@dataclass(frozen=True, slots=True)
class Replacing:
    """A running process is drained and ended first: it was started with other settings."""

    pid: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The process has its first configuration and serves."""

    pid: int


@dataclass(frozen=True, slots=True)
class Died:
    """The process ended without being asked.

    Attributes:
        status: exit status, negative for a signal, None where it is unknown.
        deaths: how many in a row, this one included.
        restart_in: seconds until the next start.
        last_lines: its last warnings and errors.
    """

    pid: int
    status: int | None
    deaths: int
    restart_in: float
    last_lines: tuple[str, ...]

    @property
    def after_signal(self) -> int | None:
        """The number of the signal that ended it, if one did."""
        return -self.status if self.status is not None and self.status < 0 else None


@dataclass(frozen=True, slots=True)
class CrashLoop:
    """It died so often in a row that something is wrong that a restart does not cure."""

    deaths: int
    last_lines: tuple[str, ...]


Event = Started | Adopted | Replacing | Ready | Died | CrashLoop


def said(flags: Sequence[str]) -> tuple[str, ...]:
    """What the process is to say of itself, and these flags, none of them twice."""
    given = dict(each.partition("=")[::2] for each in flags)
    level = given.pop("--log-level", "warning")
    # Ten seconds, as Envoy has it, look like a log that does not work to somebody who watches it.
    # Only what was written is flushed: a proxy without requests does not wake up for it.
    pace = given.pop("--file-flush-interval-msec", "1000")
    # A refused body is an error in the http logger's eyes: a client could fill the disk. Of two
    # levels for one logger the last counts.
    components = ["http:critical,http2:critical", given.pop("--component-log-level", "")]
    return (
        *("--log-level", level),
        *("--component-log-level", ",".join(filter(None, components))),
        *("--file-flush-interval-msec", pace),
        *(word for name, value in given.items() for word in (name, value) if word),
    )


class Supervisor:
    """Runs one Envoy with one bootstrap."""

    def __init__(
        self,
        settings: SupervisorSettings,
        bootstrap: Mapping[str, Any],
        on_event: Callable[[Event], None],
    ) -> None:
        """`on_event` is called from the event loop and must return at once."""
        self.admin = AdminClient(settings.admin_socket)
        self._settings = settings
        self._bootstrap = json.dumps(bootstrap, sort_keys=True, indent=1).encode()
        self._report = on_event
        self._log = settings.run_dir / "envoy.log"
        self._pid_file = settings.run_dir / "envoy.pid"
        self._process: Process | None = None
        self._ready = asyncio.Event()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Adopts or starts the proxy and keeps it running until `stop`.

        Cancelling it leaves the proxy running, to be adopted by the next supervisor.

        Raises:
            SupervisorError: another supervisor uses the run folder, or it cannot be used.
            ProcessError: the executable cannot be started at all.
        """
        with self._locked():
            replace_file(self._settings.run_dir / "bootstrap.json", self._bootstrap)
            self._process = await self._adopt()
            try:
                if self._stopping.is_set() and self._process is not None:
                    # `stop` came while we looked for it, and did not see it.
                    await end(self._process, self.admin, self._settings.times)
                await self._keep_running()
            finally:
                self._let_go()

    async def ready(self) -> None:
        """Waits until the proxy serves."""
        await self._ready.wait()

    async def stop(self) -> None:
        """Drains and ends the proxy and makes `run` return. Safe to call twice.

        `run` must not be cancelled meanwhile: it is what waits for the process.
        """
        self._stopping.set()
        if self._process is not None:
            await end(self._process, self.admin, self._settings.times)
        self._pid_file.unlink(missing_ok=True)

    @property
    def pid(self) -> int | None:
        """The proxy's process number while one runs."""
        return self._process.pid if self._process is not None else None

    def digest(self) -> str:
        """What a running proxy is recognised by: executable, version, flags and bootstrap."""
        binary = self._settings.binary
        text = json.dumps([str(binary.path), binary.version, self._flags()])
        return hashlib.sha256(text.encode() + self._bootstrap).hexdigest()

    async def _keep_running(self) -> None:
        deaths = 0
        while not self._stopping.is_set():
            if self._process is None:
                self._process = self._start()
            status, stable = await self._attend(self._process)
            if self._stopping.is_set():
                return
            deaths = 1 if stable else deaths + 1
            pid = self._process.pid
            self._let_go()
            await self._after_death(pid, status, deaths)

    async def _after_death(self, pid: int, status: int | None, deaths: int) -> None:
        """Reports a death and waits before the next start, longer each time."""
        lines = log_file.last_lines(self._log, _LAST_LINES)
        wait = self._backoff(deaths)
        self._report(Died(pid, status, deaths, wait, lines))
        if deaths == self._settings.crash_loop_after:
            self._report(CrashLoop(deaths, lines))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._stopping.wait()

    def _backoff(self, deaths: int) -> float:
        """Seconds: doubled with each death, and jittered so that proxies do not move in step."""
        longest = self._settings.longest_backoff_seconds
        doubled = self._settings.first_backoff_seconds * 2.0 ** min(deaths - 1, 30)
        return min(longest, doubled) * random.uniform(0.5, 1.0)

    async def _attend(self, process: Process) -> tuple[int | None, bool]:
        """Waits for the end of a process; its status, and whether it had been ready for long."""
        clock = asyncio.get_running_loop().time
        ready_at: list[float] = []
        async with asyncio.TaskGroup() as group:
            chores = (
                group.create_task(self._notice_ready(process, ready_at)),
                group.create_task(self._bound_log()),
            )
            status = await process.ended()
            for chore in chores:
                chore.cancel()
        self._ready.clear()
        return status, bool(ready_at) and clock() - ready_at[0] >= self._settings.stable_seconds

    async def _notice_ready(self, process: Process, ready_at: list[float]) -> None:
        while True:
            if await self.admin.ready():
                break
            await asyncio.sleep(_READY_POLL_SECONDS)
        ready_at.append(asyncio.get_running_loop().time())
        self._ready.set()
        self._report(Ready(process.pid))

    async def _bound_log(self) -> None:
        while True:
            log_file.trim(self._log, self._settings.log_bytes)
            await asyncio.sleep(_LOG_POLL_SECONDS)

    def _start(self) -> Process:
        log_file.trim(self._log, self._settings.log_bytes)
        settings = self._settings
        process = spawn(
            settings.binary.path, self._flags(), self._log, own_output=settings.own_output
        )
        ticks = start_ticks(process.pid)
        if ticks is not None:
            write_identity(self._pid_file, Identity(process.pid, ticks, self.digest()))
        self._report(Started(process.pid))
        return process

    def _flags(self) -> tuple[str, ...]:
        settings = self._settings
        return (
            *("-c", str(settings.run_dir / "bootstrap.json")),
            *("--concurrency", str(settings.concurrency)),
            *("--drain-time-s", str(max(1, round(settings.times.drain_seconds)))),
            # Every answer asks its client to reconnect from the first second of a drain on.
            *("--drain-strategy", "immediate"),
            # Shared memory for hot restarts is named by a base id: two proxies on one machine
            # would collide, and we drain instead.
            "--disable-hot-restart",
            *said(settings.flags),
        )

    async def _adopt(self) -> Process | None:
        """The process of an earlier supervisor, when it runs with the same settings."""
        identity = read_identity(self._pid_file)
        process = recognise(identity) if identity is not None else None
        if identity is None or process is None:
            await self._dismiss_stranger()
            return None
        if identity.digest == self.digest():
            self._report(Adopted(process.pid))
            return process
        self._report(Replacing(process.pid))
        try:
            await end(process, self.admin, self._settings.times)
        finally:
            process.close()
        return None

    async def _dismiss_stranger(self) -> None:
        """Ends a proxy that answers on our admin socket without a pid file: its supervisor died
        between starting it and noting its number, and it holds our ports."""
        if not await self._answers():
            return
        with contextlib.suppress(AdminError):
            await self.admin.post("/quitquitquit")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STRANGER_SECONDS):
                while True:
                    if not await self._answers():
                        break
                    await asyncio.sleep(_READY_POLL_SECONDS)

    async def _answers(self) -> bool:
        try:
            await self.admin.get("/server_info")
        except AdminError:
            return False
        return True

    def _let_go(self) -> None:
        self._ready.clear()
        if self._process is not None:
            self._process.close()
            self._process = None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Holds the run folder for this supervisor."""
        run_dir = self._settings.run_dir
        try:
            run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = stat.S_IMODE(run_dir.stat().st_mode)
            if mode & 0o077:
                raise SupervisorError(
                    f"{run_dir}: others may enter this folder (mode {mode:04o}), and with it reach "
                    f"the proxy's admin socket. Run: chmod 700 {run_dir}"
                )
            handle = os.open(run_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SupervisorError(f"{run_dir} cannot be used as run folder: {error}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise SupervisorError(
                f"{run_dir}: another control plane runs a proxy here. End it, or choose another "
                "run folder."
            ) from None
        try:
            yield
        finally:
            os.close(handle)
