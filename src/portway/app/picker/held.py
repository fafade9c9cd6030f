"""A request that has its endpoint, until it is over.

Knows what has to be told when: the pool, the numbers, and whoever waits for room.
"""

from collections.abc import Callable

from portway.adapters.extproc import names
from portway.app.picker.asking import Asked
from portway.app.picker.numbers import PoolNumbers
from portway.core.pick import Pool, Ticket


class Held:
    """One request."""

    def __init__(
        self,
        pool: Pool,
        ticket: Ticket,
        numbers: PoolNumbers,
        what: Asked,
        clock: Callable[[], float],
        ended: Callable[[], None],
    ) -> None:
        """``ended`` is called when the endpoint has room again."""
        self._pool = pool
        self._ticket = ticket
        self._numbers = numbers
        self._what = what
        self._clock = clock
        self._ended = ended
        self._began = clock()
        self._open = True
        self.answer_headers: dict[str, str] | None = None
        """Gets the header by which the conformance suite sees who served."""
        numbers.began(what)

    def served(self, address: str) -> None:
        """Who answers it; "" where the gateway does not say."""
        if address and address != self._ticket.address:
            self._numbers.passed_over(self._ticket.address)
            self._pool.served(self._ticket, address, self._clock())
        if self.answer_headers is not None and address:
            self.answer_headers[names.TEST_SERVED] = address

    def done(self, status: int) -> None:
        """It is over."""
        if self._open:
            self._open = False
            now = self._clock()
            self._pool.end(self._ticket, now)
            self._numbers.ended(self._what, status, now - self._began)
            self._ended()
