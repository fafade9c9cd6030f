"""A folder that changes under our feet: first what is there, then every change.

Knows how to look: at once and in place at a small file that was finished, on a thread at many or
large ones and at everything, now and then at everything without being told. Must not know what a
manifest means. A notification only says where to look: what counts is always a fresh look at the
files, so that a lost, doubled or reordered one does no harm.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from portway.adapters.folder.keep import Keeper
from portway.adapters.folder.look import Looker, Survey
from portway.adapters.folder.notify import Notifier
from portway.adapters.folder.pending import Pending
from portway.adapters.folder.problem import FileProblem, by_place
from portway.adapters.folder.store import FolderState
from portway.core import api

_T = TypeVar("_T")

_FEW: Final = 8
_SMALL: Final = 32 * 1024
"""Files, and bytes of them, that are read without a thread: a few milliseconds' work when all of it
is new, and a thread would add its own."""
_WALKS: Final = 2000
"""How much longer than a look at everything the time to the next one is: however large the folder,
looking takes half a thousandth of a processor."""
_DEAF: Final = 2.0  # seconds between looks when there are no notifications


class Batch(msgspec.Struct, frozen=True):
    """What changed since the last batch."""

    events: tuple[api.Event, ...]
    problems: tuple[FileProblem, ...]
    """Everything that is wrong now, not only what is new; the same tuple while it is the same."""
    notices: tuple[FileProblem, ...]
    """What is ignored and was not before."""
    listed: bool
    """True for the first batch only: it holds everything there is."""


Emit = Callable[[Batch], Awaitable[None] | None]


class FolderSource:
    """Manifests from files, folders and standard input (`-`), followed until cancelled."""

    def __init__(
        self,
        paths: Iterable[str | Path],
        *,
        snapshot: Path | None = None,
        debounce: float = 0.02,
        rescan: float = 30.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`debounce`: quiet seconds before what may be half done is looked at; a file that was
        closed or renamed into place is read at once. `rescan`: seconds between looks at
        everything, for what the operating system does not tell."""
        self._paths = tuple(str(path) for path in paths)
        self._rescan = rescan
        self.state = FolderState(clock)
        self._looker = Looker(self._paths, self.state, snapshot)
        self._pending = Pending(debounce)
        self._keeper = Keeper(self.state, snapshot)
        self._work: asyncio.Future[Any] | None = None
        self._survey: asyncio.Future[Survey] | None = None
        self._survey_at = 0.0
        self._walked = 0.0  # seconds the last look at everything took
        self._touched: set[str] = set()
        self._sources: tuple[Any, ...] = ()
        self._told: tuple[FileProblem, ...] = ()
        self._notices: tuple[FileProblem, ...] = ()
        self._noticed: set[FileProblem] = set()

    async def run(self, emit: Emit) -> None:
        """Emit the first listing, then batches on change. Ends only by cancellation or by an
        exception of `emit`."""
        with Notifier(self._paths, self._pending) as notifier:
            try:
                await self._aside(self._keeper.recall)
                survey = await self._aside(self._walk)
                await self._take(survey, emit, notifier, listed=True)
                while True:
                    await notifier.wait(self._longest(notifier))
                    await self._step(emit, notifier)
                    await asyncio.sleep(0)
            finally:
                under_way = {each for each in (self._work, self._survey) if each is not None}
                if under_way:
                    await asyncio.wait(under_way)
                await self._keeper.close()

    def _walk(self) -> Survey:
        """Look at everything; runs on a thread."""
        started = time.thread_time()
        survey = self._looker.survey()
        self._walked = time.thread_time() - started
        return survey

    async def _aside(self, work: Callable[..., _T], *arguments: Any) -> _T:
        """Do something on a thread. Nothing else touches the state meanwhile, even when this task
        is cancelled: a thread goes on until it is done."""
        future = asyncio.get_running_loop().run_in_executor(None, work, *arguments)
        self._work = future
        return await asyncio.shield(future)

    def _longest(self, notifier: Notifier) -> float:
        """Seconds to wait when nothing happens."""
        longest = min(self._keeper.longest, self._rescan)
        if self._survey is None:
            longest = min(longest, self._survey_at - time.monotonic())
        return longest

    async def _step(self, emit: Emit, notifier: Notifier) -> None:
        due = self._pending.take(time.monotonic())
        if due.files:
            await self._read(due.files, emit, notifier)
        if due.everything:
            self._survey_at = 0.0
        if self._survey is not None and self._survey.done():
            survey, self._survey = self._survey.result(), None
            await self._take(survey, emit, notifier)
        elif self._survey is None and self._survey_at <= time.monotonic():
            self._survey_at = float("inf")
            loop = asyncio.get_running_loop()
            self._survey = loop.run_in_executor(None, self._walk)
            self._survey.add_done_callback(lambda _: notifier.wake())
        if self._keeper.work(notifier.wake):
            await self._tell((), emit, notifier)

    async def _read(self, places: frozenset[str], emit: Emit, notifier: Notifier) -> None:
        """Look at single files."""
        plan = self._looker.plan(places)
        if plan is None:
            self._touched |= places
            self._survey_at = 0.0
            return
        if len(plan.paths) <= _FEW and plan.size <= _SMALL:
            events = self._looker.read(plan)
        else:
            events = await self._aside(self._looker.read, plan)
        self._look_again()
        await self._tell(events, emit, notifier)

    async def _take(
        self, survey: Survey, emit: Emit, notifier: Notifier, *, listed: bool = False
    ) -> None:
        """Take in a look at everything. After watching new folders, look again: what happened
        between the look and the watch was not notified."""
        touched, self._touched = self._touched, set()
        if survey.changed or survey.gone or touched:
            events = await self._aside(self._looker.take, survey, touched)
        else:
            events = self._looker.take(survey)
        new = notifier.cover(self._looker.listing)
        every = max(self._rescan, self._walked * _WALKS)
        if notifier.problem is not None:
            every = min(self._rescan, _DEAF)
        self._survey_at = min(self._survey_at, time.monotonic() + every)
        if new or self._looker.overtaken:
            self._survey_at = 0.0
        self._look_again()
        await self._tell(events, emit, notifier, listed=listed)

    def _look_again(self) -> None:
        """Files that just went or became empty may only be about to be written anew."""
        now = time.monotonic()
        for path in self._looker.missing.values():
            if not self._pending.waits(path):
                self._pending.unsure(path, now)
        for path in self._looker.emptied.values():
            if not self._pending.waits(path):
                self._pending.written(path, now)

    async def _tell(
        self,
        events: tuple[api.Event, ...],
        emit: Emit,
        notifier: Notifier,
        *,
        listed: bool = False,
    ) -> None:
        problems = self._problems(notifier)
        notices = self._new_notices()
        if events or listed or notices or problems is not self._told:
            self._told = problems
            answer = emit(Batch(events, problems, notices, listed))
            if inspect.isawaitable(answer):
                await answer
        if self.state.unkept > _FEW:
            await self._aside(self._keeper.keep)
        else:
            self._keeper.keep()

    def _problems(self, notifier: Notifier) -> tuple[FileProblem, ...]:
        """Everything that is wrong; the tuple that was told last when it is the same."""
        extra = (self._keeper.startup, self._keeper.problem, notifier.problem)
        sources = (self.state.problems, self._looker.listing.problems, *extra)
        if len(sources) == len(self._sources) and all(map(_is, sources, self._sources)):
            return self._told
        self._sources = sources
        found = {*sources[0], *sources[1], *(each for each in extra if each is not None)}
        problems = tuple(sorted(found, key=by_place))
        return self._told if problems == self._told else problems

    def _new_notices(self) -> tuple[FileProblem, ...]:
        notices = self.state.notices
        if notices is self._notices:
            return ()
        self._notices = notices
        fresh = tuple(each for each in notices if each not in self._noticed)
        self._noticed = set(notices)  # and no others, which would pile up
        return fresh


def _is(one: object, other: object) -> bool:
    return one is other
