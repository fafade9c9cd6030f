"""A DNS server that says who asked: what CoreDNS does with its `whoami` plugin.

    python -m tests.conformance.harness.dns

Knows just enough of RFC 1035 to be a backend: it answers every question with the client's address
as an extra record. Listens on UDP port 53 of all addresses.
"""

import asyncio
import ipaddress
import struct
from typing import Any

PORT = 53
_ANSWER = 0x8400  # a response, authoritative
_REFUSED = 0x8005
_A, _AAAA, _IN = 1, 28, 1


def answer(query: bytes, client: str) -> bytes | None:
    """The answer to a query from an address; None for what is no query."""
    if len(query) < 12:
        return None
    number, flags, questions = struct.unpack_from("!HHH", query)
    if flags & 0x8000:
        return None
    end = _end_of_question(query) if questions == 1 else None
    if end is None:
        return struct.pack("!HHHHHH", number, _REFUSED, 0, 0, 0, 0)
    question = query[12:end]
    name = question[:-4]
    address = ipaddress.ip_address(client)
    kind = _A if address.version == 4 else _AAAA
    data = address.packed
    record = name + struct.pack("!HHIH", kind, _IN, 0, len(data)) + data
    wanted = flags & 0x0100  # recursion desired is given back
    return struct.pack("!HHHHHH", number, _ANSWER | wanted, 1, 0, 0, 1) + question + record


def _end_of_question(query: bytes) -> int | None:
    at = 12
    while at < len(query) and query[at]:
        if query[at] > 63:
            return None
        at += query[at] + 1
    end = at + 5
    return end if end <= len(query) else None


class _Server(asyncio.DatagramProtocol):
    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        said = answer(data, addr[0])
        if said is not None:
            self._transport.sendto(said, addr)


async def main() -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(_Server, local_addr=("0.0.0.0", PORT))
    print(f"listening on UDP port {PORT}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
