"""Free ports, and loopback ranges nobody else uses.

Knows the machine's sockets. Must not know what they are for. A range of addresses is derived from
the process id, so that test processes at the same time stay out of each other's way.
"""

import itertools
import os
import socket

_RANGES = itertools.count()


def free_port(address: str = "127.0.0.1") -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def loopback_range() -> str:
    """A /28 of loopback addresses as a CIDR, another one at every call of a process."""
    number = os.getpid() * 16 + next(_RANGES) % 16
    second, third = 96 + (number >> 12) % 64, (number >> 4) % 256
    return f"127.{second}.{third}.{(number % 16) * 16}/28"
