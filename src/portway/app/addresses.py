"""Addresses for Gateways on one machine: each its own, the same again after a restart.

Knows the pool, what is taken and what this process may bind; knows nothing of listeners. A
Gateway that asks for addresses gets exactly those, if they can be bound here.
"""

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from portway.core import model

_UNPRIVILEGED_OFFSET = 10_000


class PoolProblem(ValueError):
    """The pool or the bind address makes no sense; the message names it and the cure."""


class AddressPool:
    """Assigns placements and remembers them in `path` (None: only in memory).

    `pool` is a CIDR; `bind`, when set, is the one address that every Gateway shares instead.
    `port_offset` None means: find out whether ports below 1024 may be bound and, if not, add
    10,000 to them.
    """

    def __init__(
        self, pool: str, bind: str = "", port_offset: int | None = None, path: Path | None = None
    ) -> None:
        try:
            self._network = ipaddress.ip_network(pool, strict=False)
            if bind:
                ipaddress.ip_address(bind)
        except ValueError as error:
            raise PoolProblem(
                f"{error}; give --address-pool a CIDR such as 127.80.0.0/24"
                " and --bind an IP address"
            ) from error
        self._bind = bind
        self._path = path
        self._taken: dict[str, str] = _read(path)
        probe = bind or str(next(iter(self._network.hosts())))
        self.port_offset = _offset(probe) if port_offset is None else port_offset

    def place(
        self, gateways: Mapping[model.ObjectKey, model.Gateway]
    ) -> dict[model.ObjectKey, model.Placement]:
        """A placement for each Gateway. Addresses of Gateways that are gone become free."""
        names = {_name(key): key for key in gateways}
        before = dict(self._taken)
        self._taken = {name: address for name, address in before.items() if name in names}
        placed = {key: self._place(key, gateways[key]) for key in sorted(gateways)}
        if self._taken != before:
            self._write()
        return placed

    def _place(self, key: model.ObjectKey, gateway: model.Gateway) -> model.Placement:
        if gateway.wanted_addresses:
            bad = [a for a in gateway.wanted_addresses if not _bindable(a)]
            good = tuple(a for a in gateway.wanted_addresses if a not in bad)
            problem = f"not an address of this machine: {', '.join(bad)}" if bad else ""
            return model.Placement(good, self.port_offset, problem)
        if self._bind:
            return model.Placement((self._bind,), self.port_offset)
        address = self._taken.get(_name(key)) or self._free()
        if address is None:
            return model.Placement(
                (), self.port_offset, f"no free address is left in the pool {self._network}"
            )
        self._taken[_name(key)] = address
        return model.Placement((address,), self.port_offset)

    def _free(self) -> str | None:
        used = set(self._taken.values())
        for host in self._network.hosts():
            if str(host) not in used:
                return str(host) if _bindable(str(host)) else None
        return None

    def _write(self) -> None:
        if self._path is not None:
            scratch = self._path.with_suffix(".new")
            scratch.write_bytes(msgspec.json.encode(self._taken))
            scratch.replace(self._path)


def _name(key: model.ObjectKey) -> str:
    return f"{key.namespace}/{key.name}"


def _read(path: Path | None) -> dict[str, str]:
    if path is None or not path.exists():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except msgspec.MsgspecError:
        return {}  # addresses are then assigned afresh; nothing else depends on the file


def _bindable(address: str) -> bool:
    return _can_bind(address, 0)


def _can_bind(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _offset(address: str) -> int:
    """0 when some port below 1024 can be bound, else 10,000. Tries a few rarely used ports, so
    that one that happens to be taken does not decide."""
    rare: Iterable[int] = (1, 3, 5, 6, 8)
    return 0 if any(_can_bind(address, port) for port in rare) else _UNPRIVILEGED_OFFSET
