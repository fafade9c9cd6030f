"""What our servers share: addresses, sockets, serving within a block."""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import httpx
import pytest

from portway.adapters import listening
from portway.adapters.listening import authority, host_and_port, serving, tcp_socket

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def greeting(scope: Any, receive: Any, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        (":0", ("127.0.0.1", 0)),
        ("[::1]:65535", ("::1", 65535)),
        ("localhost:8080", ("localhost", 8080)),
    ],
)
def test_addresses(address: str, found: tuple[str, int]) -> None:
    assert host_and_port(address) == found


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.0.0.1:", "[::1]:65536", "a:b", "a:-1", "a:²"]
)
def test_an_address_without_a_port_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="is not a port; use HOST:PORT"):
        host_and_port(address)


def test_a_socket_that_cannot_be_had_leaves_none_behind() -> None:
    with tcp_socket("127.0.0.1", 0) as taken:
        with pytest.raises(OSError, match="in use"):
            tcp_socket(*taken.getsockname())
        # asyncio switches Nagle's algorithm off only for a socket that says what it is.
        assert taken.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize("address", ["127.0.0.1:80", "[::1]:80", "a.example.com:1"])
def test_an_address_is_written_as_it_is_read(address: str) -> None:
    assert authority(*host_and_port(address)) == address


def test_every_address_is_those_of_both_kinds() -> None:
    with tcp_socket("::", 0) as bound:
        port = bound.getsockname()[1]
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port), timeout=5).close()


def test_without_ipv6_it_is_those_of_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    made, real = list[str](), listening._tcp_socket

    def without(host: str, port: int) -> socket.socket:
        made.append(host)
        if ":" in host:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        return real(host, port)

    monkeypatch.setattr(listening, "_tcp_socket", without)
    with tcp_socket("::", 0) as bound:
        assert bound.getsockname()[0] == "0.0.0.0"
    with pytest.raises(OSError, match="Cannot assign"):
        tcp_socket("::1", 0)
    assert made == ["::", "0.0.0.0", "::1"]


async def test_it_serves_within_the_block_and_not_after() -> None:
    with tcp_socket("127.0.0.1", 0) as taken:
        url = "http://{}:{}/".format(*taken.getsockname())
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:
            async with serving(greeting, [taken], grace=1, keep_alive=5):
                answer = await client.get(url)
                assert (answer.text, "date" in answer.headers) == ("hello", False)
            with pytest.raises(httpx.ConnectError):
                await client.get(url)


async def test_nothing_wakes_while_nobody_asks() -> None:
    with tcp_socket("127.0.0.1", 0) as taken:
        async with serving(greeting, [taken], grace=1, keep_alive=5):
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}
