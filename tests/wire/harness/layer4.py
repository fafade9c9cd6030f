"""Backends and clients that speak no HTTP: lines over TCP or TLS, datagrams over UDP.

A backend answers every line or datagram with its own name before it. Must not know Portway.
"""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

SECONDS = 5.0
CLOSED = "closed"
SILENT = "silent"


@asynccontextmanager
async def lines(name: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A backend of lines on 127.0.0.1; gives its `address:port`."""
    streams: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        streams.add(writer)
        try:
            while line := await reader.readline():
                writer.write(f"{name} ".encode() + line)
                await writer.drain()
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            streams.discard(writer)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for each in list(streams):
            each.close()


class _Answering(asyncio.DatagramProtocol):
    def __init__(self, name: str) -> None:
        self._name = name
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        self._transport.sendto(f"{self._name} ".encode() + data, addr)


@asynccontextmanager
async def datagrams(name: str) -> AsyncIterator[str]:
    """A backend of datagrams on 127.0.0.1; gives its `address:port`."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Answering(name), local_addr=("127.0.0.1", 0)
    )
    try:
        yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()


class Line:
    """An open connection to something that answers lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, text: str = "hello") -> str:
        """Who answers: the backend's name, or `closed`."""
        try:
            async with asyncio.timeout(SECONDS):
                self._writer.write(f"{text}\n".encode())
                await self._writer.drain()
                answer = await self._reader.readline()
        except (ConnectionError, ssl.SSLError):
            return CLOSED
        name, _, rest = answer.decode().strip().partition(" ")
        assert rest in (text, ""), answer
        return name or CLOSED

    def close(self) -> None:
        self._writer.close()

    def certificate_names(self) -> list[str]:
        """The DNS names of the certificate the server showed."""
        shown = self._writer.get_extra_info("peercert") or {}
        return [value for kind, value in shown.get("subjectAltName", ()) if kind == "DNS"]

    def alpn(self) -> str | None:
        """The application protocol that was agreed on."""
        agreed: str | None = self._writer.get_extra_info("ssl_object").selected_alpn_protocol()
        return agreed


async def dial(
    address: str, port: int, tls: ssl.SSLContext | None = None, sni: str | None = None
) -> Line | None:
    """A connection; None when it is refused or ends before TLS is agreed on."""
    name = (sni or "") if tls else None
    try:
        async with asyncio.timeout(SECONDS):
            return Line(
                *await asyncio.open_connection(address, port, ssl=tls, server_hostname=name)
            )
    except (ConnectionError, ssl.SSLError):
        return None


async def who(
    address: str, port: int, tls: ssl.SSLContext | None = None, sni: str | None = None
) -> str:
    """Who answers on a connection of its own."""
    line = await dial(address, port, tls, sni)
    if line is None:
        return CLOSED
    try:
        return await line.ask()
    finally:
        line.close()


async def count(times: int, address: str, port: int) -> Counter[str]:
    """Who answers, over many connections."""
    return Counter([await who(address, port) for _ in range(times)])


class Datagrams:
    """One UDP socket of a client."""

    def __init__(self, address: str, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.connect((address, port))

    async def ask(self, wait: float = 0.3) -> str:
        """Who answers a datagram: a name, or `silent`."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(wait):
                await loop.sock_sendall(self._socket, b"hello")
                answer = await loop.sock_recv(self._socket, 2048)
        except (TimeoutError, ConnectionError):
            return SILENT
        return answer.decode().partition(" ")[0]

    def close(self) -> None:
        self._socket.close()


async def who_udp(address: str, port: int, wait: float = 0.3) -> str:
    """Who answers a datagram from a socket of its own."""
    asking = Datagrams(address, port)
    try:
        return await asking.ask(wait)
    finally:
        asking.close()


async def count_udp(times: int, address: str, port: int) -> Counter[str]:
    """Who answers, over many sockets at once."""
    return Counter(await asyncio.gather(*(who_udp(address, port, 2.0) for _ in range(times))))
