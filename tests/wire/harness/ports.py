"""Free ports, and loopback ranges nobody else uses.

Knows the machine's sockets. Must not know what they are for. A range of addresses is derived from
the process id, so that test processes at the same time stay out of each other's way. So are ports,
and they are none that the kernel gives to whoever connects: of those one that was free a moment ago
may be a client's in the next.
"""

import itertools
import os
import random
import socket
from collections.abc import Iterator
from pathlib import Path

_RANGES = itertools.count()
_LEAST, _LANES = 20_000, 8


def _candidates() -> Iterator[int]:
    """The ports of this process's lane, from somewhere on, again and again."""
    text = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    lane = int(worker) if worker.isdigit() else os.getpid()
    lane_ports = range(_LEAST + lane % _LANES, int(text.split()[0]), _LANES)
    start = random.randrange(len(lane_ports))
    return itertools.cycle((*lane_ports[start:], *lane_ports[:start]))


_CANDIDATES = _candidates()


def free_port(address: str = "127.0.0.1") -> int:
    """A TCP port that was free a moment ago, another one at every call."""
    for port in itertools.islice(_CANDIDATES, 1_000):
        with socket.socket() as probe:
            try:
                probe.bind((address, port))
            except OSError:
                continue
        return port
    raise OSError(f"no port of {address} is free")


def loopback_range() -> str:
    """A /28 of loopback addresses as a CIDR, another one at every call of a process."""
    number = os.getpid() * 16 + next(_RANGES) % 16
    second, third = 96 + (number >> 12) % 64, (number >> 4) % 256
    return f"127.{second}.{third}.{(number % 16) * 16}/28"
