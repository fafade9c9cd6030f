"""Routing in simulated time: a workload, a policy, and modelled engines, without any process.

Knows when each engine's next event is. Must not read a clock: the same seed gives the same result.
The engines are the ones that `portway.app.sample.engine` serves. What is left out is what a gateway
costs itself, and that its counts are a moment old.

    figures = simulate(workload.shared_prefix(256, 32, 4096), POLICIES["prefix and load"])
"""

import random
from collections.abc import Callable, Hashable

from bench.inference.figures import Figures, Served, figures
from bench.inference.policies import Board, Pick, Policy
from bench.inference.workload import Request, Workload
from portway.app.sample.engine.job import Finished, Job, Started
from portway.app.sample.engine.profile import Profile
from portway.app.sample.engine.queue import Queue

ENGINES = 8
PROFILE = Profile(block_tokens=64, cache_blocks=4_000)
"""Memory for 256,000 tokens each: a quarter of the 256 long system prompts."""


def simulate(
    load: Workload,
    make: Callable[[Board], Policy],
    *,
    profile: Profile = PROFILE,
    engines: int = ENGINES,
    seed: int = 1,
) -> Figures:
    """Serves the whole workload."""
    return _Run(load, make, profile, engines, seed).run()


class _Run:
    def __init__(
        self,
        load: Workload,
        make: Callable[[Board], Policy],
        profile: Profile,
        engines: int,
        seed: int,
    ) -> None:
        self._load = load
        self._profile = profile
        self._queues = [Queue(profile) for _ in range(engines)]
        rng = random.Random(seed)
        blocks = profile.cache_blocks
        self._board = Board([0] * engines, [0] * engines, rng, blocks, profile.block_tokens)
        self._policy = make(self._board)
        self._following = 0
        self._asked: dict[int, tuple[Request, float, Pick]] = {}
        self._first: dict[int, Started] = {}
        self._served: list[Served] = []

    def run(self) -> Figures:
        for _ in range(min(self._load.concurrency, len(self._load.requests))):
            self._ask(0.0)
        while (step := self._step()) is not None:
            self._advance(*step)
        assert len(self._served) == len(self._load.requests)
        return figures(self._served, len(self._queues))

    def _step(self) -> tuple[float, int] | None:
        """When something happens next, and at which engine; -1 is the next arrival."""
        times = [
            (time, number)
            for number, queue in enumerate(self._queues)
            if (time := queue.next_time()) is not None
        ]
        if not self._load.concurrency and self._following < len(self._load.requests):
            times.append((self._load.requests[self._following].arrival, -1))
        return min(times, default=None)

    def _advance(self, now: float, engine: int) -> None:
        if engine < 0:
            self._ask(now)
        else:
            self._take(now, engine)

    def _take(self, now: float, engine: int) -> None:
        for event in self._queues[engine].advance(now):
            match event:
                case Started():
                    self._first[event.number] = event
                    self._board.tokens[engine] -= self._asked[event.number][2].tokens
                case Finished():
                    self._finish(event, engine)

    def _ask(self, now: float) -> None:
        """The next request, if there is one."""
        number = self._following
        if number == len(self._load.requests):
            return
        self._following += 1
        request = self._load.requests[number]
        chain: tuple[Hashable, ...] = request.chain(self._profile.block_tokens)
        self._board.now = now
        pick = self._policy(request, chain)
        self._board.requests[pick.engine] += 1
        self._board.tokens[pick.engine] += pick.tokens
        self._asked[number] = (request, now, pick)
        job = Job(number, chain, request.prompt_tokens, request.output_tokens)
        self._queues[pick.engine].submit(now, job)
        self._take(now, pick.engine)  # What happened there at this very time.

    def _finish(self, event: Finished, engine: int) -> None:
        request, asked, pick = self._asked.pop(event.number)
        pick.done(event.time)
        started = self._first.pop(event.number)
        self._board.requests[engine] -= 1
        self._served.append(
            Served(
                str(engine),
                asked,
                started.time,
                event.time,
                request.prompt_tokens,
                started.cached_tokens,
            )
        )
        if self._load.concurrency:
            self._ask(event.time)
