"""An engine in real time: its queue, moved on by the event loop's clock.

Knows one timer and who waits for what. Must not know HTTP. Simulated time is real time multiplied
by `speed`, so that a measurement of minutes is over in seconds. There is one timer for each engine,
set to the next event, however many requests are under way.
"""

import asyncio
from dataclasses import dataclass
from typing import TypeVar

from portway.app.sample.engine.job import Finished, Job, Started
from portway.app.sample.engine.profile import Profile
from portway.app.sample.engine.queue import Queue

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request under way. Both give None when it is cancelled."""

    number: int
    started: asyncio.Future[Started | None]
    finished: asyncio.Future[Finished | None]

    @property
    def cancelled(self) -> bool:
        """Whether it was taken out before it was finished."""
        return self.finished.done() and self.finished.result() is None


class LiveEngine:
    """Made and used inside one running event loop."""

    def __init__(self, profile: Profile, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"speed {speed}: give a number above zero")
        self.queue = Queue(profile)
        self._speed = speed
        self._loop = asyncio.get_running_loop()
        self._born = self._loop.time()
        self._tickets: dict[int, Ticket] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def now(self) -> float:
        """Simulated seconds since the engine was made."""
        return (self._loop.time() - self._born) * self._speed

    def submit(self, job: Job) -> Ticket:
        """Puts a request in the queue. Raises ValueError for one that never fits."""
        self.queue.submit(self.now, job)
        ticket = Ticket(job.number, self._loop.create_future(), self._loop.create_future())
        self._tickets[job.number] = ticket
        self._tell()
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Takes a request out of the queue, and wakes who waits for it. Harmless when finished."""
        self.queue.cancel(self.now, ticket.number)
        self._tell()
        if self._tickets.pop(ticket.number, None) is None:
            return
        for future in (ticket.started, ticket.finished):
            if not future.done():
                future.set_result(None)

    async def until(self, time: float) -> None:
        """Waits for a simulated time."""
        await asyncio.sleep(max(0.0, (time - self.now) / self._speed))

    def close(self) -> None:
        """Stops the timer; requests under way are cancelled."""
        for ticket in list(self._tickets.values()):
            self.cancel(ticket)
        if self._timer is not None:
            self._timer.cancel()

    def _tell(self) -> None:
        """Hands out what happened, and sets the timer to what happens next."""
        for event in self.queue.advance(self.now):
            match event:
                case Started():
                    _settle(self._tickets[event.number].started, event)
                case Finished():
                    _settle(self._tickets.pop(event.number).finished, event)
        if self._timer is not None:
            self._timer.cancel()
        following = self.queue.next_time()
        self._timer = None
        if following is not None:
            when = self._born + following / self._speed
            self._timer = self._loop.call_at(when, self._tell)


def _settle(future: asyncio.Future[_T], value: _T) -> None:
    if not future.done():
        future.set_result(value)
