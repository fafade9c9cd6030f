"""The queue of one engine: who waits, whose prompt is prefilled, who decodes, and until when.

Knows a profile and the times it is told. Must not know clocks: `advance` brings it to a time, and
everything that happens until then happens at its own time, however late one asks. So a slow host
delays answers, but never the queue.

A simulation of vLLM with these simplifications: one prefill at a time and beside the decoding, room
for the whole answer is taken at the start (so nothing is ever preempted), and how fast an answer is
decoded is fixed when it starts.
"""

import heapq
from collections import Counter, deque
from collections.abc import Iterator

from portway.app.sample.engine.cache import BlockCache
from portway.app.sample.engine.job import Event, Finished, Job, Started
from portway.app.sample.engine.profile import Profile
from portway.app.sample.engine.totals import Totals


class Queue:
    """One engine. Times never go back: an earlier `now` counts as the last one."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.cache = BlockCache(profile.cache_blocks)
        self.totals = Totals()
        self._now = 0.0
        self._waiting: deque[Job] = deque()
        self._prefill: tuple[Job, float, int] | None = None
        self._decoding: dict[int, Job] = {}
        self._finishes: list[tuple[float, int]] = []
        self._adapters: Counter[str] = Counter()
        self._events: list[Event] = []

    @property
    def waiting(self) -> int:
        """Requests whose prefill has not begun."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """Requests that are prefilled or decoded."""
        return len(self._decoding) + (self._prefill is not None)

    @property
    def usage(self) -> float:
        """The share of the blocks in use, 0 to 1."""
        return self.cache.used / self.cache.capacity

    @property
    def running_adapters(self) -> list[str]:
        """LoRA adapters in use, by name."""
        return sorted(self._adapters)

    @property
    def waiting_adapters(self) -> list[str]:
        """LoRA adapters that are waited for, by name."""
        return sorted({job.adapter for job in self._waiting if job.adapter})

    def fits(self, job: Job) -> bool:
        """Whether it could ever run."""
        tokens = job.prompt_tokens + job.output_tokens
        blocks = len(job.chain) + self._private(job)
        return tokens <= self.profile.longest and blocks <= self.profile.cache_blocks

    def submit(self, now: float, job: Job) -> None:
        """Puts a request at the end of the queue. Raises ValueError for one that never fits."""
        if not self.fits(job):
            raise ValueError(f"{job.prompt_tokens} + {job.output_tokens} tokens do not fit")
        self._pass(now)
        self._waiting.append(job)
        self._begin()

    def cancel(self, now: float, number: int) -> None:
        """Takes a request out, wherever it is; one that is finished or unknown is no mistake."""
        self._pass(now)
        for job in self._waiting:
            if job.number == number:
                self._waiting.remove(job)
                self.totals.cancelled += 1
                return
        if self._prefill is not None and self._prefill[0].number == number:
            (job, _, found), self._prefill = self._prefill, None
            self._leave(job, computed=found)
        elif number in self._decoding:
            self._leave(self._decoding.pop(number))
        else:
            return
        self.totals.cancelled += 1
        self._begin()

    def advance(self, now: float) -> list[Event]:
        """Everything that happened since the last call, in order, until `now`."""
        self._pass(now)
        events, self._events = self._events, []
        return events

    def next_time(self) -> float | None:
        """When the next thing happens if nobody does anything; None when nothing is under way."""
        while self._finishes and self._finishes[0][1] not in self._decoding:
            heapq.heappop(self._finishes)  # It was cancelled.
        times = [] if self._prefill is None else [self._prefill[1]]
        if self._finishes:
            times.append(self._finishes[0][0])
        return min(times, default=None)

    def _pass(self, now: float) -> None:
        while (time := self.next_time()) is not None and time <= now:
            self._now = time
            if self._prefill is not None and self._prefill[1] == time:
                self._start(*self._prefill)
            else:
                self._finish(heapq.heappop(self._finishes)[1])
            self._begin()
        self._now = max(self._now, now)

    def _begin(self) -> None:
        """Begins the next prefill, when there is somebody and room."""
        if self._prefill is not None or self.running >= self.profile.slots:
            return
        job = next(self._admissible(), None)
        if job is None:
            return
        found = self.cache.hold(job.chain, self._private(job))
        if found is None:
            return  # The head of the queue waits for room, and everybody behind it.
        self._waiting.remove(job)
        if job.adapter:
            self._adapters[job.adapter] += 1
        cached = self._cached(job, found)
        self.totals.queried += job.prompt_tokens
        self.totals.hits += cached
        ready = self._now + self.profile.prefill(job.prompt_tokens - cached)
        self._prefill = (job, ready, found)

    def _cached(self, job: Job, found: int) -> int:
        # The last token of a prompt is always computed: the first of the answer comes out of it.
        return min(found * self.profile.block_tokens, job.prompt_tokens - 1)

    def _admissible(self) -> Iterator[Job]:
        """First come, first served; a request for an adapter without a place lets others by."""
        full = len(self._adapters) >= self.profile.adapters
        for job in self._waiting:
            if not (full and job.adapter and job.adapter not in self._adapters):
                yield job

    def _start(self, job: Job, time: float, found: int) -> None:
        self._prefill = None
        self._decoding[job.number] = job
        finish = time + self.profile.decode(job.output_tokens, self.running)
        heapq.heappush(self._finishes, (finish, job.number))
        self.totals.prompt_tokens += job.prompt_tokens
        self._events.append(Started(job.number, time, finish, self._cached(job, found)))

    def _finish(self, number: int) -> None:
        job = self._decoding.pop(number)
        self._leave(job)
        self.totals.finished += 1
        self.totals.output_tokens += job.output_tokens
        self._events.append(Finished(number, self._now))

    def _leave(self, job: Job, *, computed: int | None = None) -> None:
        self.cache.release(job.chain, self._private(job), computed=computed)
        if job.adapter:
            self._adapters[job.adapter] -= 1
            self._adapters += Counter()  # Drops those at zero.

    def _private(self, job: Job) -> int:
        """Blocks nobody can share: the prompt's last, partial one and the answer's."""
        tokens = job.prompt_tokens + job.output_tokens
        return max(0, self.profile.blocks(tokens) - len(job.chain))
