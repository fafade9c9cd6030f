"""Who asks whether a change is live: one keep-alive connection, one question a millisecond.

Knows just enough HTTP/1.1. Must not know what changes. It is blocking code for a thread of its own:
an event loop would add its own pauses to what is measured.
"""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, sleep

POLL_SECONDS = 0.001
CONFIRMING = 20
_PATIENCE_SECONDS = 60.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class ProbeError(Exception):
    """A change was not served in time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Seconds from the change to the first, and to the last, of the confirming right answers.

    `errors` counts answers that were neither the old right one nor the new, and lost connections.
    """

    first: float
    last: float
    errors: int


class Connection:
    """One connection to one address, opened again when it is lost."""

    def __init__(self, address: str, port: int) -> None:
        self.lost = 0
        self._where = (address, port)
        self._socket: socket.socket | None = None

    def ask(self, host: str, path: str) -> int:
        """The status of the answer to a GET, 0 when there was none."""
        try:
            return self._ask(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        except OSError:
            self.lost += 1
            self.close()
            return 0

    def close(self) -> None:
        """Ends the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self, request: bytes) -> int:
        if self._socket is None:
            self._socket = socket.create_connection(self._where, timeout=10)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        data = b""
        while True:
            more = self._socket.recv(65_536)
            if not more:
                raise ConnectionResetError("ended inside an answer")
            data += more
            end = data.find(b"\r\n\r\n")
            length = _LENGTH.search(data, 0, end + 2) if end > 0 else None
            if end > 0 and len(data) >= end + 4 + (int(length[1]) if length else 0):
                break
        if b"\r\nconnection: close\r\n" in data[: end + 2].lower():
            self.close()
        return int(data[9:12])


def probe(
    connection: Connection,
    host: str,
    path: str,
    change: Callable[[], object],
    *,
    old: int = 404,
    new: int = 200,
    confirming: int = CONFIRMING,
) -> Seen:
    """Makes a change and asks until `confirming` answers in a row have the status `new`.

    Raises ProbeError after a minute without.
    """
    errors = 0
    row = 0
    first = 0.0
    lost = connection.lost
    connection.ask(host, path)  # Opens the connection.
    started = perf_counter()
    change()
    while row < confirming:
        status = connection.ask(host, path)
        now = perf_counter()
        if status == new:
            first = first if row else now
            row += 1
        else:
            # Once the new state was seen, the old one is an error too.
            errors += status != 0 and (status != old or bool(first))
            row = 0
        if now - started > _PATIENCE_SECONDS:
            raise ProbeError(f"{host}{path}: no {new} in {_PATIENCE_SECONDS} s, last {status}")
        if row < confirming:
            sleep(POLL_SECONDS)
    return Seen(first - started, now - started, errors + connection.lost - lost)
