"""The network of the Pods: a bridge, and for each Pod a namespace with one address on it.

Knows `ip`. Must not know Pods. Everything is inside the network namespace this process runs in,
and vanishes with it; a Pod's end of the wire vanishes with the Pod's process.
"""

import asyncio
import ipaddress
from typing import Final

_NETWORK: Final = ipaddress.ip_network("10.244.0.0/16")
_BRIDGE: Final = "pods"
_LINK: Final = "eth0"
INSIDE: Final = (
    f'echo; read -r go; ip link set lo up; ip addr add "$1" dev {_LINK}; '
    f'ip link set {_LINK} up; shift; exec "$@"'
)
"""A shell's text: says that its namespace is there, waits for the wire, runs what it was given."""


class Network:
    """Hands out addresses and wires."""

    def __init__(self) -> None:
        self._hosts = _NETWORK.hosts()
        self._gateway = next(self._hosts)
        self._wires = 0

    async def start(self) -> None:
        """Bring up loopback and the bridge."""
        bridge = f"{self._gateway}/{_NETWORK.prefixlen}"
        await ip("link", "set", "lo", "up")
        await ip("link", "add", _BRIDGE, "type", "bridge")
        await ip("addr", "add", bridge, "dev", _BRIDGE)
        await ip("link", "set", _BRIDGE, "up")

    @property
    def gateway(self) -> str:
        """The bridge's own address, where Pods reach this process."""
        return str(self._gateway)

    def address(self) -> str:
        """An address nobody had before."""
        return str(next(self._hosts))

    def with_length(self, address: str) -> str:
        """The address with the network's prefix length."""
        return f"{address}/{_NETWORK.prefixlen}"

    async def wire(self, pid: int) -> None:
        """A wire from the bridge into the namespace of a process."""
        self._wires += 1
        name = f"pod{self._wires}"
        peer = ("type", "veth", "peer", "name", _LINK, "netns", str(pid))
        await ip("link", "add", name, *peer)
        await ip("link", "set", name, "master", _BRIDGE, "up")


async def ip(*arguments: str) -> None:
    """Run `ip`. Raises RuntimeError with what it said."""
    process = await asyncio.create_subprocess_exec(
        "ip", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    if process.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)}: {said.decode(errors='replace').strip()}")
