"""A service of Envoy's ext_authz protocol over gRPC, on bare protobuf fields.

Knows the few fields of `envoy.service.auth.v3` that it reads and writes. Must not know the gateway.
What a request's `authorization` header says is done: `good` lets it through with `x-user: bob`,
anything else is refused with 401 and a body.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio

METHOD = "/envoy.service.auth.v3.Authorization/Check"
_UNAUTHENTICATED = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """What the service was told about a request."""

    method: str
    path: str
    host: str
    headers: dict[str, str]
    body: str


@dataclass(slots=True)
class Authorizer:
    """A serving service: its `address:port` and what it was asked."""

    endpoint: str = ""
    asked: list[Asked] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)

    def service(self, call: Any) -> Any:
        """grpcio's hook."""
        if call.method != METHOD:
            return None
        return grpc.unary_unary_rpc_method_handler(self._check)

    async def _check(self, message: bytes, context: Any) -> bytes:
        # CheckRequest.attributes (1) .request (4) .http (2)
        request = _last(_last(_last(message, 1), 4), 2)
        pairs = (value for number, value in _fields(request) if number == 3)
        headers = {_last(each, 1).decode(): _last(each, 2).decode() for each in pairs}
        self.asked.append(
            Asked(
                _last(request, 2).decode(),
                _last(request, 4).decode(),
                _last(request, 5).decode(),
                headers,
                _last(request, 11).decode(),
            )
        )
        return _allowed(self.said) if headers.get("authorization") == "good" else _refused()


@asynccontextmanager
async def authorizer(said: dict[str, str] | None = None) -> AsyncIterator[Authorizer]:
    """Serves without TLS for the length of the block. `said`: headers besides `x-user`."""
    found = Authorizer(said=said or {})
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((found,))
    port: int = server.add_insecure_port("127.0.0.1:0")
    found.endpoint = f"127.0.0.1:{port}"
    await server.start()
    try:
        yield found
    finally:
        await server.stop(0)


def _allowed(said: dict[str, str]) -> bytes:
    headers = {"x-user": "bob", **said}.items()
    pairs = (_bytes(1, _bytes(1, k.encode()) + _bytes(2, v.encode())) for k, v in headers)
    return _bytes(1, b"") + _bytes(3, b"".join(_bytes(2, each) for each in pairs))


def _refused() -> bytes:
    denied = _bytes(1, _number(1, 401)) + _bytes(3, b"who are you?")
    return _bytes(1, _number(1, _UNAUTHENTICATED)) + _bytes(2, denied)


def _bytes(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _last(message: bytes, wanted: int) -> bytes:
    """The last field of a number, empty without any."""
    return next(
        (value for number, value in reversed(list(_fields(message))) if number == wanted), b""
    )


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a message; the others are passed over."""
    place = 0

    def read() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(message):
        key = read()
        kind = key & 7
        if kind == 0:
            read()
            continue
        size = {1: 8, 5: 4}.get(kind) or read()
        yield key >> 3, message[place : place + size]
        place += size
