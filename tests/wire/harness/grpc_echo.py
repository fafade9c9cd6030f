"""A gRPC backend and client on raw bytes: no generated messages.

Knows grpcio. Must not know a schema: every service and method is served, and the answer tells what
arrived. A method whose name ends in Stream answers a stream, one that ends in Chat answers each
message. Metadata of the request steers the answer:

    x-messages: 3        how many messages a Stream sends
    x-status: 5          ends with that status code
    x-trailer: word      comes back as trailing metadata
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio

Metadata = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class GrpcEcho:
    """A serving echo: its `address:port` and the methods called."""

    name: str
    endpoint: str = ""
    methods: list[str] = field(default_factory=list)

    def service(self, call: Any) -> Any:
        """grpcio's hook: the handler of a method (grpc.HandlerCallDetails in, handler out)."""
        method: str = call.method
        self.methods.append(method)
        if method.endswith("Chat"):
            return grpc.stream_stream_rpc_method_handler(self._chat)
        if method.endswith("Stream"):
            return grpc.unary_stream_rpc_method_handler(self._stream)

        async def unary(message: bytes, context: Any) -> bytes:
            return await self._unary(method, message, context)

        return grpc.unary_unary_rpc_method_handler(unary)

    async def _unary(self, method: str, message: bytes, context: Any) -> bytes:
        asked = await _steer(context)
        told = {
            "service": self.name,
            "method": method,
            "message": message.decode("latin-1"),
            "metadata": asked,
        }
        return json.dumps(told).encode()

    async def _stream(self, message: bytes, context: Any) -> AsyncIterator[bytes]:
        asked = await _steer(context)
        for number in range(int(asked.get("x-messages", "3"))):
            yield message + f" {number}".encode()

    async def _chat(self, messages: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        await _steer(context)
        async for message in messages:
            yield message


@asynccontextmanager
async def grpc_echo(name: str = "grpc") -> AsyncIterator[GrpcEcho]:
    """Serves without TLS for the length of the block."""
    echo = GrpcEcho(name)
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((echo,))
    port: int = server.add_insecure_port("127.0.0.1:0")
    echo.endpoint = f"127.0.0.1:{port}"
    await server.start()
    try:
        yield echo
    finally:
        await server.stop(0)


class GrpcFailedError(Exception):
    """A call that ended with another status than OK."""

    def __init__(self, status: str, details: str, trailers: Metadata) -> None:
        super().__init__(f"{status}: {details}")
        self.status = status
        self.trailers = trailers


class GrpcClient:
    """Calls by full method name (`/package.Service/Method`) with raw bytes."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel

    async def unary(
        self, method: str, message: bytes = b"", metadata: Metadata = (), seconds: float = 10.0
    ) -> tuple[bytes, Metadata]:
        """One message for one; returns it with the trailing metadata. Raises GrpcFailedError."""
        call = self._channel.unary_unary(method)(message, metadata=metadata, timeout=seconds)
        try:
            answer: bytes = await call
        except grpc.aio.AioRpcError as error:
            raise _failed(error) from error
        return answer, _plain(await call.trailing_metadata())

    async def headed(
        self, method: str, metadata: Metadata = (), seconds: float = 10.0
    ) -> tuple[bytes, Metadata]:
        """One message for none; returns it with the metadata that comes before it."""
        call = self._channel.unary_unary(method)(b"", metadata=metadata, timeout=seconds)
        before = _plain(await call.initial_metadata())
        return await call, before

    async def stream(
        self, method: str, message: bytes = b"", metadata: Metadata = (), seconds: float = 10.0
    ) -> AsyncIterator[bytes]:
        """Many messages for one. Raises GrpcFailedError."""
        call = self._channel.unary_stream(method)(message, metadata=metadata, timeout=seconds)
        try:
            async for answer in call:
                yield answer
        except grpc.aio.AioRpcError as error:
            raise _failed(error) from error

    async def chat(
        self, method: str, messages: AsyncIterator[bytes], seconds: float = 60.0
    ) -> AsyncIterator[bytes]:
        """A conversation. Raises GrpcFailedError."""
        call = self._channel.stream_stream(method)(messages, timeout=seconds)
        try:
            async for answer in call:
                yield answer
        except grpc.aio.AioRpcError as error:
            raise _failed(error) from error


@asynccontextmanager
async def grpc_client(
    target: str, *, authority: str | None = None, trust: bytes | None = None
) -> AsyncIterator[GrpcClient]:
    """A channel to `address:port` that sends `authority`; `trust` (PEM) makes it TLS."""
    options: list[tuple[str, str | int]] = [("grpc.use_local_subchannel_pool", 1)]
    if authority is not None:
        options.append(("grpc.default_authority", authority))
    if trust is None:
        channel = grpc.aio.insecure_channel(target, options=options)
    else:
        if authority is not None:
            options.append(("grpc.ssl_target_name_override", authority))
        credentials = grpc.ssl_channel_credentials(trust)
        channel = grpc.aio.secure_channel(target, credentials, options=options)
    async with channel:
        yield GrpcClient(channel)


async def _steer(context: Any) -> dict[str, str]:
    """Does what the request's metadata asks for and returns it."""
    asked = {str(key): str(value) for key, value in context.invocation_metadata()}
    if "x-trailer" in asked:
        context.set_trailing_metadata((("x-trailer", asked["x-trailer"]),))
    wanted = int(asked.get("x-status", "0"))
    if wanted:
        code = next(code for code in grpc.StatusCode if code.value[0] == wanted)
        await context.abort(code, f"asked for {wanted}")
    return asked


def _failed(error: Any) -> GrpcFailedError:
    return GrpcFailedError(
        error.code().name, error.details() or "", _plain(error.trailing_metadata())
    )


def _plain(metadata: Any) -> Metadata:
    return tuple((str(key), str(value)) for key, value in metadata or ())
